import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packClient } from '../../lib/packages/client-package.ts';
import { PROJECT, projectManifest } from '../../lib/packages/package-folder.ts';
import { packService } from '../../lib/packages/service-package.ts';
import { linksOf, readPaper } from '../support/papers.ts';

const run = promisify(execFile);

const CLIENT_PROGRAM = `
import { createRefundClient, type Cancelled, type Outcome, type Payment } from 'iamport-refunds-client';
const client = createRefundClient({ getToken: async ({ renew }) => (renew ? 'new' : 'old') });
const outcome: Promise<Outcome> = client.cancel({ merchant_uid: 'ORD-1' });
outcome.then((told) => told.message.length);
declare const done: Cancelled;
done.amount satisfies number; done.refund_id satisfies string; done.receipt_url satisfies string | null;
done.expected_by satisfies number | null; done.refund.in_doubt?.drift satisfies boolean | undefined;
declare const payment: Payment;
payment.payments?.map(({ imp_uid }) => imp_uid); payment.cancel_history.map(({ pg_tid }) => pg_tid);
// @ts-expect-error an amount is a number
client.cancel({ merchant_uid: 'ORD-1', cancel_request_amount: '1' });
`;

/** The only snippet of a document that uses a package. */
function snippet(file: string, name: string): string {
  const found = [...readPaper(file).matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = '']) => text);
  const [own = '', ...others] = found.filter((text) => text.includes(`from '${name}'`));
  expect([own === '', others]).toEqual([false, []]);
  return own;
}

let shop: string;
let made: string;
beforeAll(async () => {
  made = await mkdtemp(path.join(tmpdir(), 'refunds-packages-'));
  shop = await mkdtemp(path.join(tmpdir(), 'refunds-shop-'));
  await writeFile(path.join(shop, 'package.json'), '{"type":"module"}');
});
afterAll(async () => {
  for (const folder of [shop, made]) await rm(folder, { recursive: true, force: true });
});

/** Compiles the programs as modules of the shop. @throws with the compiler's output */
async function compile(programs: readonly string[], flags: string): Promise<void> {
  const names = programs.map((_, index) => `program-${index}.ts`);
  for (const [index, name] of names.entries()) await writeFile(path.join(shop, name), programs[index] ?? '');
  const strict = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2022', '--types', ''];
  const tsc = `${PROJECT}node_modules/typescript/bin/tsc`;
  await run(process.execPath, [tsc, ...strict, ...flags.split(' '), ...names], { cwd: shop });
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const files = await Promise.all(names.map(async (name) => stat(path.join(folder, name))));
  return files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
}

/** Expects these documents, whose links lead to files of the package, and what a registry shows of it. */
async function expectPublishable(installed: string, papers: readonly string[]): Promise<void> {
  const names = (await readdir(installed, { recursive: true })).filter((name) => name.endsWith('.md'));
  expect(names).toEqual(expect.arrayContaining([...papers]));
  for (const paper of names) {
    const links = linksOf(await readFile(path.join(installed, paper), 'utf8'));
    const lost = links.filter((link) => !existsSync(path.join(installed, path.dirname(paper), link)));
    expect(lost, paper).toEqual([]);
  }
  const manifest = await manifestOf(installed);
  const { version, homepage } = await projectManifest();
  expect(manifest).toMatchObject({ version, homepage, license: 'MIT', repository: { type: 'git' } });
  expect(manifest['keywords']).toEqual(expect.arrayContaining(['iamport', 'portone', 'refund']));
  for (const file of [String(manifest['types']), 'LICENSE'])
    expect(existsSync(path.join(installed, file)), file).toBe(true);
}

async function manifestOf(installed: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
}

describe('the package of the browser client', () => {
  let installed: string;
  beforeAll(async () => {
    const tarball = await packClient(made);
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: shop });
    installed = path.join(shop, 'node_modules/iamport-refunds-client');
  });

  it('the client package installs offline, has no dependencies, is small and can be published', async () => {
    const brought = (await readdir(path.join(shop, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expect(brought).toEqual(['iamport-refunds-client']);
    expect(await sizeOf(installed)).toBeLessThan(100_000);
    expect((await stat(path.join(installed, 'refund-client.script.js'))).size).toBeLessThan(30_000);
    await expectPublishable(installed, ['README.md']);
  });

  it('the client package is an ES module', async () => {
    const program = "console.log(Object.keys(await import('iamport-refunds-client')).join())";
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: shop });
    expect(stdout.trim()).toBe('RefundClient,createRefundClient,messageOf');
  });

  it.each(['--module nodenext', '--module esnext --moduleResolution bundler'])(
    'the types of the client package, and the snippet in its README, compile alone with strict settings (%s)',
    async (resolution) => {
      const programs = [CLIENT_PROGRAM, snippet('lib/packages/client-README.md', 'iamport-refunds-client')];
      const flags = `${resolution} --skipLibCheck false --exactOptionalPropertyTypes`;
      await expect(compile(programs, flags)).resolves.toBeUndefined();
    },
  );
});

/** test/real/packages.real.ts also synthesizes with it, with the oldest and the newest CDK. */
describe('the package of the construct', () => {
  let installed: string;
  beforeAll(async () => {
    installed = path.join(shop, 'node_modules/iamport-refunds-service');
    await mkdir(installed, { recursive: true });
    await run('tar', ['xzf', await packService(made), '-C', installed, '--strip-components=1']);
    for (const name of ['aws-cdk-lib', 'constructs'])
      await symlink(`${PROJECT}node_modules/${name}`, path.join(shop, 'node_modules', name));
  });

  it('the service package contains the construct, the built functions and desk, and no sources, tests or lab', async () => {
    const names = await readdir(installed, { recursive: true });
    const built = ['lib/stack/bundles/cancel-payment.mjs', 'lib/desk/files/index.html', 'THIRD-PARTY.md'];
    expect(names).toEqual(expect.arrayContaining(built));
    const ownSources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
    const ofTheLab = names.filter((name) => /local|simulator|shop|browser|test|lab\//.test(name));
    expect([...ownSources, ...ofTheLab]).toEqual([]);
    expect(await sizeOf(installed)).toBeLessThan(7_000_000);
    await expectPublishable(installed, [
      'README.md',
      'lib/stack/RUNBOOK.md',
      'lib/stack/RUNBOOK.ko.md',
      'lib/stack/DEPLOY.md',
      'functions/protocol/PROTOCOL.md',
    ]);
  });

  it('the service package depends only on the CDK, and lists the licences of bundled code', async () => {
    const code = await readFile(path.join(installed, 'lib/stack/refund-service.js'), 'utf8');
    const packages = [...code.matchAll(/^import [^;]*?from "((?:@[\w-]+\/)?[\w-]+)[^":]*"/gm)];
    const peers = ['aws-cdk-lib', 'constructs'];
    expect(new Set(packages.map(([, name]) => name))).toEqual(new Set(peers));
    const { dependencies, optionalDependencies, peerDependencies } = await manifestOf(installed);
    expect(Object.keys(peerDependencies ?? {})).toEqual(peers);
    expect([dependencies, optionalDependencies]).toEqual([undefined, undefined]);
    const told = await readFile(path.join(installed, 'THIRD-PARTY.md'), 'utf8');
    for (const part of ['@smithy/core ', 'ky ', 'valibot ', 'lit-html ']) expect(told).toContain(part);
  });

  it('the snippets in the documents of the service package compile', async () => {
    const papers = ['lib/stack/DEPLOY.md', 'lib/packages/service-README.md'];
    const programs = papers.map((paper) => snippet(paper, 'iamport-refunds-service'));
    const compiled = compile(programs, '--module nodenext --skipLibCheck');
    await expect(compiled).resolves.toBeUndefined();
  });
});
