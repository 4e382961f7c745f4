import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { OperationsError, type Given, type Surroundings } from './command.ts';
import { runLocally } from './local-run.ts';
import { localUrl } from './where.ts';
import { shellWord } from './words.ts';

/** The longest time that Lambda lets a function run. */
const LONGEST_RUN_SECONDS = 900;

/** Runs a function: the one in AWS that `--function` names, else that of a local run. @throws OperationsError */
export async function runFunction(
  control: string,
  payload: object,
  given: Given,
  { env }: Surroundings,
): Promise<unknown> {
  const name = given.text('function');
  if (name !== undefined) return invokeInAws(name, payload, given);
  return runLocally(localUrl(given, env), control, payload);
}

/** Invokes it with the `aws` command. */
async function invokeInAws(name: string, payload: object, given: Given): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'refunds-invoke-'));
  const answer = path.join(folder, 'answer.json');
  const region = given.text('region');
  const readTimeout = String(LONGEST_RUN_SECONDS + 20);
  const words = ['lambda', 'invoke', '--function-name', name, '--payload', JSON.stringify(payload)];
  words.push('--cli-binary-format', 'raw-in-base64-out', '--cli-read-timeout', readTimeout);
  if (region !== undefined) words.push('--region', region);
  try {
    await promisify(execFile)('aws', [...words, answer]);
    return JSON.parse(await readFile(answer, 'utf8')) as unknown;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new OperationsError(
      `aws could not invoke ${name}: ${said}`,
      `Run it where aws is signed in: ${['aws', ...words, 'answer.json'].map(shellWord).join(' ')}`,
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
