import { DynamoDBClient, DeleteTableCommand, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalRunOptions } from '../../../lib/lab/local/options.ts';
import { startTestRun, temporaryDirectory, type TestRun } from '../../support/local-run.ts';

let directory: string;
let other: TestRun;
beforeEach(async () => {
  directory = await temporaryDirectory();
  other = await startTestRun({ impKey: 'key', impSecret: 'secret' });
});
afterEach(async () => {
  await other.end();
  await rm(directory, { recursive: true, force: true });
});

const PAYMENT = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000, customer_id: 'c' };

function clientOf(url: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint: url, region: 'ap-northeast-2', credentials });
}

/** How many items each table holds. */
async function itemsIn(run: TestRun): Promise<object> {
  const { body } = await run.call('GET', '/_local');
  const client = clientOf(String(body['dynamodb']));
  const count = async (TableName: string): Promise<number | undefined> =>
    (await DynamoDBDocumentClient.from(client).send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count;
  const counts = { orders: await count(run.tables.orders), ledger: await count(run.tables.ledger) };
  client.destroy();
  return counts;
}

async function elsewhere(): Promise<{ readonly dynamodbUrl: string; readonly iamportApiUrl: string }> {
  const { body } = await other.call('GET', '/_local');
  other.simulator?.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000 });
  return { dynamodbUrl: String(body['dynamodb']), iamportApiUrl: String(body['iamport']) };
}

describe('what is kept between starts', () => {
  it.each([
    ['embedded table, simulator', []],
    ["embedded table, somebody's i'mport", ['iamportApiUrl']],
    ["somebody's table, simulator", ['dynamodbUrl']],
    ["somebody's table and i'mport", ['dynamodbUrl', 'iamportApiUrl']],
  ] as const)('%s: a payment is there after a restart', async (_, names) => {
    const all = await elsewhere();
    const given: Partial<LocalRunOptions> = Object.fromEntries(names.map((name) => [name, all[name]]));
    const options = { ...given, directory, impKey: 'key', impSecret: 'secret' };
    const notices: string[] = [];
    const first = await startTestRun(options);
    expect(await first.call('POST', '/_local/payments', { body: PAYMENT })).toMatchObject({ status: 201 });
    const held = first.simulator?.payment('imp_1');
    const stored = await itemsIn(first);
    expect(stored).toEqual({ orders: 1, ledger: 2 });
    await first.end();
    const second = await startTestRun({
      ...options,
      log: (kind, line) => kind === 'notice' && notices.push(line),
    });
    expect(await itemsIn(second)).toEqual(stored);
    expect(second.simulator?.payment('imp_1')).toEqual(held);
    expect(notices).toEqual([]);
    await second.end();
  });

  it("the simulator's payments go with a ledger of somebody's that has vanished, and it says so", async () => {
    const { dynamodbUrl } = await elsewhere();
    const first = await startTestRun({ directory, dynamodbUrl });
    await first.call('POST', '/_local/payments', { body: PAYMENT });
    await first.end();
    const client = clientOf(dynamodbUrl);
    await client.send(new DeleteTableCommand({ TableName: first.tables.ledger }));
    await expect
      .poll(() =>
        client.send(new DeleteTableCommand({ TableName: first.tables.ledger })).catch((e: Error) => e.name),
      )
      .toBe('ResourceNotFoundException');
    client.destroy();
    const notices: string[] = [];
    const second = await startTestRun({
      directory,
      dynamodbUrl,
      log: (kind, line) => kind === 'notice' && notices.push(line),
    });
    expect(second.simulator?.payments()).toEqual([]);
    expect(notices).toEqual([
      expect.stringContaining('is new, so the payments of the simulator were emptied'),
    ]);
    await second.end();
  });
});

describe('a start that cannot use what is there', () => {
  it("names a table with other keys than the template's, and what to do", async () => {
    const run = await startTestRun({ directory });
    const { body } = await run.call('GET', '/_local');
    const client = clientOf(String(body['dynamodb']));
    const TableName = run.tables.ledger;
    await client.send(new DeleteTableCommand({ TableName }));
    const older = new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'merchant_uid', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
    });
    await expect
      .poll(() =>
        client.send(older).then(
          () => 'made',
          (error: Error) => error.name,
        ),
      )
      .toBe('made');
    client.destroy();
    await run.end();
    const { message } = await startTestRun({ directory }).then(
      () => new Error('started'),
      (error: Error) => error,
    );
    expect(message).toBe(
      `The table ${TableName} has other keys or indexes than the template's (older data): its payments cannot be taken over; ` +
        `delete ${path.join(directory, 'dynamodb')} (or choose another directory with LOCAL_DIRECTORY=…) and start again`,
    );
  });

  it('names a directory that cannot be written, in one line', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    for (const unusable of [file, path.join(file, 'below')]) {
      const { message } = await startTestRun({ directory: unusable }).then(
        () => new Error('started'),
        (error: Error) => error,
      );
      expect(message).toMatch(
        new RegExp(`^${unusable} cannot be used \\(.*\\): choose another with LOCAL_DIRECTORY=…$`),
      );
    }
  });
});

describe('what it writes', () => {
  it('is readable for its owner only, directories too', async () => {
    const own = path.join(directory, 'own');
    const run = await startTestRun({ directory: own });
    await run.call('POST', '/_local/payments', { body: PAYMENT });
    await run.invoke('GetPayment', {}).catch(() => undefined);
    const modes = await Promise.all(
      ['.', ...(await readdir(own))].map(async (name) => {
        const { mode } = await stat(path.join(own, name));
        return [name, (mode & 0o077).toString(8)];
      }),
    );
    expect(modes.length).toBeGreaterThan(4);
    expect(modes.filter(([, others]) => others !== '0')).toEqual([]);
    await run.end();
  });
});
