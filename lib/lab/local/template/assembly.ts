import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { LocalRunError } from '../errors.ts';
import { fieldsOf, parseJson } from '../json.ts';
import { readTemplate, type Template } from './template.ts';

/** What `cdk synth` leaves: the template and the bundled code it names. */
export interface Assembly {
  readonly template: Template;
  /** Directory of the asset that the template calls by this S3 key. */
  readonly assetDirectory: (s3Key: string) => string;
}

export const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));
const broken = (message: string): LocalRunError =>
  new LocalRunError(`The cloud assembly is not readable: ${message}`);

/**
 * Runs the CDK app as the CDK's own command would: in a process of its own (2 seconds in which this one starts everything
 * else), with the context of cdk.json, writing into `directory`. Ends early, by an error, when `signal` says so.
 */
export async function synthesize(directory: string, signal?: AbortSignal): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const settings = fieldsOf(
    parseJson(await readFile(path.join(PROJECT, 'cdk.json'), 'utf8')),
    'cdk.json',
    broken,
  );
  const context = settings.object('context')?.value ?? {};
  signal?.throwIfAborted();
  const app = spawn(process.execPath, ['bin/refund-service.ts'], {
    cwd: PROJECT,
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in a terminal goes to the whole group; this one is asked to stop by its parent's end, not by its own.
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
