import { pathToFileURL } from 'node:url';
import { context } from '../../bench/events.ts';

/**
 * One door, as it is deployed, in a process of its own: one event, and then the process has to end by itself. Its last line
 * says what came of it.
 */
export interface DoorRun {
  readonly result: unknown;
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

const [file = '', event = '{}'] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(file).href)) as { readonly handler: Handler };
const result = await handler(JSON.parse(event), context());
process.stdout.write(`\n${JSON.stringify({ result } satisfies DoorRun)}\n`);
