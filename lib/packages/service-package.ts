import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { deskFiles } from '../desk/build.ts';
import {
  emptyFolder,
  PACKAGES,
  packed,
  PROJECT,
  projectManifest,
  writeManifest,
  writeTypes,
} from './package-folder.ts';

const ENTRY = 'lib/stack/refund-service.ts';
/** Run by the construct, as a process of its own. */
const MAKER = 'lib/stack/make-bundles.ts';

/** The construct, and the functions that it bundles where it is deployed: no local run, no simulator, no page. */
export async function packService(parent = PACKAGES): Promise<string> {
  const folder = await emptyFolder(parent, 'service');
  const { version, license, engines, dependencies, peerDependencies } = await projectManifest();
  await build({
    entryPoints: [`${PROJECT}${ENTRY}`, `${PROJECT}${MAKER}`],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: path.join(folder, 'lib', 'stack'),
  });
  await writeTypes({ entry: ENTRY, folder, types: ['node'] });
  await cp(`${PROJECT}functions`, path.join(folder, 'functions'), { recursive: true });
  // Made here, since what the desk is made with is nothing that a shop installs; lib/stack/staff-desk.ts looks for them there.
  await mkdir(path.join(folder, 'lib', 'desk', 'files'), { recursive: true });
  for (const [name, bytes] of deskFiles())
    await writeFile(path.join(folder, 'lib', 'desk', 'files', name), bytes);
  // Where the alarms say that it is.
  for (const name of ['RUNBOOK.md', 'RUNBOOK.ko.md'])
    await cp(`${PROJECT}lib/stack/${name}`, path.join(folder, 'lib', 'stack', name));
  await cp(`${PROJECT}lib/packages/service-README.md`, path.join(folder, 'README.md'));
  await writeManifest(folder, {
    name: 'iamport-refunds-service',
    version,
    description:
      "CDK construct of iamport-refunds: refunds i'mport payments, in full or in part, exactly once",
    license,
    type: 'module',
    exports: {
      '.': { types: './types/lib/stack/refund-service.d.ts', default: './lib/stack/refund-service.js' },
    },
    files: ['lib', 'functions', 'types'],
    engines,
    dependencies,
    peerDependencies,
  });
  return packed(folder);
}
