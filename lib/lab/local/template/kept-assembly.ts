import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { isObject, parseJson } from '../json.ts';
import { PROJECT, synthesize } from './assembly.ts';

/**
 * Everything that a synthesis reads of the project, by folder: the app, the constructs (`lib/stack`), the
 * functions with all they import, and what decides about the packages.
 */
const FILES = ['cdk.json', 'cdk.context.json', 'package.json', 'package-lock.json', 'tsconfig.json'];
const APP = path.join('bin', 'refund-service.ts');
const CONSTRUCTS = path.join('lib', 'stack');
const FUNCTIONS = 'functions';

const STAMP = 'made-from.json';

/**
 * The synthesized stack in `directory`, made anew only when one of its inputs has changed since (2 to 3 seconds, which is
 * most of a start). A synthesis that was cut short leaves no stamp, and files that are not as they were made count as
 * changed.
 */
export async function keptAssembly(
  directory: string,
  { onSynthesis, signal }: { readonly onSynthesis: () => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const inputs = fingerprint(PROJECT);
  const stamp = path.join(directory, STAMP);
  const kept = readStamp(stamp);
  if (kept !== undefined && kept.inputs === inputs && kept.outputs === outputsOf(directory)) return;
  onSynthesis();
  await synthesize(directory, signal);
  writeFileSync(stamp, JSON.stringify({ inputs, outputs: outputsOf(directory) }), { mode: 0o600 });
}

function readStamp(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const stamp = parseJson(readFileSync(file, 'utf8'));
    return isObject(stamp) ? stamp : undefined;
  } catch {
    // There is none, or it was cut short by a kill.
    return undefined;
  }
}

/** Of all that decides what comes out; `project` is its root. */
export function fingerprint(project: string): string {
  const hash = createHash('sha256');
  const constructs = filesIn(project, CONSTRUCTS).filter((file) => path.dirname(file) === CONSTRUCTS);
  const inputs = [...FILES, APP, ...constructs, ...filesIn(project, FUNCTIONS)];
  for (const file of inputs.toSorted()) {
    const content = readIfThere(path.join(project, file));
    hash.update(`${file}\0${content?.length ?? -1}\0`).update(content ?? '');
  }
  // What the CDK app may read of its surroundings.
  const environment = Object.entries(process.env)
    .filter(([name]) => name.startsWith('CDK_'))
    .map(([name, value]) => `${name}=${value}`);
  hash.update(JSON.stringify([process.version, process.platform, process.arch, ...environment.toSorted()]));
  return hash.digest('hex');
}

function filesIn(project: string, folder: string): readonly string[] {
  return readdirSync(path.join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(project, path.join(parentPath, name)));
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** Names and sizes: enough to notice what was deleted or cut short. */
function outputsOf(directory: string): string {
  if (!existsSync(directory)) return '';
  return filesIn(directory, '.')
    .filter((file) => file !== STAMP)
    .map((file) => `${file} ${statSync(path.join(directory, file)).size}`)
    .toSorted()
    .join('\n');
}
