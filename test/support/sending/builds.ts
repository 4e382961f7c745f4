import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFile, projectFile } from '../../../lib/stack/bundle.ts';
import * as source from './entry.ts';

export type Build = typeof source;

let bundled: Promise<Build> | undefined;

/** With the classes that stand in the bundles for the platform's. */
async function asBundled(): Promise<Build> {
  const { code } = await bundleFile(projectFile('test/support/sending/entry.ts'));
  const folder = await mkdtemp(path.join(tmpdir(), 'sending-'));
  try {
    const file = path.join(folder, 'index.mjs');
    await writeFile(file, code);
    return (await import(pathToFileURL(file).href)) as Build;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same rules hold for both: as the sources run, and as they are deployed. */
export const BUILDS: readonly (readonly [name: string, build: () => Promise<Build>])[] = [
  ['from source', async () => source],
  ['as bundled', async () => (bundled ??= asBundled())],
];
