import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { AS_A_FUNCTION, bundle, CREDENTIALS_FROM_ENVIRONMENT, projectFile } from '../../lib/stack/bundle.ts';

export const WORK_FOLDER = projectFile('.artifacts/bench');

/** The function as it is deployed. */
export async function ourBundle(entry: string): Promise<string> {
  const { code } = await bundle(entry);
  return written(entry, code);
}

/**
 * A rival. `standIns`: bundled as ours is, with credentials from the environment alone; but it sends by the platform's `fetch`, as
 * ky does for everybody.
 */
export async function rivalBundle(
  name: string,
  { standIns, external = [] }: { readonly standIns: boolean; readonly external?: readonly string[] },
): Promise<string> {
  const { outputFiles } = await build({
    ...AS_A_FUNCTION,
    entryPoints: [projectFile(`test/bench/rivals/${name}.ts`)],
    ...(standIns ? { alias: { ...CREDENTIALS_FROM_ENVIRONMENT } } : {}),
    external: [...external],
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`Bug: ${name} was not bundled`);
  return written(standIns ? `${name}-lean` : name, file.contents);
}

async function written(name: string, code: Uint8Array): Promise<string> {
  const folder = path.join(WORK_FOLDER, name);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'index.mjs');
  await writeFile(file, code);
  return file;
}
