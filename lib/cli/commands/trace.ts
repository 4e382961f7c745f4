import { readFile } from 'node:fs/promises';
import {
  COULD_NOT,
  OperationsError,
  UsageError,
  valued,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { entries, entryNamed, mapsOfThisCheckout, traced } from '../stack-trace.ts';

export const traceCommand: Command = {
  name: 'trace',
  takes: '[FILE]',
  positionals: 1,
  summary: 'maps the stack of a log line to the files of the project',
  about: [
    'Reads log lines (event "failed"), or a pasted stack, from FILE or from stdin. The functions do not map their own stacks, ' +
      'because loading the map would slow every cold start. The map is built from the sources of this checkout, so for a ' +
      'line of production check out the deployed commit.',
  ],
  options: {
    function: valued('NAME', 'the function of a pasted stack: cancelPayment, …'),
  },
  exits: ['every frame is mapped', 'some frames do not match these sources, or there is no stack', COULD_NOT],
  run: async (given, world) => {
    const named = given.text('function');
    if (named !== undefined && entryNamed(named) === undefined)
      throw new UsageError(`--function must be one of ${entries().join(', ')}, not "${named}".`);
    const maps = mapsOfThisCheckout();
    const lines = linesIn(await textOf(given, world));
    const traces = await Promise.all(lines.map(async (line) => traced(line, maps, named)));
    const all = traces.filter(({ frames }) => frames.length > 0);
    if (given.flag('json')) world.json(all);
    else for (const line of inWords(all)) world.out(line);
    return all.length === 0 || all.some(({ unmapped }) => unmapped > 0) ? 1 : 0;
  },
};

function inWords(
  all: readonly { readonly frames: readonly string[]; readonly unmapped: number }[],
): readonly string[] {
  if (all.length === 0) return ['There is no stack in this text.'];
  const unmapped = all.reduce((sum, each) => sum + each.unmapped, 0);
  const hint = `${unmapped} frames do not match these sources, or --function is missing.`;
  return [...all.map(({ frames }) => frames.join('\n')), ...(unmapped === 0 ? [] : [hint])];
}

async function textOf(given: Given, { stdin }: Surroundings): Promise<string> {
  const [file] = given.positionals;
  if (file === undefined || file === '-') return stdin();
  return readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperationsError(
      `${file} cannot be read: ${why}`,
      'Name a file of log lines, or pipe them in.',
      {
        cause: error,
      },
    );
  });
}

/** Log lines are handled one by one; a pasted stack is one text. */
function linesIn(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.some((line) => line.includes('{')) ? lines : [lines.join('\n')];
}
