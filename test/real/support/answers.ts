import * as v from 'valibot';
import type { BundledFunction } from './bundled-function.ts';

/** The function result that API Gateway converts to an answer. */
const Answer = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())),
});

export type Answer = v.InferOutput<typeof Answer>;

/** @throws when Lambda would count an error, which a caller sees as the gateway's 500 */
export async function ask(running: BundledFunction, event: object): Promise<Answer> {
  const invoked = await running.invoke(event);
  if (invoked.kind === 'error')
    throw new Error(`An error of the function: ${JSON.stringify(invoked.payload)}`);
  return v.parse(Answer, invoked.payload);
}
