import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** The path of a project file, also in an installed package. */
export function projectFile(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

const TARGET = 'node24';

/** The bundling options of the functions. The SDK is bundled unchanged. */
const AS_A_FUNCTION = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: TARGET,
  // Prefer the ES module build, from which unused exports are removed.
  mainFields: ['module', 'main'],
  // Korean text as escapes would be twice as long.
  charset: 'utf8',
  minify: true,
} satisfies BuildOptions;

/** A function's deployed code and its source map. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Source map (JSON). It is not deployed, because reading it would cost 11 ms per start. */
  readonly map: string;
  /** The npm packages of which the code has parts. */
  readonly packages: readonly string[];
}

/**
 * Bundles `functions/<entry>.ts`. The same sources give the same bytes, so the source map made here fits the deployed code
 * and maps its logged stacks.
 */
export async function bundle(entry: string): Promise<Bundle> {
  return bundleFile(projectFile(`functions/${entry}.ts`));
}

/** Bundles a file that is not deployed in the same way, for tests and benchmarks. */
export async function bundleFile(file: string): Promise<Bundle> {
  // Imported only here, so that `projectFile` works without the development tools.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    ...AS_A_FUNCTION,
    absWorkingDir: projectFile(''),
    entryPoints: [file],
    outfile: 'index.mjs',
    // Ignore any tsconfig.json, so that the bundle does not depend on compiler settings here or in a shop's project.
    tsconfigRaw: {},
    sourcemap: 'external',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const code = outputFiles.find((made) => made.path.endsWith('.mjs'));
  const map = outputFiles.find((made) => made.path.endsWith('.map'));
  const { inputs } = metafile.outputs['index.mjs'] ?? {};
  if (code === undefined || map === undefined || inputs === undefined)
    throw new Error('Bug: nothing bundled');
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { code: code.contents, map: map.text, packages: packagesOf(used.map(([input]) => input)) };
}

const PACKAGE = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/;

/** The npm packages of these files. */
export function packagesOf(files: readonly string[]): readonly string[] {
  return [...new Set(files.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []))];
}

/** Writes the code of every function as `<entry>.mjs` into the folder. Resolves to the npm packages in it. */
export async function writeBundles(folder: string): Promise<readonly string[]> {
  const doors = readdirSync(projectFile('functions')).filter((name) => /^[\w-]+\.ts$/.test(name));
  const packages = doors.map(async (door) => {
    const entry = path.basename(door, '.ts');
    const made = await bundle(entry);
    writeFileSync(path.join(folder, `${entry}.mjs`), made.code);
    return made.packages;
  });
  return (await Promise.all(packages)).flat();
}
