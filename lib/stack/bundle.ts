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

/** A function's deployed code, its parts, and its source map. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Source map (JSON). It is not deployed, because reading it would cost 11 ms per start. */
  readonly map: string;
  /** Bytes of the code by origin (package name or project folder), largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[];
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
  const [output] = Object.entries(metafile.outputs).filter(([name]) => name.endsWith('.mjs'));
  if (code === undefined || map === undefined || output === undefined)
    throw new Error('Bug: nothing bundled');
  return { code: code.contents, map: map.text, parts: partsOf(output[1].inputs) };
}

function partsOf(inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): Bundle['parts'] {
  const bytes = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const name = partOf(file);
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return [...bytes].filter(([, size]) => size > 0).toSorted(([, a], [, b]) => b - a);
}

const PACKAGE = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/;

function partOf(file: string): string {
  return PACKAGE.exec(file)?.[1] ?? path.posix.dirname(file);
}
