import { readFile } from 'node:fs/promises';
import { COULD_NOT, type Command, type Given, type Surroundings } from '../command.ts';
import { OperationsError } from '../operations-error.ts';
import { bundlesIn, traced, type Bundles } from '../stack-trace.ts';

/** What `npm start` and `cdk deploy` leave, in this order. */
const ASSEMBLIES = ['.local/assembly', 'cdk.out'];

export const traceCommand: Command = {
  name: 'trace',
  takes: '[FILE]',
  positionals: 1,
  summary: 'the stack of a log line (event "failed") by the files of the project',
  about: [
    'Reads log lines, or a stack as it was pasted, from FILE or from stdin. The functions do not map their own stacks:',
    'reading the map would cost every cold start. The assembly must be of the version that wrote the line: for one of',
    'production check out its commit and run "npx cdk synth --quiet" first.',
  ],
  options: {
    assembly: {
      kind: 'text',
      value: 'DIRECTORY',
      about: `where the stack was synthesized (else ${ASSEMBLIES.join(', ')})`,
    },
    function: { kind: 'text', value: 'NAME', about: 'for a stack that does not say which: cancelPayment, …' },
  },
  exits: ['every frame is told', 'some frames are not of these bundles, or there is no stack', COULD_NOT],
  run: async (given, world) => {
    const bundles = bundlesFor(given);
    const lines = linesIn(await textOf(given, world));
    const all = lines.map((line) => traced(line, bundles)).filter(({ frames }) => frames.length > 0);
    if (given.flag('json')) world.out(JSON.stringify(all));
    else for (const { frames } of all) world.out(frames.join('\n'));
    const unmapped = all.reduce((sum, each) => sum + each.unmapped, 0);
    if (all.length === 0) world.out('There is no stack in this text.');
    else if (unmapped > 0) world.out(`${unmapped} frames are of another version, or --function is missing.`);
    return all.length === 0 || unmapped > 0 ? 1 : 0;
  },
};

function bundlesFor(given: Given): Bundles {
  const named = given.text('assembly');
  for (const directory of named === undefined ? ASSEMBLIES : [named]) {
    const bundles = bundlesIn(directory, given.text('function'));
    if (bundles !== undefined) return bundles;
  }
  throw new OperationsError(
    `There is no synthesized stack in ${named ?? ASSEMBLIES.join(' or ')}.`,
    'Run "npx cdk synth --quiet" at the commit that was deployed, or name its directory with --assembly.',
  );
}

async function textOf(given: Given, { stdin }: Surroundings): Promise<string> {
  const [file] = given.positionals;
  if (file === undefined || file === '-') return stdin();
  return readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperationsError(
      `${file} cannot be read: ${why}`,
      'Name a file of log lines, or pipe them in.',
      { cause: error },
    );
  });
}

/** Each line of a log by itself; a pasted stack is one. */
function linesIn(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.some((line) => line.includes('{')) ? lines : [lines.join('\n')];
}
