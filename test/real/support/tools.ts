import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { projectFile } from '../../../lib/stack/bundle.ts';
import { command } from './command.ts';

/** Ready to be used, or why it is not. */
export type Tool =
  | { readonly kind: 'ready'; readonly path: string }
  | { readonly kind: 'missing'; readonly why: string };

const HOME = projectFile('.real');
const REQUIREMENTS = projectFile('test/real/requirements.txt');
const RUNTIME_CLIENT = 'aws-lambda-ric@4.0.2';
const DYNOXIDE = ['dynoxide-rs', '--version', '3.2.0'];
/** What its build needs: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client */
const BUILD_TOOLS = ['python3', 'cmake', 'make', 'g++', 'tar', 'xz'];

/** The commands of Python's packages, by the directory they are in. */
export async function pythonTools(): Promise<Tool> {
  const found = await command('python3', ['-c', 'import ensurepip, venv']);
  if (found.status !== 0) return { kind: 'missing', why: 'no python3 with venv' };
  const { stdout: version } = await command('python3', ['--version']);
  const directory = path.join(HOME, 'python');
  const tools: Tool = { kind: 'ready', path: path.join(directory, 'bin') };
  const made = await madeOnce(directory, version + readFileSync(REQUIREMENTS, 'utf8'), async () => {
    const environment = await command('python3', ['-m', 'venv', directory]);
    if (environment.status !== 0) return environment.output;
    const pip = path.join(directory, 'bin', 'pip');
    const installed = await command(pip, ['install', '--quiet', '--no-input', '-r', REQUIREMENTS]);
    return installed.status === 0 ? undefined : installed.output;
  });
  return made === undefined ? tools : { kind: 'missing', why: `pip could not install: ${made}` };
}

/** Lambda's own runtime client, by the file that starts it. */
export async function runtimeClient(): Promise<Tool> {
  const checks = await Promise.all(BUILD_TOOLS.map(async (tool) => command('which', [tool])));
  const absent = BUILD_TOOLS.filter((_tool, index) => checks[index]?.status !== 0);
  if (process.platform !== 'linux' || absent.length > 0) {
    return { kind: 'missing', why: `its build needs Linux and ${BUILD_TOOLS.join(', ')}` };
  }
  const directory = path.join(HOME, 'runtime-client');
  const client = path.join(directory, 'node_modules', 'aws-lambda-ric', 'index.mjs');
  const made = await madeOnce(directory, RUNTIME_CLIENT, async () => {
    // A package of its own, or npm would install into the project above.
    await writeFile(path.join(directory, 'package.json'), '{"private":true}');
    const args = ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel=error', RUNTIME_CLIENT];
    const installed = await command('npm', args, { cwd: directory });
    return installed.status === 0 && existsSync(client) ? undefined : installed.output;
  });
  return made === undefined
    ? { kind: 'ready', path: client }
    : { kind: 'missing', why: `it could not be built: ${made}` };
}

/** Another DynamoDB, by its program. Its makers hold it against the real one: https://crates.io/crates/dynoxide-rs */
export async function dynoxide(): Promise<Tool> {
  const found = await command('cargo', ['--version']);
  if (found.status !== 0) return { kind: 'missing', why: 'no cargo' };
  const directory = path.join(HOME, 'dynoxide');
  // What is compiled stays when the time is up, so that the next run goes on from there.
  const build = path.join(HOME, 'dynoxide-build');
  const made = await madeOnce(directory, DYNOXIDE.join(' '), async () => {
    const args = ['install', ...DYNOXIDE, '--locked', '--root', directory];
    const installed = await command('cargo', args, { env: { CARGO_TARGET_DIR: build }, limitMs: 1_800_000 });
    if (installed.status !== 0) return installed.output;
    await rm(build, { recursive: true, force: true });
    return undefined;
  });
  return made === undefined
    ? { kind: 'ready', path: path.join(directory, 'bin', 'dynoxide') }
    : { kind: 'missing', why: `cargo could not install it: ${made}` };
}

/** Makes a directory unless it was made from the same already. Resolves to what went wrong, in short. */
async function madeOnce(
  directory: string,
  madeFrom: string,
  make: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const stamp = path.join(directory, 'made-from.txt');
  const hash = createHash('sha256').update(madeFrom).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return undefined;
  console.log(`test:real makes ${path.relative(projectFile(''), directory)}, once; this takes minutes.`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const failed = await make();
  if (failed !== undefined) return failed.trim().split('\n').at(-1) ?? '';
  await writeFile(stamp, hash);
  return undefined;
}
