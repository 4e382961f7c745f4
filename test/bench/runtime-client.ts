import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectFile } from '../../lib/stack/bundle.ts';
import { command } from '../real/support/command.ts';
import { runtimeClient as realRuntimeClient } from '../real/support/tools.ts';

/** Git-ignored. Tools for measuring are built here when needed. */
export const REAL_FOLDER = projectFile('.real');
const AXIOS = 'axios@1.21.1';

/** Lambda's own runtime client, the program that loads a function there, as `npm run test:real` builds it. A string is the reason why there is none. */
export async function runtimeClient(): Promise<{ readonly main: string } | { readonly missing: string }> {
  const client = await realRuntimeClient();
  if (client.kind === 'missing') return { missing: client.why };
  const found = { main: client.path };
  if (existsSync(path.join(REAL_FOLDER, 'node_modules/axios'))) return found;
  mkdirSync(REAL_FOLDER, { recursive: true });
  writeFileSync(path.join(REAL_FOLDER, 'package.json'), '{"private":true}\n');
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', AXIOS];
  const { status, output } = await command('npm', args, { cwd: REAL_FOLDER });
  return status === 0 ? found : { missing: `the guide's sample needs ${AXIOS}: ${output.trim()}` };
}
