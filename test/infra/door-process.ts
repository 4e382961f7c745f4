import { pathToFileURL } from 'node:url';
import { context } from '../bench/events.ts';

/** One door as deployed, in its own process: after one event the process must end by itself. Its last line is the result. */
export interface DoorRun {
  readonly result: unknown;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

const [file = '', event = '{}'] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(file).href)) as { readonly handler: Handler };
const result = await handler(JSON.parse(event), context());
process.stdout.write(`\n${JSON.stringify({ result } satisfies DoorRun)}\n`);
