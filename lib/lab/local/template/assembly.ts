import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { LocalRunError } from '../errors.ts';
import { fieldsOf, isObject, parseJson } from '../json.ts';
import { readTemplate, type Template } from './template.ts';

/** The output of `cdk synth`: the template and the bundled code it names. */
export interface Assembly {
  readonly template: Template;
  /** Directory of the asset that the template calls by this S3 key. */
  readonly assetDirectory: (s3Key: string) => string;
}

export const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));
const broken = (message: string): LocalRunError =>
  new LocalRunError(`The cloud assembly is not readable: ${message}`);

/**
 * Runs the CDK app as the CDK's command does: in a separate process (2 seconds, in which this one starts everything
 * else), with the context of cdk.json, writing into `directory`. Rejects when `signal` aborts.
 */
export async function synthesize(
  directory: string,
  signal?: AbortSignal,
  changed: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const settings = fieldsOf(
    parseJson(await readFile(path.join(PROJECT, 'cdk.json'), 'utf8')),
    'cdk.json',
    broken,
  );
  // The local run posts events only to EVENTS_URL, never to the deployed eventsUrl.
  const events = { eventsUrl: 'https://events.example' };
  // The local run serves the desk itself (`/desk`); it has no bucket and no distribution.
  const context = { ...settings.object('context')?.value, staffDesk: false, ...events, ...changed };
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
  });
  let output = '';
  app.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  app.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  app.once('error', reject);
  app.once('close', resolve);
  const stop = (): unknown => app.kill();
  signal?.addEventListener('abort', stop);
  const status = await promise;
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (status !== 0) {
    throw new LocalRunError(`The CDK app (bin/refund-service.ts) failed:\n${output}`);
  }
}

/** @throws LocalRunError when there is not exactly one stack, UnplayableTemplateError when its template cannot be played. */
export async function readAssembly(directory: string): Promise<Assembly> {
  const read = async (file: string): Promise<ReturnType<typeof fieldsOf>> =>
    fieldsOf(parseJson(await readFile(path.join(directory, file), 'utf8')), file, broken);
  const manifest = await read('manifest.json');
  const artifacts = Object.entries(manifest.object('artifacts')?.value ?? {}).map(
    ([name, artifact]) => [name, fieldsOf(artifact, name, broken)] as const,
  );
  const [stack, ...others] = artifacts.filter(
    ([, artifact]) => artifact.text('type') === 'aws:cloudformation:stack',
  );
  if (stack === undefined || others.length > 0) {
    throw broken(`it must hold exactly one stack, not ${others.length + (stack === undefined ? 0 : 1)}`);
  }
  const [name, artifact] = stack;
  const properties = artifact.object('properties');
  const template = readTemplate(
    properties?.textOr('stackName', name) ?? name,
    (await read(properties?.text('templateFile') ?? `${name}.template.json`)).value,
  );
  const assets = await readAssets(read, name);
  return {
    template,
    assetDirectory: (s3Key) => {
      const asset = assets.get(s3Key);
      if (asset === undefined) throw broken(`no asset has the key ${s3Key}`);
      return path.resolve(directory, asset);
    },
  };
}

async function readAssets(
  read: (file: string) => Promise<ReturnType<typeof fieldsOf>>,
  stack: string,
): Promise<ReadonlyMap<string, string>> {
  const files = Object.entries((await read(`${stack}.assets.json`)).object('files')?.value ?? {});
  return new Map(
    files.flatMap(([id, definition]) => {
      const file = fieldsOf(definition, id, broken);
      const destinations = Object.values(file.object('destinations')?.value ?? {});
      const source = file.object('source')?.text('path') ?? '';
      return destinations.map(
        (destination) => [fieldsOf(destination, id, broken).text('objectKey'), source] as const,
      );
    }),
  );
}

/** All project files that a synthesis reads: the app, the package files, and the code with its imports. */
const FILES = ['cdk.json', 'cdk.context.json', 'package.json', 'package-lock.json', 'tsconfig.json'];
const APP = path.join('bin', 'refund-service.ts');
const FOLDERS = [
  'functions',
  path.join('lib', 'stack'),
  path.join('lib', 'desk'),
  path.join('lib', 'client'),
];

const STAMP = 'made-from.json';

/**
 * The synthesized stack in `directory`, built again only if one of its inputs has changed (2 to 3 seconds, which is
 * most of a start). An interrupted synthesis leaves no stamp, and output files that differ from the stamp count as
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
    // There is no stamp, or a kill has truncated it.
    return undefined;
  }
}

/** A hash of all inputs of the synthesis; `project` is the root. */
export function fingerprint(project: string): string {
  const hash = createHash('sha256');
  const inputs = [...FILES, APP, ...FOLDERS.flatMap((folder) => filesIn(project, folder))];
  for (const file of inputs.toSorted()) {
    const content = readIfThere(path.join(project, file));
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

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** Names and sizes: enough to notice deleted or truncated files. */
function outputsOf(directory: string): string {
  return filesIn(directory, '.')
    .filter((file) => file !== STAMP)
    .map((file) => `${file} ${statSync(path.join(directory, file)).size}`)
    .toSorted()
    .join('\n');
}
