import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { read } from './support.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const Target = v.object({ types: v.string(), default: v.string() });
const Package = v.pipe(v.string(), v.parseJson(), v.object({ exports: v.record(v.string(), Target) }));
const Packed = v.pipe(v.string(), v.parseJson());

/** A shop's own app: uses what the package exports, as JavaScript and by its types. */
const SHOP = `
import { App, Stack } from 'aws-cdk-lib';
import { createRefundClient, type Outcome } from 'iamport-refunds/refund-client';
import { RefundService } from 'iamport-refunds/refund-service';
const service = new RefundService(new Stack(new App(), 'Shop'), 'Refunds');
service.api satisfies object;
const client = createRefundClient({ getToken: () => 'token' });
const outcome: Promise<Outcome> = client.cancel({ merchant_uid: 'ORD-1' });
void outcome;
// @ts-expect-error an amount is a number
void client.cancel({ merchant_uid: 'ORD-1', cancel_request_amount: '1' });
`;

let shop: string;
beforeAll(async () => {
  shop = await mkdtemp(path.join(tmpdir(), 'refunds-shop-'));
  await mkdir(path.join(shop, 'node_modules'));
  const linked = { 'iamport-refunds': PROJECT, 'aws-cdk-lib': `${PROJECT}node_modules/aws-cdk-lib` };
  for (const [name, target] of Object.entries(linked))
    await symlink(target, path.join(shop, 'node_modules', name));
  await writeFile(path.join(shop, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(shop, 'app.ts'), SHOP);
  for (const file of ['README.md', 'README.ko.md']) {
    const [, snippet = ''] = /^```ts\n(.*?)^```/ms.exec(read(file)) ?? [];
    const stack = "import { App, Stack } from 'aws-cdk-lib';\nconst stack = new Stack(new App(), 'Shop');\n";
    await writeFile(path.join(shop, `${file}.ts`), stack + snippet);
  }
});
afterAll(async () => rm(shop, { recursive: true, force: true }));

describe('the package', () => {
  it('holds every file that it exports', { timeout: 60_000 }, async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: PROJECT,
    });
    const listed = JSON.stringify(v.parse(Packed, stdout));
    const targets = Object.values(v.parse(Package, read('package.json')).exports);
    const files = targets.flatMap((target) => [target.types, target.default]);
    expect(files).toHaveLength(4);
    for (const file of files) expect(listed).toContain(`"path":"${file.replace('./', '')}"`);
    expect(listed).not.toContain('"path":"test/');
  });

  it.each(['app.ts', 'README.md.ts', 'README.ko.md.ts'])(
    'has types that a shop can use: %s',
    async (program) => {
      const strict = [
        '--ignoreConfig',
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--target',
        'es2022',
        '--types',
        '',
      ];
      const tsc = `${PROJECT}node_modules/typescript/bin/tsc`;
      const checked = run(process.execPath, [tsc, ...strict, '--module', 'nodenext', program], { cwd: shop });
      await expect(checked).resolves.toMatchObject({ stdout: '' });
    },
  );

  it('exports the construct and the browser client', async () => {
    const program =
      "const names = async (part) => Object.keys(await import('iamport-refunds/' + part)).join();" +
      "console.log(await names('refund-service'), await names('refund-client'));";
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: shop });
    expect(stdout.trim()).toBe('RefundService MESSAGES,RefundClient,createRefundClient,messageOf');
  });
});
