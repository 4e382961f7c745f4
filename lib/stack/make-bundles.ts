import { writeBundles } from './bundle.ts';

/** Writes the code of every function into the given folder. Run by `functions.ts`. */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say which folder the bundles go to.');
await writeBundles(folder);
