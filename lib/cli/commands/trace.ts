import { readdirSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import * as v from 'valibot';
import { projectFile } from '../../stack/bundle.ts';
import { COULD_NOT, type Command } from '../command.ts';

export const traceCommand: Command = {
  name: 'trace',
  takes: '',
  positionals: 0,
  summary: 'maps the stack of a log line to the files of the project',
  about: [
    'Reads log lines (event "failed") from stdin. The functions do not map their own stacks, because loading the map would slow ' +
      'every cold start. The map is built from the sources of this checkout, so for a line of production check out the ' +
      'deployed commit.',
  ],
  options: {},
  exits: ['every frame is mapped', 'some frames do not match these sources, or there is no stack', COULD_NOT],
  run: async (given, world) => {
    const lines = (await world.stdin()).split('\n').flatMap((line) => lineIn(line) ?? []);
    const maps = new Map<string, Promise<SourceMap>>();
    for (const { entry } of lines) if (entry !== '') maps.set(entry, maps.get(entry) ?? mapOf(entry));
    const traces = await Promise.all(
      lines.map(async ({ entry, stack }) => stack.map(mapped(await maps.get(entry)))),
    );
    if (given.flag('json')) world.json(traces);
    else if (traces.length === 0) world.out('There is no stack in this text.');
    else for (const line of traces.flat()) world.out(line);
    return traces.length === 0 || traces.flat().some((frame) => PLACE.test(frame)) ? 1 : 0;
  },
};

/** A position in a bundle: `file:///var/task/index.mjs:12:3456`. */
const PLACE = /(?:file:\/\/)?[^\s()]*index\.mjs:(\d+):(\d+)/;

function mapped(map: SourceMap | undefined) {
  return (frame: string): string =>
    frame.replace(PLACE, (place, row: string, column: string) => {
      const found = map?.findEntry(Number(row) - 1, Number(column) - 1);
      if (found === undefined || !('originalSource' in found)) return place;
      return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    });
}

const Logged = v.pipe(v.string(), v.parseJson(), v.object({ stack: v.array(v.string()) }));

/** The stack of a log line, and the function's entry file. */
function lineIn(line: string): { readonly entry: string; readonly stack: readonly string[] } | undefined {
  const logged = v.safeParse(Logged, line.slice(line.indexOf('{')));
  if (!logged.success) return undefined;
  // The dimension of the metric of an unexpected error, else the name at the start of a local run's log line.
  const [, dimension, local = ''] = /"Function":"(\w+)"|^\S+Z (\S+) \{/.exec(line) ?? [];
  return { entry: entryOf(dimension ?? local), stack: logged.output.stack };
}

/** `cancel-payment` for `cancelPayment` and `…-ServiceCancelPaymentFunction34D6`; empty: none of them. */
function entryOf(name: string): string {
  const entries = readdirSync(projectFile('functions')).map((file) => file.replace(/\.ts$/, ''));
  const word = name.toLowerCase();
  return entries.find((entry) => entry.includes('-') && word.includes(entry.replaceAll('-', ''))) ?? '';
}

/** Only this command loads the bundler, so the others work without the development tools. */
async function mapOf(entry: string): Promise<SourceMap> {
  const { bundle } = await import('../../stack/bundle.ts');
  return new SourceMap(JSON.parse((await bundle(entry)).map) as SourceMapPayload);
}
