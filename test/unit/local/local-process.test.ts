import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { failedStart, sharedAssembly, spawnLocalRun, temporaryDirectory } from '../../support/local-run.ts';
import { containing } from './containing.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** Less than the 5 s for which node keeps an idle connection: a stop must not wait for one. */
const STOP_MS = 4_500;
const shell = promisify(execFile);

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  // The compile cache is written last, after the port is closed.
  return () => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

function isGone(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  );
}

describe('npm start', () => {
  it('the commands that npm start prints make a refund, and SIGTERM ends it with 0', async () => {
    const run = await spawnLocalRun(directory);
    const pasted = run.greeting.split('\n').filter((line) => /^(TOKEN=|curl )/.test(line));
    const { stdout } = await shell('sh', ['-c', pasted.join('\n')]);
    expect(JSON.parse(stdout)).toMatchObject({ cancel_amount: 10_000, refund: { status: 'cancelled' } });
    expect(await run.stop('SIGTERM')).toBe(0);
    expect(await isGone(run.url)).toBe(true);
  });

  it("the ledger and i'mport still agree after kill -9, and a token is still valid", async () => {
    const first = await spawnLocalRun(directory);
    const headers = { authorization: await first.signIn({ sub: 'demo-customer' }) };
    const payment = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'demo-customer' };
    await first.call('POST', '/_local/payments', { body: payment });
    const body = { merchant_uid: 'order-1', cancel_request_amount: 2000 };
    await first.call('POST', '/payments/cancel', { body, headers });
    expect(await first.stop('SIGKILL')).toBeNull();
    const second = await spawnLocalRun(directory);
    const read = await second.call('GET', '/payments/order-1', { headers });
    expect(read).toMatchObject({ status: 200, body: { cancel_amount: 2000 } });
    const held = await second.call('GET', '/_local/iamport/imp_1');
    expect(held).toMatchObject({ body: { cancel_amount: 2000 } });
    expect(await second.stop('SIGINT')).toBe(0);
  });

  it('a wrong setting is refused with the variable and its rule', async () => {
    expect(await failedStart({ LOCAL_DIRECTORY: directory, PORT: '70000' })).toEqual({
      status: 1,
      errors: containing('PORT must be a whole number from 0 to 65535, not "70000"'),
    });
  });

  it('a port in use is reported', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as { port: number };
    const failed = await failedStart({ LOCAL_DIRECTORY: directory, PORT: String(port) });
    squatter.close();
    expect(failed).toEqual({ status: 1, errors: containing(`Port ${port} is in use`) });
  });

  // As in a shell, with npm's process in between: SIGTERM reaches only npm, Ctrl-C (SIGINT) reaches all processes.
  it.each([
    ['SIGTERM to npm', (npm: number) => process.kill(npm, 'SIGTERM')],
    ['Ctrl-C', (npm: number) => process.kill(-npm, 'SIGINT')],
  ])('%s stops everything', async (_, stop) => {
    const LOCAL_ASSEMBLY = await sharedAssembly();
    const npm = spawn('npm', ['start'], {
      cwd: PROJECT,
      env: { ...process.env, PORT: '0', LOCAL_DIRECTORY: directory, LOCAL_ASSEMBLY },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    createInterface({ input: npm.stdout }).on('line', (line) => {
      const [, url] = /API\s+(http:\S+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    const url = await promise;
    expect(await isGone(url)).toBe(false);
    stop(npm.pid ?? 0);
    await expect.poll(() => isGone(url), { timeout: STOP_MS }).toBe(true);
  });

  it('SIGTERM during the start ends npm start at once with one line, also during the synthesis', async () => {
    const child = spawn(process.execPath, ['bin/local.ts'], {
      cwd: PROJECT,
      env: { ...process.env, PORT: '0', LOCAL_DIRECTORY: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    const assembly = path.join(directory, 'assembly');
    await expect.poll(() => existsSync(assembly)).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(errors).toBe('Stopped\n');
    // The synthesis was not waited for.
    expect(await readdir(assembly)).not.toContain('manifest.json');
  });
});
