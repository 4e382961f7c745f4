import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { bundle } from '../../lib/stack/bundle.ts';
import { AS_A_FUNCTION, projectFile, STAND_INS } from '../../lib/stack/bundling.ts';
import { leanSdk } from '../../lib/stack/lean-sdk.ts';
import { LEANER } from '../../lib/stack/leaner-files.ts';

export const WORK_FOLDER = projectFile('.artifacts/bench');

/** The function as it is deployed. */
export async function ourBundle(entry: string): Promise<string> {
  const { code } = await bundle(entry);
  return written(entry, code);
}

/**
 * A rival. `standIns`: bundled as well as ours is, without the parts of the SDK and of node that Lambda never uses; but it sends
 * by the platform's `fetch`, as ky does for everybody.
 */
export async function rivalBundle(
  name: string,
  { standIns, external = [] }: { readonly standIns: boolean; readonly external?: readonly string[] },
): Promise<string> {
  const { outputFiles } = await build({
    ...AS_A_FUNCTION,
    entryPoints: [projectFile(`test/bench/rivals/${name}.ts`)],
    ...(standIns ? { alias: { ...STAND_INS }, plugins: [leanSdk(LEANER, { keepUnknown: true })] } : {}),
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
