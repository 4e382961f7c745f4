import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalRunOptions } from '../../../lib/lab/local/options.ts';
import { containing } from './containing.ts';
import { startTestRun, temporaryDirectory, type TestRun } from '../../support/local-run.ts';

const PAYMENT = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'c' };
const CREDENTIALS = { impKey: 'key', impSecret: 'secret' };

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  return () => rm(directory, { recursive: true, force: true });
});

/** A local run with the notices that it printed. */
async function started(options: Partial<LocalRunOptions> = {}) {
  const notices: string[] = [];
  const log: LocalRunOptions['log'] = (kind, line) => kind === 'notice' && notices.push(line);
  return { ...(await startTestRun({ directory, ...CREDENTIALS, log, ...options })), notices };
}

async function refusal(options: Partial<LocalRunOptions> = {}): Promise<string> {
  return started(options).then(
    () => 'it started',
    ({ message }: Error) => message,
  );
}

async function clientOf(run: TestRun): Promise<DynamoDBClient> {
  const { body } = await run.call('GET', '/_local');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint: String(body['dynamodb']), region: 'ap-northeast-2', credentials });
}

/** The number of items in each table. */
async function itemsIn(run: TestRun): Promise<object> {
  const client = await clientOf(run);
  const count = async (TableName: string): Promise<number | undefined> =>
    (await DynamoDBDocumentClient.from(client).send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count;
  const counts = { orders: await count(run.tables.orders), ledger: await count(run.tables.ledger) };
  client.destroy();
  return counts;
}

describe('what is kept between starts', () => {
  /** Serves as the developer's own DynamoDB and i'mport. */
  let other: TestRun;
  let theirs: { readonly dynamodbUrl: string; readonly iamportApiUrl: string };
  beforeAll(async () => {
    other = await startTestRun(CREDENTIALS);
    const { body } = await other.call('GET', '/_local');
    theirs = { dynamodbUrl: String(body['dynamodb']), iamportApiUrl: String(body['iamport']) };
    other.simulator?.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000 });
  });
  afterAll(() => other.end());

  async function deleteTheirTables(): Promise<void> {
    const client = await clientOf(other);
    for (const TableName of [other.tables.ledger, other.tables.orders]) {
      const remove = () =>
        client.send(new DeleteTableCommand({ TableName })).catch(({ name }: Error) => name);
      await expect.poll(remove).toBe('ResourceNotFoundException');
    }
    client.destroy();
  }

  it.each([
    ['embedded table, simulator', []],
    ["embedded table, the developer's i'mport", ['iamportApiUrl']],
    ["the developer's table, simulator", ['dynamodbUrl']],
    ["the developer's table and i'mport", ['dynamodbUrl', 'iamportApiUrl']],
  ] as const)('with %s a payment survives a restart', async (_, names) => {
    const given: Partial<LocalRunOptions> = Object.fromEntries(names.map((name) => [name, theirs[name]]));
    if (given.dynamodbUrl !== undefined) await deleteTheirTables();
    const first = await started(given);
    expect(await first.call('POST', '/_local/payments', { body: PAYMENT })).toMatchObject({ status: 201 });
    const held = first.simulator?.payment('imp_1');
    const stored = await itemsIn(first);
    expect(stored).toEqual({ orders: 1, ledger: 2 });
    await first.end();
    const second = await started(given);
    expect(await itemsIn(second)).toEqual(stored);
    expect(second.simulator?.payment('imp_1')).toEqual(held);
    expect(second.notices).toEqual([]);
    await second.end();
  });

  it("the simulator is emptied with a notice when the developer's own ledger is new", async () => {
    const { dynamodbUrl } = theirs;
    const first = await started({ dynamodbUrl });
    await first.call('POST', '/_local/payments', { body: PAYMENT });
    await first.end();
    await deleteTheirTables();
    const second = await started({ dynamodbUrl });
    expect(second.simulator?.payments()).toEqual([]);
    expect(second.notices).toEqual([containing('is new, so the payments of the simulator were emptied')]);
    await second.end();
  });

  it("with the developer's own i'mport there is no simulator, but payments are read and refunded there", async () => {
    const { iamportApiUrl } = theirs;
    other.simulator?.addPayment({ imp_uid: 'imp_9', merchant_uid: 'order-9', amount: 9000 });
    const run = await started({ iamportApiUrl });
    expect(run.simulator).toBeUndefined();
    const payment = { ...PAYMENT, imp_uid: 'imp_9', merchant_uid: 'order-9' };
    expect(await run.call('POST', '/_local/payments', { body: payment })).toMatchObject({ status: 201 });
    const headers = { authorization: await run.signIn({ sub: 'c' }) };
    const body = { merchant_uid: 'order-9' };
    expect(await run.call('POST', '/payments/cancel', { body, headers })).toMatchObject({ status: 200 });
    expect(await run.call('GET', '/_local/iamport/imp_9')).toMatchObject({ body: { cancel_amount: 9000 } });
    expect(await run.call('GET', '/_local/iamport/imp_2')).toMatchObject({ status: 404 });
    expect(await run.call('GET', '/_local/faults')).toMatchObject({ status: 409 });
    expect(await readdir(directory)).toContain('external-iamport');
    await run.end();
  });
});

describe('the directory of a local run', () => {
  it.each(['iamport', 'dynamodb/data'])(
    'a directory without %s makes the run empty both the tables and the simulator, with a notice',
    async (part) => {
      const first = await started();
      await first.call('POST', '/_local/payments', { body: PAYMENT });
      await first.end();
      await rm(path.join(directory, part), { recursive: true });
      const second = await started();
      expect(await itemsIn(second)).toEqual({ orders: 0, ledger: 0 });
      expect(second.simulator?.payments()).toEqual([]);
      expect(second.notices).toEqual([containing('both were emptied')]);
      await second.end();
    },
  );

  it('a second run cannot use the directory of a running one, and only its owner can read the files', async () => {
    const run = await started();
    expect(await refusal()).toContain(`Another local run (${run.url}) uses ${directory}`);
    await run.call('POST', '/_local/payments', { body: PAYMENT });
    const files = ['.', ...(await readdir(directory))];
    const modes = await Promise.all(files.map(async (name) => (await stat(path.join(directory, name))).mode));
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((_, index) => ((modes[index] ?? 0) & 0o077) !== 0)).toEqual([]);
    await run.end();
    await (await started()).end();
  });

  it("a directory whose table has other keys than the template's is refused with advice", async () => {
    const run = await started();
    const client = await clientOf(run);
    const TableName = run.tables.ledger;
    await client.send(new DeleteTableCommand({ TableName }));
    const older = new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'merchant_uid', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
    });
    await expect.poll(() => client.send(older).then(() => 'made', String)).toBe('made');
    client.destroy();
    await run.end();
    expect(await refusal()).toBe(
      `The table ${TableName} has other keys or indexes than the template's (older data): its payments cannot be taken over; ` +
        `delete ${path.join(directory, 'dynamodb')} (or choose another directory with LOCAL_DIRECTORY=…) and start again`,
    );
  });

  it('a directory that cannot be written is reported in one line', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    for (const unusable of [file, path.join(file, 'below')]) {
      expect(await refusal({ directory: unusable })).toMatch(
        new RegExp(`^${unusable} cannot be used \\(.*\\): choose another with LOCAL_DIRECTORY=…$`),
      );
    }
  });
});
