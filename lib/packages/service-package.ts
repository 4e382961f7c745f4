import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import * as v from 'valibot';
import { deskFiles } from '../desk/build.ts';
import { packagesOf, writeBundles } from '../stack/bundle.ts';
import {
  copyPapers,
  emptyFolder,
  PACKAGES,
  packed,
  PROJECT,
  projectManifest,
  writeTypes,
} from './package-folder.ts';

const ENTRY = 'lib/stack/refund-service.ts';
/** The runbook at the path that the alarms name, and the documents that it links to. */
const PAPERS = [
  'lib/stack/DEPLOY.md',
  'lib/stack/RUNBOOK.md',
  'lib/stack/RUNBOOK.ko.md',
  'functions/protocol/PROTOCOL.md',
  'functions/iamport/IAMPORT.md',
  'functions/refund/pg/PG-FACTS.md',
  'SECURITY.md',
];

/** Needed only to build the package; a shop does not need it. */
const WITHOUT_ESBUILD: Plugin = {
  name: 'without-esbuild',
  setup(making) {
    making.onResolve({ filter: /^esbuild$/ }, () => ({ path: 'esbuild', namespace: 'left-out' }));
    making.onLoad({ filter: /^esbuild$/, namespace: 'left-out' }, () => ({
      contents: 'export const build = undefined; export const buildSync = undefined;',
    }));
  },
};

/** The construct with the functions and the desk as built and tested here, without local run and simulator. */
export async function packService(parent = PACKAGES): Promise<string> {
  const folder = await emptyFolder(parent, 'service');
  const { engines, peerDependencies } = await projectManifest();
  await build({
    entryPoints: [`${PROJECT}${ENTRY}`],
    bundle: true,
    external: Object.keys(peerDependencies).flatMap((name) => [name, `${name}/*`]),
    plugins: [WITHOUT_ESBUILD],
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: path.join(folder, 'lib', 'stack'),
  });
  await writeTypes(ENTRY, folder);
  const bundles = path.join(folder, 'lib', 'stack', 'bundles');
  const desk = path.join(folder, 'lib', 'desk', 'files');
  for (const made of [bundles, desk]) await mkdir(made, { recursive: true });
  // A stack in a shop's app deploys these files, and tests run them.
  const inFunctions = await writeBundles(bundles);
  for (const [name, bytes] of deskFiles()) await writeFile(path.join(desk, name), bytes);
  await copyPapers(folder, 'lib/packages/service-README.md', ...PAPERS);
  const inDesk = await partsOf(['lib/desk/desk.ts', 'lib/desk/desk.css']);
  await writeFile(
    path.join(folder, 'THIRD-PARTY.md'),
    await thirdParty([...inFunctions, ...inDesk, 'valibot']),
  );
  return packed(folder, {
    name: 'iamport-refunds-service',
    description:
      "CDK construct of iamport-refunds: refunds i'mport payments, in full or in part, exactly once",
    keywords: ['aws-cdk', 'cdk', 'construct', 'lambda', 'dynamodb'],
    exports: {
      '.': { types: './types/lib/stack/refund-service.d.ts', default: './lib/stack/refund-service.js' },
    },
    main: './lib/stack/refund-service.js',
    types: './types/lib/stack/refund-service.d.ts',
    files: ['lib', 'functions', 'types', 'SECURITY.md', 'THIRD-PARTY.md'],
    engines,
    peerDependencies,
  });
}

/** Third-party packages in a bundle. */
async function partsOf(entryPoints: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: entryPoints.map((file) => `${PROJECT}${file}`),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    outdir: '/',
  });
  return packagesOf(Object.keys(metafile.inputs));
}

const Licensed = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string(), license: v.string() }));

/** The third-party packages in the package's files, with their licences. */
async function thirdParty(names: readonly string[]): Promise<string> {
  const found = [...new Set(names)].toSorted().map(async (name) => {
    const folder = `${PROJECT}node_modules/${name}`;
    const { version, license } = v.parse(Licensed, await readFile(`${folder}/package.json`, 'utf8'));
    const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const read = await Promise.all(files.map(async (file) => readFile(path.join(folder, file), 'utf8')));
    return { title: `${name} ${version} (${license})`, text: read.map((each) => each.trim()).join('\n\n') };
  });
  const byText = Map.groupBy(await Promise.all(found), ({ text }) => text);
  const parts = [...byText].map(
    ([text, those]) => `## ${those.map(({ title }) => title).join(', ')}\n\n${text}\n`,
  );
  return `# Parts of others in the bundles\n\n${parts.join('\n')}`;
}
