import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LocalRunOptions } from '../../../lib/lab/local/options.ts';
import { startIamportSimulator } from '../../../lib/lab/simulator/simulator.ts';
import { documentsOf, startTestRun, temporaryDirectory, type TestRun } from '../../support/local-run.ts';
import { startedDynamoDb } from './dynamodb-support.ts';

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

const refusal = async (options: Partial<LocalRunOptions> = {}): Promise<string> =>
  started(options).then(
    () => 'it started',
    ({ message }: Error) => message,
  );

async function pay(run: TestRun, payment = PAYMENT): Promise<void> {
  expect(await run.call('POST', '/_local/payments', { body: payment })).toMatchObject({ status: 201 });
}

/** The number of items in the shop's table and in the ledger, and the simulator's payments. */
async function contentOf(run: TestRun): Promise<unknown> {
  const documents = await documentsOf(run);
  const count = async (TableName: string) =>
    (await documents.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count;
  return [await count(run.tables.orders), await count(run.tables.ledger), run.simulator?.payments()];
}

/** A DynamoDB of the developer's own, without the tables of the service. */
async function otherDynamoDb(): Promise<string> {
  const { url, end } = await startedDynamoDb();
  onTestFinished(end);
  return url;
}

describe('what is kept between starts', () => {
  it.for([
    ['embedded table and simulator', false, false],
    ["embedded table and the developer's i'mport", false, true],
    ["the developer's table and simulator", true, false],
    ["the developer's table and i'mport", true, true],
  ] as const)('with %s a payment survives a restart and can be refunded', async ([, isTable, isIamport]) => {
    const provider = await startIamportSimulator(CREDENTIALS);
    onTestFinished(provider.end);
    provider.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000 });
    const given = {
      ...(isTable && { dynamodbUrl: await otherDynamoDb() }),
      ...(isIamport && { iamportApiUrl: provider.url }),
    };
    const first = await started(given);
    await pay(first);
    const content = await contentOf(first);
    expect(content).toMatchObject([1, expect.any(Number) as unknown, isIamport ? undefined : [{}]]);
    await first.end();
    const second = await started(given);
    expect(await contentOf(second)).toEqual(content);
    expect(second.notices).toEqual([]);
    const headers = { authorization: await second.signIn({ sub: 'c' }) };
    const body = { merchant_uid: 'order-1', cancel_request_amount: 1_000 };
    expect(await second.call('POST', '/payments/cancel', { body, headers })).toMatchObject({ status: 200 });
    expect(await second.call('GET', '/_local/iamport/imp_2')).toMatchObject({ status: 404 });
    expect((await second.call('GET', '/_local/faults')).status).toBe(isIamport ? 409 : 200);
    await second.end();
  });

  it("the simulator is emptied with a notice when the developer's own ledger is new", async () => {
    const first = await started({ dynamodbUrl: await otherDynamoDb() });
    await pay(first);
    await first.end();
    const second = await started({ dynamodbUrl: await otherDynamoDb() });
    expect(second.simulator?.payments()).toEqual([]);
    expect(second.notices.join()).toMatch('is new, so the payments of the simulator were emptied');
    await second.end();
  });
});

describe('the directory of a local run', () => {
  it.for(['iamport', 'dynamodb/data'])(
    'without %s a start empties tables and simulator, with a notice',
    async (part) => {
      const first = await started();
      await pay(first);
      await first.end();
      await rm(path.join(directory, part), { recursive: true });
      const second = await started();
      expect(await contentOf(second)).toEqual([0, 0, []]);
      expect(second.notices.join()).toMatch('both were emptied');
      await second.end();
    },
  );

  it('a second run cannot use the directory of a running one, and only its owner can read the files', async () => {
    const run = await started();
    expect(await refusal()).toContain(`Another local run (${run.url}) uses ${directory}`);
    await pay(run);
    const files = ['.', ...(await readdir(directory))];
    const modes = await Promise.all(files.map(async (name) => (await stat(path.join(directory, name))).mode));
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((_, index) => ((modes[index] ?? 0) & 0o077) !== 0)).toEqual([]);
    await run.end();
    await (await started()).end();
  });

  it('a directory that cannot be written is reported in one line', async () => {
    const file = path.join(directory, 'file');
    await writeFile(file, '');
    for (const unusable of [file, path.join(file, 'below')])
      expect(await refusal({ directory: unusable })).toMatch(
        new RegExp(
          `^${unusable} cannot be used \\(.*\\): remove it, or choose another with LOCAL_DIRECTORY=…$`,
        ),
      );
  });
});
