import { packClient } from '../lib/packages/client-package.ts';
import { packLocal } from '../lib/packages/local-package.ts';
import { packService } from '../lib/packages/service-package.ts';

/** `npm run pack:client`, `npm run pack:service`, `npm run pack:local`: prints the path of the tarball. */
const PACKAGES = new Map([
  ['client', packClient],
  ['service', packService],
  ['local', packLocal],
]);
const pack = PACKAGES.get(process.argv[2] ?? '');
if (pack === undefined) {
  console.error(`Name a package: ${[...PACKAGES.keys()].join(', ')}.`);
  process.exitCode = 2;
} else {
  console.log(await pack());
}
