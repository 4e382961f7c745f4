import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureTable, startPaymentsTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import type { TablePlan } from '../../../lib/lab/local/template/plan.ts';
import { CASES } from './dynamodb-cases.ts';
import {
  adding,
  cancelled,
  type DynamoDb,
  get,
  getOrder,
  LEDGER,
  ORDERS,
  put,
  putting,
  query,
  recordsOf,
  REGION,
  startedDynamoDb,
  temporaryDirectory,
  answerTo,
  transact,
  update,
} from './dynamodb-support.ts';

const REMEDY = 'delete it';

let directory: string;
let dynamodb: DynamoDb;
const start = () => startedDynamoDb({ directory });
beforeAll(async () => {
  directory = await temporaryDirectory();
  dynamodb = await start();
});
afterAll(async () => {
  expect(dynamodb.faults).toEqual([]);
  await dynamodb.end();
  await rm(directory, { recursive: true });
});

describe('the embedded DynamoDB', () => {
  it.for(CASES.map((each, index) => ({ ...each, pk: `case-${index}` })))('$rule', async ({ steps, pk }) => {
    for (const [ask, answer] of steps(pk)) expect(await answerTo(dynamodb.documents, ask)).toEqual(answer);
  });

  it('each of many concurrent writes is applied completely, or fails with a conflict or as a repeated token', async () => {
    const [both, again] = [
      transact([adding('raced'), adding('raced', 'b')]),
      transact([adding('raced', 'c')], 'one'),
    ];
    const UpdateExpression = 'ADD amount :one';
    const ExpressionAttributeValues = { ':one': 1 };
    const single = update({ Key: { pk: 'raced', sk: 'a' }, UpdateExpression, ExpressionAttributeValues });
    const writes = Array.from({ length: 60 }, (_each, index) => [both, single, again][index % 3] ?? both);
    const answers = await Promise.all(writes.map((write) => answerTo(dynamodb.documents, write)));
    const of = (write: object) => answers.filter((_each, index) => writes[index] === write);
    const applied = (write: object) => of(write).filter((answer) => Object.keys(answer).length === 0).length;
    const conflict = cancelled('TransactionConflict', 'TransactionConflict');
    expect(of(both).filter((answer) => 'error' in answer)).toEqual(Array(20 - applied(both)).fill(conflict));
    for (const [write, error] of [
      [single, 'TransactionConflictException'],
      [again, 'TransactionInProgressException'],
    ] as const)
      expect(of(write).filter((answer) => 'error' in answer && answer['error'] !== error)).toEqual([]);
    const amounts = { a: applied(both) + applied(single), b: applied(both), c: 1 };
    for (const [sk, amount] of Object.entries(amounts))
      expect(await answerTo(dynamodb.documents, get('raced', sk))).toEqual({
        Item: { pk: 'raced', sk, amount },
      });
  });

  it('a token is remembered for ten minutes, also over a restart, and can then be used again', async () => {
    let nowMs = Date.now();
    const data = path.join(directory, 'tokens');
    const asked = async (item: string) => {
      const { documents, end } = await startedDynamoDb({ directory: data, now: () => nowMs });
      const answer = await answerTo(documents, transact([adding('order-1', item)], 'token'));
      await end();
      return answer;
    };
    expect(await asked('a')).toEqual({});
    nowMs += 599_999;
    expect(await asked('b')).toEqual({ error: 'IdempotentParameterMismatchException' });
    nowMs += 1;
    expect(await asked('b')).toEqual({});
  });

  it('the database is closed after all running requests, including those whose caller has gone', async () => {
    const uncaught: unknown[] = [];
    const keep = (error: unknown): unknown => uncaught.push(error);
    process.on('uncaughtException', keep);
    onTestFinished(() => void process.off('uncaughtException', keep));
    const asking = (index: number) =>
      index % 2 === 0 ? get('order-1') : transact([adding('order-1', `${index}`)]);
    for (let turns = 0; turns < 6; turns += 1) {
      const asked = Array.from({ length: 20 }, (_each, index) => answerTo(dynamodb.documents, asking(index)));
      // Stop at a slightly later moment each time.
      for (let turn = 0; turn < turns * 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await dynamodb.end();
      await Promise.all(asked);
      expect(dynamodb.faults).toEqual([]);
      dynamodb = await start();
    }
    expect(uncaught).toEqual([]);
    expect(await answerTo(dynamodb.documents, put({ pk: 'order-2', sk: 'a' }))).toEqual({});
  });
});

describe('the tables of the template', () => {
  it.for<readonly [string, TablePlan]>([
    ['an index', { ...LEDGER, LocalSecondaryIndexes: [] }],
    ['keys', { ...LEDGER, KeySchema: ORDERS.KeySchema }],
  ])('an existing table with other %s is refused', async ([, other]) => {
    await expect(ensureTable(dynamodb.client, other, REMEDY)).rejects.toThrow(
      "has other keys or indexes than the template's (older data): delete it",
    );
  });

  it('the start names a data directory or a DynamoDB that cannot be used, and what to do', async () => {
    const data = path.join(directory, 'broken');
    await (await startedDynamoDb({ directory: data })).end();
    const onFault = (error: unknown) => expect.unreachable(String(error));
    const plan = { region: REGION, tables: { orders: ORDERS, ledger: LEDGER } };
    const started = (given: { directory?: string; dynamodbUrl?: string }) =>
      startPaymentsTable({ plan, directory: undefined, remedy: REMEDY, onFault, ...given });
    const current = path.join(data, 'CURRENT');
    await writeFile(current, (await readFile(current, 'utf8')).replace(/\d/g, '9'));
    await expect(started({ directory: data })).rejects.toThrow(
      /^The tables in .*broken cannot be opened \(.*\): delete it$/,
    );
    const nobody = started({ dynamodbUrl: 'http://127.0.0.1:9' });
    await expect(nobody).rejects.toThrow('AWS_ENDPOINT_URL_DYNAMODB (http://127.0.0.1:9) cannot be used');
  });
});

describe('kill -9 during a transaction', () => {
  const HEAD = { pk: 'order-1', sk: 'payment', in_flight: 'rf_1' };
  const open = { open_shard: 'open-1', due_ms: 1, refund_id: 'rf_1' };
  const REFUND = { pk: 'order-1', sk: 'refund', place: '1', ...open };
  const ORDER = { merchant_uid: 'order-1', note: '환불'.repeat(2_000) };
  const claim = transact(
    [
      putting(HEAD),
      { Put: { TableName: ORDERS.TableName, Item: ORDER } },
      putting(REFUND, 'attribute_not_exists(pk)'),
    ],
    'claim-1',
  );
  const NOTHING = [{}, {}, {}, { Items: [] }, { Items: [] }, []];
  const ALL = [
    { Item: HEAD },
    { Item: REFUND },
    { Item: ORDER },
    { Items: [{ pk: 'order-1', sk: 'refund', ...open }] },
    { Items: [REFUND] },
    ['INSERT', 'INSERT'],
  ];

  /** The items of the claim, their entries in two indexes, and the stream records. */
  async function found({ documents, url }: DynamoDb): Promise<readonly unknown[]> {
    const entries = (IndexName: string, key: string, value: string) => {
      const ExpressionAttributeValues = { ':value': value };
      return query({ IndexName, KeyConditionExpression: `${key} = :value`, ExpressionAttributeValues });
    };
    const asked = [get('order-1', 'payment'), get('order-1', 'refund'), getOrder('order-1')];
    const open_refunds = entries('open_refunds', 'open_shard', 'open-1');
    asked.push(open_refunds, entries('by_place', 'pk', 'order-1'));
    const answers = await Promise.all(asked.map((ask) => answerTo(documents, ask)));
    return [...answers, (await recordsOf(url)).map(({ eventName }) => eventName)];
  }

  /** The log file that LevelDB writes first. */
  async function logIn(data: string): Promise<string> {
    const logs = (await readdir(data)).filter((name) => name.endsWith('.log'));
    return path.join(data, logs.toSorted().at(-1) ?? '');
  }

  it('a kill during the write leaves nothing; a kill after the write leaves everything, with the token used', async () => {
    const data = path.join(directory, 'killed');
    const running = await startedDynamoDb({ directory: data });
    const before = (await stat(await logIn(data))).size;
    expect(await answerTo(running.documents, claim)).toEqual({});
    const bytes = (await stat(await logIn(data))).size - before;
    expect(bytes).toBeGreaterThan(ORDER.note.length);
    for (const written of [0, 1, Math.floor(bytes / 2), bytes - 1, bytes]) {
      // The files of a running database are what a kill leaves.
      const copy = `${data}-${written}`;
      await cp(data, copy, { recursive: true });
      await truncate(await logIn(copy), before + written);
      const restarted = await startedDynamoDb({ directory: copy });
      expect(await found(restarted)).toEqual(written < bytes ? NOTHING : ALL);
      expect(await answerTo(restarted.documents, claim)).toEqual({});
      expect(await found(restarted)).toEqual(ALL);
      await restarted.end();
    }
    await running.end();
  });
});
