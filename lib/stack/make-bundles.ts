import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle, projectFile } from './bundle.ts';

/** Writes the code of every function as `<entry>.mjs` into the given folder. Run by `functions.ts`. */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say which folder the bundles go to.');
const doors = (await readdir(projectFile('functions'))).filter((name) => /^[\w-]+\.ts$/.test(name));
await Promise.all(
  doors.map(async (door) => {
    const entry = path.basename(door, '.ts');
    await writeFile(path.join(folder, `${entry}.mjs`), (await bundle(entry)).code);
  }),
);
