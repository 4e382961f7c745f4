import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';

const run = promisify(execFile);

export const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

const Versions = v.record(v.string(), v.string());
const Manifest = v.object({
  version: v.string(),
  license: v.string(),
  repository: v.object({ type: v.string(), url: v.string() }),
  homepage: v.string(),
  engines: Versions,
  dependencies: Versions,
  devDependencies: Versions,
  optionalDependencies: Versions,
  peerDependencies: Versions,
});

/** The project's own package.json, the only place with versions. */
export async function projectManifest(): Promise<v.InferOutput<typeof Manifest>> {
  return v.parse(
    v.pipe(v.string(), v.parseJson(), Manifest),
    await readFile(`${PROJECT}package.json`, 'utf8'),
  );
}

/** The default folder for packages; git ignores it. */
export const PACKAGES = path.join(PROJECT, '.packages');

/** The folder of a package that is being built. */
export async function emptyFolder(parent: string, name: string): Promise<string> {
  const folder = path.join(parent, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(`${PROJECT}LICENSE`, path.join(folder, 'LICENSE'));
  return folder;
}

const KEYWORDS = ['iamport', 'portone', 'refund', 'cancel', 'payment', 'korea'];

interface About extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly description: string;
  readonly keywords: readonly string[];
}

/** Writes package.json, with the fields that all packages share, and packs the folder. Resolves to the tarball's path. */
export async function packed(
  folder: string,
  { name, description, keywords, ...rest }: About,
): Promise<string> {
  const { version, license, repository, homepage } = await projectManifest();
  const about = { name, version, description, keywords: [...KEYWORDS, ...keywords] };
  const manifest = { ...about, license, repository, homepage, type: 'module', ...rest };
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const destination = path.dirname(folder);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', destination], { cwd: folder });
  return path.join(destination, `${name}-${version}.tgz`);
}

const LINK = /\]\(([^)#:\s]+)(#[^)\s]*)?\)/g;

/**
 * Copies the first document as README.md, and the others to the same paths. Links to files outside the package are changed to
 * the repository, at the version of the package.
 */
export async function copyPapers(folder: string, readme: string, ...others: string[]): Promise<void> {
  const { version, homepage } = await projectManifest();
  const there = `${homepage.replace(/#.*$/, '')}/blob/v${version}/`;
  for (const paper of [readme, ...others]) {
    const place = paper === readme ? 'README.md' : paper;
    const text = await readFile(`${PROJECT}${paper}`, 'utf8');
    const led = text.replaceAll(LINK, (_link: string, to: string, anchor = '') => {
      const target = path.posix.join(path.posix.dirname(paper), to);
      if (!others.includes(target)) return `](${there}${target}${anchor})`;
      return `](${path.posix.relative(path.posix.dirname(place), target)}${anchor})`;
    });
    await mkdir(path.dirname(path.join(folder, place)), { recursive: true });
    await writeFile(path.join(folder, place), led);
  }
}

const FLAGS =
  '--ignoreConfig --declaration --emitDeclarationOnly --allowImportingTsExtensions --strict --skipLibCheck --target es2024 --module nodenext --types node';

/** Types of the entry (its path from the project's root) and of its imports, without internal ones. */
export async function writeTypes(entry: string, folder: string): Promise<void> {
  const out = path.join(folder, 'types');
  const places = ['--rootDir', PROJECT, '--outDir', out];
  const tsc = `${PROJECT}node_modules/typescript/bin/tsc`;
  await run(process.execPath, [tsc, `${PROJECT}${entry}`, ...FLAGS.split(' '), ...places]);
  const first = path.join(out, entry).replace(/\.ts$/, '.d.ts');
  const needed = await reachable(first, new Set());
  const written = await readdir(out, { recursive: true });
  const surplus = written
    .map((name) => path.join(out, name))
    .filter((file) => file.endsWith('.ts') && !needed.has(file));
  await Promise.all(surplus.map(async (file) => rm(file)));
}

const IMPORTED = /(from |import\()'(\.[^']+)\.ts'/g;

/** Writes the imports with the file names that a shop's compiler expects, and continues with the imported files. */
async function reachable(file: string, seen: Set<string>): Promise<ReadonlySet<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll(IMPORTED, "$1'$2.js'"));
  for (const [, , name = ''] of text.matchAll(IMPORTED)) {
    await reachable(path.join(path.dirname(file), `${name}.d.ts`), seen);
  }
  return seen;
}
