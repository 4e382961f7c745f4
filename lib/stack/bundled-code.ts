import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { projectFile } from './bundle.ts';

/**
 * The code of `functions/<entry>.ts` as `bundle.ts` makes it, when the stack is really synthesized, so that what is deployed is
 * what was tested, byte for byte. The runtime's own SDK is not used: it changes without a deployment.
 */
export function bundledCode(entry: string): Code {
  return Code.fromAsset(projectFile('functions'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: {
        tryBundle(directory) {
          copyFileSync(path.join(allBundles(), `${entry}.mjs`), path.join(directory, 'index.mjs'));
          return true;
        },
      },
      // Tells the entries of the one folder apart.
      command: [entry],
      // Must be named, and is not used.
      image: DockerImage.fromRegistry('scratch'),
    },
  });
}

/** Here and in an installed package, where it is JavaScript. */
const MAKER = fileURLToPath(new URL(`make-bundles${path.extname(import.meta.url)}`, import.meta.url));

let made: string | undefined;

/** Folder with all of them. The CDK waits for nothing, so another process makes them: all at once, since a stack has all. */
function allBundles(): string {
  if (made !== undefined) return made;
  const folder = mkdtempSync(path.join(tmpdir(), 'refunds-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [MAKER, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  made = folder;
  return made;
}
