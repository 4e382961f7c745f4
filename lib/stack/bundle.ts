import path from 'node:path';
import { build } from 'esbuild';
import { AS_A_FUNCTION, GLOBAL_STAND_INS, INJECTED, projectFile, STAND_INS } from './bundling.ts';
import { leanSdk } from './lean-sdk.ts';
import { LEANER } from './leaner-files.ts';

/** A function's code as it is deployed, what it is made of, and the way back from it to the sources. */
export interface Bundle {
  readonly code: Uint8Array;
  /** Source map (JSON). It is not deployed: reading it would cost each start 11 ms. */
  readonly map: string;
  /** Bytes of the code by where they come from: packages by name, ours by room. The largest first. */
  readonly parts: readonly (readonly [name: string, bytes: number])[];
}

/**
 * An installed package is JavaScript, and npm may have put a newer SDK beside it than the one that it was tested with.
 * That must not keep a shop from deploying.
 */
const KEEP_UNKNOWN = import.meta.url.endsWith('.js');

/**
 * Bundles `functions/<entry>.ts`, for the stack and for everybody else. The same sources give the same bytes, so the map
 * made here fits the code that runs: a place in a logged stack is found with it.
 */
export async function bundle(entry: string): Promise<Bundle> {
  return bundleFile(projectFile(`functions/${entry}.ts`));
}

/** Likewise for a file that is not deployed: what is measured against a door, or asked what the SDK has become. */
export async function bundleFile(file: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...AS_A_FUNCTION,
    absWorkingDir: projectFile(''),
    entryPoints: [file],
    outfile: 'index.mjs',
    alias: { ...STAND_INS },
    define: { ...GLOBAL_STAND_INS },
    inject: [...INJECTED],
    plugins: [leanSdk(LEANER, { keepUnknown: KEEP_UNKNOWN })],
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
