import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectFile } from '../../../lib/stack/bundle.ts';
import { command, type Ended } from './command.ts';

/** Ready, or the reason why not. `isAvoidable`: the machine has everything for the build, so a second try may succeed. */
export type Tool =
  | { readonly kind: 'ready'; readonly path: string }
  | { readonly kind: 'missing'; readonly why: string; readonly isAvoidable: boolean };

/** Git-ignored; not inside node_modules, because `npm ci` deletes that. */
const HOME = projectFile('.real');
const REQUIREMENTS = projectFile('test/real/requirements.txt');
const RUNTIME_CLIENT = 'aws-lambda-ric@4.0.2';
const DYNOXIDE = ['dynoxide-rs', '--version', '3.2.0'];
/** The build requirements: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client */
const BUILD_TOOLS = ['python3', 'cmake', 'make', 'g++', 'tar', 'xz'];
/** The slowest (dynoxide) takes five minutes on two idle cores. */
const LIMIT_MS = 15 * 60_000;

/** The commands of Python packages, in their directory. */
export async function pythonTools(): Promise<Tool> {
  const found = await command('python3', ['-c', 'import ensurepip, venv']);
  if (found.status !== 0) return lacking('there is no python3 with venv');
  const { stdout: version } = await command('python3', ['--version']);
  const directory = path.join(HOME, 'python');
  const madeFrom = version + readFileSync(REQUIREMENTS, 'utf8');
  const why = await madeOnce(directory, madeFrom, async () => {
    const environment = await command('python3', ['-m', 'venv', directory]);
    if (environment.status !== 0) return failureOf('python3 -m venv', environment);
    const pip = path.join(directory, 'bin', 'pip');
    const args = ['install', '--quiet', '--no-input', '-r', REQUIREMENTS];
    return failureOf('pip install', await command(pip, args, { limitMs: LIMIT_MS }));
  });
  return made(path.join(directory, 'bin'), why);
}

/** Lambda's own runtime client: the file that starts it. */
export async function runtimeClient(): Promise<Tool> {
  const checks = await Promise.all(BUILD_TOOLS.map(async (tool) => command('which', [tool])));
  const absent = BUILD_TOOLS.filter((_tool, index) => checks[index]?.status !== 0);
  if (process.platform !== 'linux') return lacking('it can be built on Linux alone');
  if (absent.length > 0) return lacking(`its build needs ${absent.join(', ')}`);
  const directory = path.join(HOME, 'runtime-client');
  const client = path.join(directory, 'node_modules', 'aws-lambda-ric');
  const why = await madeOnce(directory, RUNTIME_CLIENT, async () => {
    // A separate package.json, because npm would otherwise install into the project.
    await writeFile(path.join(directory, 'package.json'), '{"private":true}');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const fetched = existsSync(client)
      ? undefined
      : await command('npm', ['install', '--no-save', '--ignore-scripts', ...quiet, RUNTIME_CLIENT], {
          cwd: directory,
        });
    if (fetched !== undefined && fetched.status !== 0) return failureOf('npm install', fetched);
    // A separate step, so that compiled parts stay when the time limit ends it.
    const built = await command('npm', ['rebuild', ...quiet, 'aws-lambda-ric'], {
      cwd: directory,
      limitMs: LIMIT_MS,
    });
    const isBuilt = existsSync(path.join(client, 'rapid-client.node'));
    return failureOf('npm rebuild', built) ?? (isBuilt ? undefined : 'npm rebuild has built nothing');
  });
  return made(path.join(client, 'index.mjs'), why);
}

/** Another DynamoDB: its program. Its makers compare it with AWS's: https://crates.io/crates/dynoxide-rs */
export async function dynoxide(): Promise<Tool> {
  const found = await command('cargo', ['--version']);
  if (found.status !== 0) return lacking('there is no cargo');
  const directory = path.join(HOME, 'dynoxide');
  const build = path.join(HOME, 'dynoxide-build');
  const why = await madeOnce(directory, DYNOXIDE.join(' '), async () => {
    const args = ['install', ...DYNOXIDE, '--locked', '--root', directory];
    const env = { CARGO_TARGET_DIR: build };
    const failed = failureOf('cargo install', await command('cargo', args, { env, limitMs: LIMIT_MS }));
    if (failed === undefined) await rm(build, { recursive: true, force: true });
    return failed;
  });
  return made(path.join(directory, 'bin', 'dynoxide'), why);
}

function lacking(why: string): Tool {
  return { kind: 'missing', why, isAvoidable: false };
}

function made(tool: string, why: string | undefined): Tool {
  return why === undefined ? { kind: 'ready', path: tool } : { kind: 'missing', why, isAvoidable: true };
}

function failureOf(what: string, { status, isOutOfTime, output }: Ended): string | undefined {
  if (status === 0) return undefined;
  if (isOutOfTime) return `${what} was not through in time; the next run goes on where it stopped`;
  return `${what}: ${output.trim().split('\n').at(-1) || `it ended with ${status}`}`;
}

/** Builds a directory, unless it was already built from the same inputs; an interrupted build of the same inputs continues. */
async function madeOnce(
  directory: string,
  madeFrom: string,
  make: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const hash = createHash('sha256').update(madeFrom).digest('hex');
  const isFrom = (file: string): boolean => existsSync(file) && readFileSync(file, 'utf8') === hash;
  const done = path.join(directory, 'made-from.txt');
  const begun = path.join(directory, 'begun-from.txt');
  if (isFrom(done)) return undefined;
  const how = isFrom(begun) ? 'goes on making' : 'makes';
  console.log(`test:real ${how} ${path.relative(projectFile(''), directory)}, once; this takes minutes.`);
  if (!isFrom(begun)) await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(begun, hash);
  const failed = await make();
  if (failed === undefined) await writeFile(done, hash);
  return failed;
}
