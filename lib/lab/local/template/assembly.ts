import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

import { LocalRunError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { known } from './plan.ts';
import { readTemplate, type Template } from './template.ts';

/** The output of `cdk synth`: the template and the bundled code it names. */
export interface Assembly {
  readonly template: Template;
  /** Directory of the asset that the template calls by this S3 key. */
  readonly assetDirectory: (s3Key: string) => string;
}

export const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));
const SETTINGS = v.object({ context: v.record(v.string(), v.unknown()) });

/**
 * Runs the CDK app as the CDK's command does: in a separate process (2 seconds, in which this one starts everything
 * else), with the context of cdk.json, writing into the empty `directory`. Rejects when `signal` aborts.
 */
export async function synthesize(
  directory: string,
  signal?: AbortSignal,
  changed: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const settings = v.parse(SETTINGS, parseJson(await readFile(path.join(PROJECT, 'cdk.json'), 'utf8')));
  // The local run posts events only to EVENTS_URL, never to the deployed eventsUrl.
  const events = { eventsUrl: 'https://events.example' };
  // The local run serves the desk itself (`/desk`); it has no bucket and no distribution.
  const context = { ...settings.context, staffDesk: false, ...events, ...changed };
  signal?.throwIfAborted();
  const app = spawn(process.execPath, ['bin/refund-service.ts'], {
    cwd: PROJECT,
    env: {
      ...process.env,
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // CloudFormation's own rules take most of the time, and `cdk synth` applies them.
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in a terminal reaches the whole process group, so use a group of its own; the parent stops this process.
    detached: true,
    ...(signal && { signal }),
  });
  const output = Promise.all([text(app.stdout), text(app.stderr)]);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  app.once('error', reject).once('close', resolve);
  const status = await promise.finally(() => signal?.throwIfAborted());
  if (status !== 0)
    throw new LocalRunError(`The CDK app (bin/refund-service.ts) failed:\n${(await output).join('')}`);
}

const MANIFEST = v.object({ artifacts: v.record(v.string(), v.object({ type: v.string() })) });
const ASSETS = v.object({
  files: v.record(
    v.string(),
    v.object({
      source: v.object({ path: v.string() }),
      destinations: v.record(v.string(), v.object({ objectKey: v.string() })),
    }),
  ),
});

/** @throws LocalRunError when there is not exactly one stack */
export async function readAssembly(directory: string): Promise<Assembly> {
  const read = async (file: string): Promise<unknown> =>
    parseJson(await readFile(path.join(directory, file), 'utf8'));
  const { artifacts } = v.parse(MANIFEST, await read('manifest.json'));
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [name] = stacks.map(([each]) => each);
  if (name === undefined || stacks.length > 1)
    throw new LocalRunError(`The cloud assembly in ${directory} must have exactly one stack`);
  const { files } = v.parse(ASSETS, await read(`${name}.assets.json`));
  const assets = new Map(
    Object.values(files).flatMap(({ source, destinations }) =>
      Object.values(destinations).map(({ objectKey }) => [objectKey, source.path]),
    ),
  );
  return {
    template: readTemplate(name, await read(`${name}.template.json`)),
    assetDirectory: (s3Key) => path.resolve(directory, known(assets.get(s3Key), `asset ${s3Key}`)),
  };
}

/** All project files that a synthesis reads: the app, the package files, and the code with its imports. */
const FILES = [
  'bin/refund-service.ts',
  'cdk.json',
  'cdk.context.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const FOLDERS = ['functions', 'lib/stack', 'lib/desk', 'lib/client'];

/**
 * The synthesized stack in `directory`, built again only if one of its inputs has changed (2 to 3 seconds, which is
 * most of a start). An interrupted synthesis leaves no stamp.
 */
export async function keptAssembly(
  directory: string,
  { onSynthesis, signal }: { readonly onSynthesis: () => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const inputs = fingerprint(PROJECT);
  const stamp = path.join(directory, 'made-from.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  onSynthesis();
  // In a folder of its own: a run that was killed leaves its synthesis behind, which goes on writing.
  const made = await mkdtemp(path.join(tmpdir(), 'refunds-assembly-'));
  try {
    await synthesize(made, signal);
    rmSync(directory, { recursive: true, force: true });
    cpSync(made, directory, { recursive: true });
    writeFileSync(stamp, inputs, { mode: 0o600 });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** A hash of all inputs of the synthesis; `project` is the root. */
export function fingerprint(project: string): string {
  const hash = createHash('sha256');
  const inputs = [...FILES, ...FOLDERS.flatMap((folder) => filesIn(project, folder))];
  for (const file of inputs.toSorted()) {
    const at = path.join(project, file);
    const content = existsSync(at) ? readFileSync(at) : undefined;
    hash.update(`${file}\0${content?.length ?? -1}\0`).update(content ?? '');
  }
  // The environment variables that the CDK app may read.
  const environment = Object.entries(process.env)
    .filter(([name]) => name.startsWith('CDK_'))
    .map(([name, value]) => `${name}=${value}`);
  hash.update(JSON.stringify([process.version, process.platform, process.arch, ...environment.toSorted()]));
  return hash.digest('hex');
}

function filesIn(project: string, folder: string): readonly string[] {
  const directory = path.join(project, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(project, path.join(parentPath, name)));
}
