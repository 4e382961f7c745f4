import { cp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { copyPapers, emptyFolder, PACKAGES, packed, PROJECT, projectManifest } from './package-folder.ts';

const STARTED = ['bin', 'functions', 'lib', 'cdk.json', 'tsconfig.json'];
/** The packages that the local run needs to synthesize the stack, run it, and serve the pages. */
const TOOLS = [
  '@picocss/pico',
  'aws-cdk-lib',
  'constructs',
  'dynalite',
  'esbuild',
  'jose',
  'lit-html',
  'oauth4webapi',
  'swagger-ui-dist',
];

/** The local run as a package for `npx`, so that trying the service needs no checkout. */
export async function packLocal(parent = PACKAGES): Promise<string> {
  const folder = await emptyFolder(parent, 'local');
  for (const name of STARTED) {
    await cp(`${PROJECT}${name}`, path.join(folder, name), { recursive: true });
  }
  await build({
    entryPoints: [`${PROJECT}lib/packages/local-start.ts`],
    outfile: path.join(folder, 'start.mjs'),
    banner: { js: '#!/usr/bin/env node' },
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  await copyPapers(folder, 'lib/lab/README.md');
  const { dependencies, devDependencies, optionalDependencies } = await projectManifest();
  const tools = Object.entries(devDependencies).filter(([name]) => TOOLS.includes(name));
  return packed(folder, {
    name: 'iamport-refunds-local',
    description:
      "The local run of iamport-refunds: the stack played on one machine, against a simulator of i'mport",
    keywords: ['simulator'],
    bin: { 'iamport-refunds-local': './start.mjs' },
    files: [...STARTED, 'start.mjs'],
    engines: { node: '>=20.19' },
    dependencies: { ...dependencies, ...Object.fromEntries(tools) },
    optionalDependencies,
  });
}
