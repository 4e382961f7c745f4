import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../lib/stack/bundle.ts';
import { packClient } from '../../lib/packages/client-package.ts';
import { PROJECT, projectManifest } from '../../lib/packages/package-folder.ts';
import { packService } from '../../lib/packages/service-package.ts';
import { linksOf } from '../support/papers.ts';
import { read } from './support.ts';

const run = promisify(execFile);

/** The licences and files that a shop needs, and no more. */
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

const FENCE = /^```ts\n(.*?)^```/gms;

/** The snippets of a text that use a package, each as a separate program. */
function snippets(file: string, name: string): readonly string[] {
  const found = [...read(file).matchAll(FENCE)].map(([, text = '']) => text);
  return found.filter((text) => text.includes(`from '${name}'`));
}

async function compile(folder: string, program: string, more: readonly string[]): Promise<unknown> {
  await writeFile(path.join(folder, 'program.ts'), program);
  const strict = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2022', '--types', '', ...more];
  const tsc = `${PROJECT}node_modules/typescript/bin/tsc`;
  return run(process.execPath, [tsc, ...strict, 'program.ts'], { cwd: folder });
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const files = await Promise.all(names.map(async (name) => stat(path.join(folder, name))));
  return files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
}

/** Each document of a package, with its links to files. */
async function papersOf(installed: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = (await readdir(installed, { recursive: true })).filter((name) => name.endsWith('.md'));
  const texts = names.map(async (name) => readFile(path.join(installed, name), 'utf8'));
  return new Map((await Promise.all(texts)).map((text, index) => [names[index] ?? '', linksOf(text)]));
}

function leadingNowhere(installed: string, papers: Awaited<ReturnType<typeof papersOf>>): readonly string[] {
  return [...papers].flatMap(([paper, links]) =>
    links
      .filter((link) => !existsSync(path.join(installed, path.dirname(paper), link)))
      .map((link) => `${paper}: ${link}`),
  );
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

describe('the package of the browser client', () => {
  let installed: string;
  beforeAll(async () => {
    const tarball = await packClient(made);
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: shop });
    installed = path.join(shop, 'node_modules/iamport-refunds-client');
  });

  it('the client package installs offline, has no dependencies and is small', async () => {
    const brought = (await readdir(path.join(shop, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expect(brought).toEqual(['iamport-refunds-client']);
    expect(await sizeOf(installed)).toBeLessThan(100_000);
    expect((await stat(path.join(installed, 'refund-client.script.js'))).size).toBeLessThan(30_000);
  });

  it('the client package contains the files that its documents link', async () => {
    const papers = await papersOf(installed);
    expect([...papers.keys()]).toEqual(['README.md']);
    expect(leadingNowhere(installed, papers)).toEqual([]);
  });

  it('the client package is an ES module', async () => {
    const program = "console.log(Object.keys(await import('iamport-refunds-client')).join())";
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: shop });
    expect(stdout.trim()).toBe('RefundClient,createRefundClient,messageOf');
  });

  it.each(['nodenext', 'bundler'])(
    'the types of the client package compile alone with strict settings (%s)',
    async (resolution) => {
      const module = [
        '--module',
        resolution === 'bundler' ? 'esnext' : resolution,
        '--moduleResolution',
        resolution,
      ];
      const flags = [...module, '--skipLibCheck', 'false', '--exactOptionalPropertyTypes'];
      await expect(compile(shop, CLIENT_PROGRAM, flags)).resolves.toMatchObject({ stdout: '' });
    },
  );

  it('the snippets in the client’s README compile', async () => {
    const programs = snippets('lib/packages/client-README.md', 'iamport-refunds-client');
    expect(programs).toHaveLength(1);
    const compiled = compile(shop, programs[0] ?? '', ['--module', 'nodenext']);
    await expect(compiled).resolves.toMatchObject({ stdout: '' });
  });
});

describe('the package of the construct', () => {
  let installed: string;
  let tested: Uint8Array;
  beforeAll(async () => {
    installed = path.join(shop, 'node_modules/iamport-refunds-service');
    await mkdir(installed, { recursive: true });
    await run('tar', ['xzf', await packService(made), '-C', installed, '--strip-components=1']);
    tested = (await bundle('cancel-payment')).code;
    const { peerDependencies } = await projectManifest();
    for (const name of Object.keys(peerDependencies)) {
      await mkdir(path.dirname(path.join(shop, 'node_modules', name)), { recursive: true });
      await symlink(`${PROJECT}node_modules/${name}`, path.join(shop, 'node_modules', name));
    }
  });

  it('the service package contains the construct, the built functions and desk, and no sources, tests or lab', async () => {
    const names = await readdir(installed, { recursive: true });
    expect(names).toEqual(
      expect.arrayContaining([
        'lib/stack/bundles/cancel-payment.mjs',
        'lib/desk/files/index.html',
        'THIRD-PARTY.md',
      ]),
    );
    const ownSources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
    const ofTheLab = names.filter((name) => /local|simulator|shop|browser|test|lab\//.test(name));
    expect([...ownSources, ...ofTheLab]).toEqual([]);
    expect(await sizeOf(installed)).toBeLessThan(7_000_000);
  });

  it('the service package depends only on the CDK, and lists the licences of bundled code', async () => {
    const manifest = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')) as Readonly<
      Record<string, unknown>
    >;
    const code = await readFile(path.join(installed, 'lib/stack/refund-service.js'), 'utf8');
    const packages = [...code.matchAll(/^import [^;]*?from "((?:@[\w-]+\/)?[\w-]+)[^":]*"/gm)];
    const peers = ['aws-cdk-lib', 'constructs'];
    expect(new Set(packages.map(([, name]) => name))).toEqual(new Set(peers));
    expect(Object.keys(manifest['peerDependencies'] ?? {})).toEqual(peers);
    expect([manifest['dependencies'], manifest['optionalDependencies']]).toEqual([undefined, undefined]);
    const told = await readFile(path.join(installed, 'THIRD-PARTY.md'), 'utf8');
    for (const part of ['@smithy/core ', 'ky ', 'valibot ', 'lit-html ']) expect(told).toContain(part);
  });

  it('the service package contains the files that its documents link', async () => {
    const papers = await papersOf(installed);
    const names = [
      'README.md',
      'lib/stack/RUNBOOK.md',
      'lib/stack/RUNBOOK.ko.md',
      'lib/stack/DEPLOY.md',
      'functions/protocol/PROTOCOL.md',
    ];
    expect([...papers.keys()]).toEqual(expect.arrayContaining(names));
    expect(leadingNowhere(installed, papers)).toEqual([]);
  });

  it('a shop’s own stack has the outputs that the runbook’s commands use', async () => {
    const program = `
      import { App, CfnOutput, Stack } from 'aws-cdk-lib';
      import { outputsOf, RefundService } from 'iamport-refunds-service';
      const stack = new Stack(new App(), 'Shop');
      const refunds = new RefundService(stack, 'Refunds', { eventsUrl: 'https://shop.example/events' });
      console.log(Object.keys(outputsOf(refunds)).join(' '));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: shop });
    const asked = [...read('lib/stack/RUNBOOK.md').matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name);
    expect(asked.length).toBeGreaterThan(4);
    expect(stdout.trim().split(' ')).toEqual(expect.arrayContaining(asked));
  });

  it.each(['lib/stack/DEPLOY.md', 'lib/packages/service-README.md'])(
    'the snippets in %s compile',
    async (file) => {
      const programs = snippets(file, 'iamport-refunds-service');
      expect(programs).toHaveLength(1);
      const flags = ['--module', 'nodenext', '--skipLibCheck'];
      await expect(compile(shop, programs[0] ?? '', flags)).resolves.toMatchObject({ stdout: '' });
    },
  );

  it('the service package synthesizes in a shop’s app with the code that is tested here', async () => {
    const program = `
      import { App, Stack } from 'aws-cdk-lib';
      import { RefundService } from 'iamport-refunds-service';
      const app = new App({ outdir: 'out' });
      new RefundService(new Stack(app, 'Shop'), 'Refunds', { staffDesk: true });
      console.log(Object.keys(app.synth().getStackByName('Shop').template.Resources).length);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: shop });
    expect(Number(stdout)).toBeGreaterThan(30);
    const files = await readdir(path.join(shop, 'out'), { recursive: true });
    const deployed = await Promise.all(
      files
        .filter((name) => name.endsWith('index.mjs'))
        .map(async (name) => readFile(path.join(shop, 'out', name))),
    );
    expect(files.filter((name) => name.endsWith('/desk.js'))).toHaveLength(1);
    expect(deployed.filter((each) => Buffer.compare(each, tested) === 0)).toHaveLength(1);
  });
});

it.each(['iamport-refunds-client', 'iamport-refunds-service'])(
  'the package.json of %s has author, licence, repository and types',
  async (name) => {
    const folder = path.join(shop, 'node_modules', name);
    const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Readonly<
      Record<'repository' | 'homepage' | 'license' | 'types' | 'version', string> & { keywords: string[] }
    >;
    const { version, homepage } = await projectManifest();
    expect(manifest).toMatchObject({ version, homepage, license: 'MIT', repository: { type: 'git' } });
    expect(manifest.keywords).toEqual(expect.arrayContaining(['iamport', 'portone', 'refund']));
    expect(existsSync(path.join(folder, manifest.types))).toBe(true);
    expect(existsSync(path.join(folder, 'LICENSE'))).toBe(true);
  },
);

describe('installing the project', () => {
  it('no install script of the project needs the development tools', () => {
    const { scripts } = JSON.parse(read('package.json')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const ofInstall = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];
    expect(Object.keys(scripts).filter((name) => ofInstall.includes(name))).toEqual([]);
  });
});
