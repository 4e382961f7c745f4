import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containing } from './containing.ts';
import { failedStart, spawnLocalRun, startTestRun, temporaryDirectory } from '../../support/local-run.ts';

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const shell = promisify(execFile);

function pastedFrom(greeting: string): string {
  return greeting
    .split('\n')
    .filter((line) => /^(TOKEN=|curl )/.test(line))
    .join('\n');
}

describe('npm start', () => {
  it('what it prints makes a refund when it is pasted, and SIGTERM ends it with 0', async () => {
    const run = await spawnLocalRun(directory);
    const { stdout } = await shell('sh', ['-c', pastedFrom(run.greeting)]);
    expect(JSON.parse(stdout)).toMatchObject({ cancel_amount: 10_000, refund: { status: 'cancelled' } });
    expect(await run.stop('SIGTERM')).toBe(0);
    await expect(fetch(run.url)).rejects.toThrow('fetch failed');
  });

  it("after kill -9 the ledger and i'mport still agree, and a token is still good", async () => {
    const first = await spawnLocalRun(directory);
    const authorization = await first.signIn({ sub: 'demo-customer' });
    const payment = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'demo-customer' };
    await first.call('POST', '/_local/payments', { body: payment });
    const body = { merchant_uid: 'order-1', cancel_request_amount: 2000 };
    await first.call('POST', '/payments/cancel', { body, headers: { authorization } });
    expect(await first.stop('SIGKILL')).toBeNull();

    const second = await spawnLocalRun(directory);
    const read = await second.call('GET', '/payments/order-1', { headers: { authorization } });
    expect(read).toMatchObject({ status: 200, body: { cancel_amount: 2000 } });
    expect(await second.call('GET', '/_local/iamport/imp_1')).toMatchObject({
      body: { cancel_amount: 2000 },
    });
    expect(await second.stop('SIGINT')).toBe(0);
  });

  it.each([
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535, not "70000"'],
    [{ RESOLVE_EVERY_SECONDS: '0.5' }, 'RESOLVE_EVERY_SECONDS must be a whole number'],
  ])('%j is refused with the variable and its rule', async (environment, message) => {
    expect(await failedStart({ LOCAL_DIRECTORY: directory, ...environment })).toEqual({
      status: 1,
      errors: containing(message),
    });
  });

  it('a port in use is said so', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as { port: number };
    const { status, errors } = await failedStart({ LOCAL_DIRECTORY: directory, PORT: String(port) });
    squatter.close();
    expect({ status, errors }).toEqual({
      status: 1,
      errors: containing(`Port ${port} is in use`),
    });
  });
});

describe("the table and the simulator's payments: both or neither", () => {
  const payment = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'c' };

  async function paidRun(): Promise<void> {
    const run = await startTestRun({ directory });
    await run.call('POST', '/_local/payments', { body: payment });
    await run.end();
  }

  it('both are kept between starts', async () => {
    await paidRun();
    const run = await startTestRun({ directory });
    const authorization = await run.signIn({ sub: 'c' });
    expect(await run.call('GET', '/payments/order-1', { headers: { authorization } })).toMatchObject({
      status: 200,
    });
    expect(run.simulator?.payment('imp_1')).toMatchObject({ amount: 9000 });
    await run.end();
  });

  it.each(['iamport', 'dynamodb', 'dynamodb/data'])(
    'without %s both are emptied, and it says so',
    async (part) => {
      await paidRun();
      await rm(path.join(directory, part), { recursive: true });
      const notices: string[] = [];
      const run = await startTestRun({
        directory,
        log: (kind, line) => kind === 'notice' && notices.push(line),
      });
      const authorization = await run.signIn({ sub: 'c' });
      expect(await run.call('GET', '/payments/order-1', { headers: { authorization } })).toMatchObject({
        status: 404,
      });
      expect(run.simulator?.payment('imp_1')).toBeUndefined();
      expect(notices).toEqual([expect.stringContaining('both were emptied')]);
      await run.end();
    },
  );

  it('a second run in the same directory is refused while the first lives', async () => {
    const run = await startTestRun({ directory });
    await expect(startTestRun({ directory })).rejects.toThrow(
      `Another local run (${run.url}) uses ${directory}`,
    );
    await run.end();
    await (await startTestRun({ directory })).end();
  });
});

describe("somebody else's services", () => {
  it("with another i'mport there is no simulator, and the tables are different ones", async () => {
    const other = await startTestRun({ impKey: 'key', impSecret: 'secret' });
    const payment = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'c' };
    other.simulator?.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000 });
    const iamportApiUrl = String(other.simulator?.url);
    const run = await startTestRun({ directory, iamportApiUrl, impKey: 'key', impSecret: 'secret' });
    expect(run.simulator).toBeUndefined();
    expect(await run.call('POST', '/_local/payments', { body: payment })).toMatchObject({ status: 201 });
    const authorization = await run.signIn({ sub: 'c' });
    const body = { merchant_uid: 'order-1' };
    expect(await run.call('POST', '/payments/cancel', { body, headers: { authorization } })).toMatchObject({
      status: 200,
    });
    expect(await run.call('GET', '/_local/iamport/imp_1')).toMatchObject({ body: { cancel_amount: 9000 } });
    expect(await run.call('GET', '/_local/iamport/imp_2')).toMatchObject({ status: 404 });
    expect(await run.call('GET', '/_local/faults')).toMatchObject({ status: 409 });
    expect(await readdir(directory)).toContain('external-iamport');
    await run.end();
    await other.end();
  });

  it('a DynamoDB that does not answer is named, with the variable', async () => {
    const dynamodbUrl = 'http://127.0.0.1:1';
    await expect(startTestRun({ directory, dynamodbUrl })).rejects.toThrow(
      `AWS_ENDPOINT_URL_DYNAMODB (${dynamodbUrl}) cannot be used: `,
    );
  });

  it('with another DynamoDB the tables are made there from the template', async () => {
    const other = await startTestRun();
    const { body: there } = await other.call('GET', '/_local');
    // The other run's tables stand in for some that exist; the payments in them are not this simulator's.
    const run = await startTestRun({ directory, dynamodbUrl: String(there['dynamodb']) });
    const { body: here } = await run.call('GET', '/_local');
    expect(here['dynamodb']).toBe(there['dynamodb']);
    const payment = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'c' };
    await run.call('POST', '/_local/payments', { body: payment });
    const authorization = await other.signIn({ sub: 'c' });
    expect(await other.call('GET', '/payments/order-1', { headers: { authorization } })).toMatchObject({
      status: 200,
    });
    await run.end();
    await other.end();
  });
});
