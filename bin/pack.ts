import { packClient } from '../lib/packages/client-package.ts';
import { packService } from '../lib/packages/service-package.ts';

/** `npm run pack:client`, `npm run pack:service`: prints the path of the tarball. */
const [what] = process.argv.slice(2);
if (what !== 'client' && what !== 'service') {
  console.error('Say which package: client or service.');
  process.exitCode = 2;
} else {
  console.log(await (what === 'client' ? packClient() : packService()));
}
