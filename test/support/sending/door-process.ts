import { pathToFileURL } from 'node:url';
import { context } from '../../bench/events.ts';

/**
 * One door, as it is deployed, in a process of its own: one event, and then the process has to end by itself. Its last line
 * says what came of it, and which modules of node's own were loaded.
 */
export interface DoorRun {
  readonly result: unknown;
  readonly modules: readonly string[];
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

const [file = '', event = '{}'] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(file).href)) as { readonly handler: Handler };
const result = await handler(JSON.parse(event), context());
// No type of node's knows the list of what has been loaded.
const { moduleLoadList: modules } = process as unknown as { readonly moduleLoadList: readonly string[] };
process.stdout.write(`\n${JSON.stringify({ result, modules } satisfies DoorRun)}\n`);
