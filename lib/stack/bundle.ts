import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

/** A file of the project, wherever it is installed. */
export function projectFile(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

export const TARGET = 'node24';

/** How a function is bundled, and whatever is measured against one. The SDK is bundled as its makers publish it. */
export const AS_A_FUNCTION = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: TARGET,
  // The module form first: of it, what nobody imports is left out.
  mainFields: ['module', 'main'],
  // Korean is as short as it is only as itself; as escapes it takes twice the room.
  charset: 'utf8',
  minify: true,
} satisfies BuildOptions;

/** A function's code as it is deployed, what it is made of, and the way back from it to the sources. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Source map (JSON). It is not deployed: reading it would cost each start 11 ms. */
  readonly map: string;
  /** Bytes of the code by where they come from: packages by name, ours by folder. The largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[];
}

/**
 * Bundles `functions/<entry>.ts`, for the stack and for everybody else. The same sources give the same bytes, so the map
 * made here fits the code that runs: a place in a logged stack is found with it.
 */
export async function bundle(entry: string): Promise<Bundle> {
  return bundleFile(projectFile(`functions/${entry}.ts`));
}

/** Likewise for a file that is not deployed, so that a test runs it as a function runs. */
export async function bundleFile(file: string): Promise<Bundle> {
  // Only here: whoever just asks for a file's place needs no tools of development.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    ...AS_A_FUNCTION,
    absWorkingDir: projectFile(''),
    entryPoints: [file],
    outfile: 'index.mjs',
    // Else what the compiler is told, here or in a shop's own project, would be a part of what is deployed.
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
