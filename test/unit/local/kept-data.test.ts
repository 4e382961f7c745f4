import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalRunOptions } from '../../../lib/lab/local/options.ts';
import { documentsOf, startTestRun, temporaryDirectory, type TestRun } from '../../support/local-run.ts';

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

async function deleteTable(run: TestRun, TableName: string): Promise<void> {
  const documents = await documentsOf(run);
  const remove = () => documents.send(new DeleteTableCommand({ TableName })).catch(({ name }: Error) => name);
  await expect.poll(remove).toBe('ResourceNotFoundException');
}

describe('what is kept between starts', () => {
  /** Its DynamoDB serves as the developer's own. */
  let other: TestRun;
  /** Its simulator serves as the developer's i'mport: a run of its own, because its webhooks go to its own ledger. */
  let provider: TestRun;
  let theirs: { readonly dynamodbUrl: string; readonly iamportApiUrl: string };
  beforeAll(async () => {
    [other, provider] = [await startTestRun(CREDENTIALS), await startTestRun(CREDENTIALS)];
    const [{ body: table }, { body: iamport }] = [
      await other.call('GET', '/_local'),
      await provider.call('GET', '/_local'),
    ];
    theirs = { dynamodbUrl: String(table['dynamodb']), iamportApiUrl: String(iamport['iamport']) };
    provider.simulator?.addPayment({ imp_uid: 'imp_1', merchant_uid: 'order-1', amount: 9000 });
  });
  afterAll(async () => {
    await other.end();
    await provider.end();
  });

  it.for([
    ['embedded table and simulator', []],
    ["embedded table and the developer's i'mport", ['iamportApiUrl']],
    ["the developer's table and simulator", ['dynamodbUrl']],
    ["the developer's table and i'mport", ['dynamodbUrl', 'iamportApiUrl']],
  ] as const)('with %s a payment survives a restart and can be refunded', async ([, names]) => {
    const given: Partial<LocalRunOptions> = Object.fromEntries(names.map((name) => [name, theirs[name]]));
    if (given.dynamodbUrl !== undefined)
      for (const table of Object.values(other.tables)) await deleteTable(other, table);
    const first = await started(given);
    await pay(first);
    const content = await contentOf(first);
    const some = expect.any(Number) as unknown;
    expect(content).toMatchObject([1, some, given.iamportApiUrl === undefined ? [{}] : undefined]);
    await first.end();
    const second = await started(given);
    expect(await contentOf(second)).toEqual(content);
    expect(second.notices).toEqual([]);
    const headers = { authorization: await second.signIn({ sub: 'c' }) };
    const body = { merchant_uid: 'order-1', cancel_request_amount: 1_000 };
    expect(await second.call('POST', '/payments/cancel', { body, headers })).toMatchObject({ status: 200 });
    expect(await second.call('GET', '/_local/iamport/imp_2')).toMatchObject({ status: 404 });
    const faults = await second.call('GET', '/_local/faults');
    expect(faults.status).toBe(given.iamportApiUrl === undefined ? 200 : 409);
    await second.end();
  });

  it("the simulator is emptied with a notice when the developer's own ledger is new", async () => {
    const { dynamodbUrl } = theirs;
    await deleteTable(other, other.tables.ledger);
    const first = await started({ dynamodbUrl });
    await pay(first);
    await first.end();
    await deleteTable(other, other.tables.ledger);
    const second = await started({ dynamodbUrl });
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
        new RegExp(`^${unusable} cannot be used \\(.*\\): choose another with LOCAL_DIRECTORY=…$`),
      );
  });
});
