import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT, projectManifest } from '../../lib/packages/package-folder.ts';
import { packLocal } from '../../lib/packages/local-package.ts';
import { packService } from '../../lib/packages/service-package.ts';
import { command } from './support/command.ts';

/** Uses the package as a shop does: from its tarball, in a clean folder, with the oldest supported and the newest known CDK. */
const { peerDependencies, devDependencies } = await projectManifest();
const OLDEST = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range.replace('^', '')}`);
const NEWEST = Object.keys(peerDependencies).map((name) => `${name}@${devDependencies[name]}`);
const LIMIT_MS = 600_000;
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

const made = mkdtempSync(path.join(tmpdir(), 'refunds-tarball-'));
let tarball: string;
beforeAll(async () => {
  tarball = await packService(made);
}, LIMIT_MS);
afterAll(() => rmSync(made, { recursive: true, force: true }));

async function succeeds(
  name: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { status, output } = await command(name, args, { cwd, env, limitMs: LIMIT_MS });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${status}:\n${output}`);
}

describe.each([
  ['the oldest CDK that is promised', OLDEST],
  ['the newest CDK that is known', NEWEST],
])('with %s', (_which, packages) => {
  let shop: string;
  beforeAll(async () => {
    shop = mkdtempSync(path.join(tmpdir(), 'refunds-stranger-'));
    writeFileSync(path.join(shop, 'package.json'), '{"private":true,"type":"module"}');
    await succeeds('npm', ['install', ...QUIET, tarball, ...packages], shop);
  }, LIMIT_MS);
  afterAll(() => rmSync(shop, { recursive: true, force: true }));

  /** How many functions the app's stack has, and how many of them are byte for byte the package's `cancel-payment`. */
  async function synthesized(app: string): Promise<{ readonly functions: number; readonly tested: number }> {
    const folder = path.join(shop, 'cdk.out');
    // As started by the CDK's command.
    await succeeds(process.execPath, [app], shop, { CDK_OUTDIR: folder });
    const bundles = path.join(shop, 'node_modules/iamport-refunds-service/lib/stack/bundles');
    const tested = readFileSync(path.join(bundles, 'cancel-payment.mjs'));
    const deployed = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('index.mjs'))
      .map((name) => readFileSync(path.join(folder, name)));
    return { functions: deployed.length, tested: deployed.filter((code) => code.equals(tested)).length };
  }

  it(
    "an app in TypeScript compiles in the strictest reading, and its stack deploys the package's own bundles",
    async () => {
      copyFileSync(`${PROJECT}test/real/apps/shop.ts`, path.join(shop, 'shop.ts'));
      const tsc = `${PROJECT}node_modules/typescript/bin/tsc`;
      const flags = '--ignoreConfig --strict --skipLibCheck --module nodenext --target es2023 --types node';
      const types = ['--typeRoots', `${PROJECT}node_modules/@types`];
      await succeeds(process.execPath, [tsc, ...flags.split(' '), ...types, 'shop.ts'], shop);
      const { functions, tested } = await synthesized('shop.js');
      expect(functions).toBeGreaterThan(9);
      expect(tested).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'an app in JavaScript, which requires what it uses, does likewise',
    async () => {
      copyFileSync(`${PROJECT}test/real/apps/shop.cjs`, path.join(shop, 'shop.cjs'));
      expect(await synthesized('shop.cjs')).toMatchObject({ tested: 1 });
    },
    LIMIT_MS,
  );
});

it(
  'npx of the tarball starts the local run, which plays the stack, in a folder that has nothing',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'refunds-npx-'));
    const child = spawn('npx', ['--yes', '--package', await packLocal(made), 'iamport-refunds-local'], {
      cwd: folder,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const told = Promise.withResolvers<undefined>();
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('Ctrl-C')) told.resolve(undefined);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await Promise.race([told.promise, ended]);
    const api = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
    const page = api === undefined ? undefined : await fetch(`${api}/docs`);
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
    expect(page?.status, output).toBe(200);
  },
  LIMIT_MS,
);
