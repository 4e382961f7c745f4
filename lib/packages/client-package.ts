import { appendFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { clientTypes } from '../openapi/client-types.ts';
import { copyPapers, emptyFolder, PACKAGES, packed, PROJECT, writeTypes } from './package-folder.ts';

const ENTRY = 'lib/client/refund-client.ts';
/** Newer syntax is compiled for browsers of 2020. */
const TARGET = 'es2020';
const GLOBAL_NAME = 'IamportRefunds';
const COMMON = { entryPoints: [`${PROJECT}${ENTRY}`], bundle: true, target: TARGET } satisfies BuildOptions;

/** For a plain `<script>`. The file is ASCII, so it works in a page of any encoding. */
export async function clientScript(): Promise<string> {
  const { outputFiles } = await build({
    ...COMMON,
    format: 'iife',
    globalName: GLOBAL_NAME,
    minify: true,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The browser client only: a module, one file for a plain `<script>`, and types. No dependencies. */
export async function packClient(parent = PACKAGES): Promise<string> {
  const folder = await emptyFolder(parent, 'client');
  await build({ ...COMMON, format: 'esm', outfile: path.join(folder, 'refund-client.js') });
  await writeFile(path.join(folder, 'refund-client.script.js'), await clientScript());
  await writeTypes(ENTRY, folder);
  // The types that come from the service's schemas are written in full.
  await writeFile(path.join(folder, 'types/lib/client/types.d.ts'), clientTypes());
  await rm(path.join(folder, 'types/functions'), { recursive: true });
  await appendFile(
    path.join(folder, 'types/lib/client/refund-client.d.ts'),
    `export as namespace ${GLOBAL_NAME};\n`,
  );
  await copyPapers(folder, 'lib/packages/client-README.md');
  return packed(folder, {
    name: 'iamport-refunds-client',
    description:
      "Browser client of iamport-refunds: one press of the button is one refund of an i'mport payment",
    keywords: ['browser'],
    sideEffects: false,
    exports: {
      '.': { types: './types/lib/client/refund-client.d.ts', default: './refund-client.js' },
      './script': './refund-client.script.js',
    },
    main: './refund-client.js',
    types: './types/lib/client/refund-client.d.ts',
    unpkg: './refund-client.script.js',
    jsdelivr: './refund-client.script.js',
    files: ['refund-client.js', 'refund-client.script.js', 'types'],
  });
}
