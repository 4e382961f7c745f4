import path from 'node:path';
import { build } from 'esbuild';
import {
  CHARSET,
  GLOBAL_STAND_INS,
  INJECTED,
  MAIN_FIELDS,
  projectFile,
  STAND_INS,
  TARGET,
} from './bundling.ts';

/** A function's code as it is deployed, what it is made of, and the way back from it to the sources. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Source map (JSON). It is not deployed: reading it would cost each start 11 ms. */
  readonly map: string;
  /** Bytes of the code by where they come from: packages by name, ours by room. The largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[];
}

/**
 * Bundles `functions/<entry>.ts` as the stack does. The same sources give the same bytes, so the map made here fits the
 * code that runs: a place in a logged stack is found with it.
 */
export async function bundle(entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: projectFile(''),
    entryPoints: [projectFile(`functions/${entry}.ts`)],
    outfile: 'index.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    mainFields: [...MAIN_FIELDS],
    charset: CHARSET,
    minify: true,
    alias: { ...STAND_INS },
    define: { ...GLOBAL_STAND_INS },
    inject: [...INJECTED],
    sourcemap: 'external',
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const code = outputFiles.find((file) => file.path.endsWith('.mjs'));
  const map = outputFiles.find((file) => file.path.endsWith('.map'));
  const [made] = Object.entries(metafile.outputs).filter(([name]) => name.endsWith('.mjs'));
  if (code === undefined || map === undefined || made === undefined) throw new Error('Bug: nothing bundled');
  return { code: code.contents, map: map.text, parts: partsOf(made[1].inputs) };
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
