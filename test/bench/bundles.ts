import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { AS_A_FUNCTION, bundle, bundleFile, projectFile } from '../../lib/stack/bundle.ts';

export const WORK_FOLDER = projectFile('.artifacts/bench');

/** The function as it is deployed. */
export async function ourBundle(entry: string): Promise<string> {
  const { code } = await bundle(entry);
  return written(entry, code);
}

/** `as_ours`: bundled like the service's functions. `as_everybody`: the same options without replacements. */
export async function rivalBundle(name: string, how: 'as_ours' | 'as_everybody'): Promise<string> {
  const file = projectFile(`test/bench/rivals/${name}.ts`);
  if (how === 'as_ours') return written(name, (await bundleFile(file)).code);
  const { outputFiles } = await build({ ...AS_A_FUNCTION, entryPoints: [file], write: false });
  const [made] = outputFiles;
  if (made === undefined) throw new Error(`Bug: ${name} was not bundled`);
  return written(name, made.contents);
}

async function written(name: string, code: Uint8Array): Promise<string> {
  const folder = path.join(WORK_FOLDER, name);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'index.mjs');
  await writeFile(file, code);
  return file;
}
