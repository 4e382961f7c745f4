import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectFile } from '../../lib/stack/bundle.ts';

/** Git-ignored. What is only for measuring is built here when it is needed: half a minute, with cmake and a compiler. */
export const REAL_FOLDER = projectFile('.real');
const PACKAGES = { 'aws-lambda-ric': '4.0.2', axios: '1.21.1' } as const;

/** Lambda's own runtime client: the program that loads a function there. A text says why there is none. */
export function runtimeClient(): { readonly main: string } | { readonly missing: string } {
  const main = path.join(REAL_FOLDER, 'node_modules/aws-lambda-ric/index.mjs');
  const native = path.join(path.dirname(main), 'rapid-client.node');
  if (existsSync(native)) return { main };
  mkdirSync(REAL_FOLDER, { recursive: true });
  const manifest = path.join(REAL_FOLDER, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{"private":true}\n');
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', ...wanted],
    {
      cwd: REAL_FOLDER,
      encoding: 'utf8',
    },
  );
  if (status === 0 && existsSync(native)) return { main };
  const [last = 'npm said nothing'] = (stderr ?? '').trim().split('\n').slice(-1);
  return { missing: `aws-lambda-ric could not be built (it needs cmake, make, g++ and python3): ${last}` };
}
