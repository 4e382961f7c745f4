import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  act,
  createStore,
  DynamoDbError,
  type Store,
  tableOf,
} from '../../../lib/lab/local/dynamodb/dynalite.ts';
import { ensureTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import type { Operation } from '../../../lib/lab/local/dynamodb/streams.ts';
import { dropOldTokens, transactWriteItems } from '../../../lib/lab/local/dynamodb/transactions.ts';
import { writeOperations, Writes } from '../../../lib/lab/local/dynamodb/writes.ts';
import {
  adding,
  cancelled,
  DONE,
  get,
  getOrder,
  putting,
  query,
  told,
  transact,
  update,
} from './dynamodb-asking.ts';
import {
  CREDENTIALS,
  type DynamoDb,
  LEDGER,
  ORDERS,
  recordsOf,
  REGION,
  startedDynamoDb,
  temporaryDirectory,
} from './dynamodb-world.ts';

const TEN_MINUTES_MS = 600_000;

/** The write operations, on a table whose next write can be delayed or made to fail. */
function world(store: Store) {
  const writes: string[] = [];
  const waits: Promise<void>[] = [];
  const batch: Store['db']['batch'] = async (operations) => {
    writes.push(operations.map(({ key }) => key.replace(/^.*~/, '')).join());
    await waits.shift();
    await store.db.batch(operations);
  };
  // LevelDB's methods are on its prototype.
  const db: Store['db'] = Object.assign(Object.create(store.db) as Store['db'], { batch });
  const slow = { ...store, db };
  const own = new Writes(slow, { records: () => [] });
  let nowMs = TEN_MINUTES_MS;
  const Key = (pk: string) => ({ pk: { S: pk } });
  const asked = (operation: Operation | undefined, input: object): Promise<unknown> =>
    (operation?.run({ ...input }) ?? Promise.reject(new Error('no operation'))).catch((error: unknown) =>
      error instanceof DynamoDbError ? error.body : error,
    );
  const { DeleteItem, PutItem } = writeOperations(slow, own);
  const TransactWriteItems = transactWriteItems(slow, own, () => nowMs);
  return {
    writes,
    /** Delays the next write until the promise settles. */
    hold: () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waits.push(promise);
      return { letGo: resolve, fail: () => reject(new Error('full')) };
    },
    pass: (ms: number) => (nowMs += ms),
    dropOld: () => dropOldTokens(store, nowMs),
    remove: (pk: string) => asked(DeleteItem, { TableName: 'Sample', Key: Key(pk) }),
    put: (pk: string) => asked(PutItem, { TableName: 'Sample', Item: Key(pk) }),
    transact: (pks: readonly string[], ClientRequestToken?: string) =>
      asked(TransactWriteItems, {
        TransactItems: pks.map((pk) => ({ Put: { TableName: 'Sample', Item: Key(pk) } })),
        ClientRequestToken,
      }),
  };
}

let store: Store;
let on: ReturnType<typeof world>;
beforeEach(async () => {
  store = createStore(undefined, REGION);
  const definition = {
    TableName: 'Sample',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  };
  await act('CreateTable', definition, store);
  await expect
    .poll(() => tableOf(store, 'Sample').then(({ TableStatus }) => TableStatus, String))
    .toBe('ACTIVE');
  on = world(store);
});

const begun = (count: number) => expect.poll(() => on.writes.length).toBe(count);

describe('items of a running transaction', () => {
  it('an item of a running transaction makes another transaction and a single write fail with a conflict', async () => {
    const { letGo } = on.hold();
    const first = on.transact(['busy']);
    await begun(1);
    expect(await on.transact(['free', 'busy'])).toMatchObject({
      __type: expect.stringMatching(/#TransactionCanceledException$/) as unknown,
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
      ],
    });
    expect(await on.remove('busy')).toMatchObject({
      __type: expect.stringMatching(/#TransactionConflictException$/) as unknown,
    });
    letGo();
    expect(await first).toEqual({});
    expect(await on.remove('busy')).toEqual({});
  });

  it('a transaction that waits for an earlier write locks its items, and frees them if that write fails', async () => {
    const [{ fail }, second] = [on.hold(), on.hold()];
    const single = on.put('a');
    await begun(1);
    const waiting = on.transact(['a', 'b']);
    expect(await on.put('b')).toMatchObject({ message: 'Transaction is ongoing for the item' });
    fail();
    expect(await single).toEqual(new Error('full'));
    await begun(2);
    second.fail();
    expect(await waiting).toEqual(new Error('full'));
    expect(await on.transact(['a', 'b'])).toEqual({});
  });
});

describe('writes of different items', () => {
  it('writes of different items run one after the other, also after a failed one, so the stream misses none', async () => {
    const { fail } = on.hold();
    const [first, second] = [on.put('first'), on.put('second')];
    await begun(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(on.writes).toHaveLength(1);
    fail();
    expect(await first).toEqual(new Error('full'));
    expect(await second).toEqual({});
    expect(on.writes).toHaveLength(2);
  });
});

describe('the token of a transaction', () => {
  const MISMATCH = { message: expect.stringContaining('non-identical request') as unknown };

  it('the token of a running transaction is answered with TransactionInProgress for any request', async () => {
    const { letGo } = on.hold();
    const first = on.transact(['a'], 'token');
    await begun(1);
    expect(await on.transact(['a'], 'token')).toMatchObject({
      message: expect.stringContaining('in progress') as unknown,
    });
    letGo();
    await first;
    expect(on.writes).toHaveLength(1);
  });

  it('a token is remembered for ten minutes, also over a restart, and can then be used again', async () => {
    expect(await on.transact(['a'], 'token')).toEqual({});
    on = world(store);
    on.pass(TEN_MINUTES_MS - 1);
    expect(await on.transact(['a'], 'token')).toEqual({});
    expect(await on.transact(['b'], 'token')).toMatchObject(MISMATCH);
    expect(on.writes).toEqual([]);
    on.pass(1);
    expect(await on.transact(['b'], 'token')).toEqual({});
    expect(on.writes).toHaveLength(1);
  });

  it('an expired token is deleted from the database', async () => {
    await on.transact(['a'], 'token');
    on.pass(TEN_MINUTES_MS - 1);
    await on.dropOld();
    expect(await store.db.get('token~token')).toBeDefined();
    on.pass(1);
    await on.dropOld();
    expect(await store.db.get('token~token')).toBeUndefined();
  });
});

describe('fifty concurrent writes', () => {
  let dynamodb: DynamoDb;
  beforeAll(async () => {
    dynamodb = await startedDynamoDb();
    return () => dynamodb.end();
  });

  it('each of fifty concurrent transactions on two items is applied completely or fails with a conflict', async () => {
    const asked = Array.from({ length: 50 }, () =>
      told(dynamodb.documents, transact([adding('raced'), adding('raced', 'b')])),
    );
    const answers = await Promise.all(asked);
    const applied = answers.filter((answer) => Object.keys(answer).length === 0).length;
    const conflict = cancelled('TransactionConflict', 'TransactionConflict');
    expect(answers.filter((answer) => 'error' in answer)).toEqual(Array(50 - applied).fill(conflict));
    expect(applied).toBeGreaterThan(0);
    const item = (sk: string) => ({ Item: { pk: 'raced', sk, amount: applied } });
    expect(await told(dynamodb.documents, get('raced'))).toEqual(item('a'));
    expect(await told(dynamodb.documents, get('raced', 'b'))).toEqual(item('b'));
  });

  it('all of fifty concurrent single writes of one item are applied', async () => {
    const UpdateExpression = 'ADD amount :one';
    const ExpressionAttributeValues = { ':one': 1 };
    const add = update({ Key: { pk: 'added', sk: 'a' }, UpdateExpression, ExpressionAttributeValues });
    const answers = await Promise.all(Array.from({ length: 50 }, () => told(dynamodb.documents, add)));
    expect(answers).toEqual(Array(50).fill(DONE));
    expect(await told(dynamodb.documents, get('added'))).toEqual({
      Item: { pk: 'added', sk: 'a', amount: 50 },
    });
  });
});

const PROGRAM = fileURLToPath(new URL('dynamodb-to-kill.ts', import.meta.url));
const HEAD = { pk: 'order-1', sk: 'payment', in_flight: 'rf_1' };
const REFUND = {
  pk: 'order-1',
  sk: 'refund',
  place: '1',
  open_shard: 'open-1',
  due_ms: 1,
  refund_id: 'rf_1',
};
const ORDER = { merchant_uid: 'order-1', note: '환불'.repeat(2_000) };
const CLAIM = transact(
  [
    putting(HEAD, 'attribute_not_exists(in_flight)'),
    { Put: { TableName: ORDERS.name, Item: ORDER } },
    putting(REFUND, 'attribute_not_exists(pk)'),
  ],
  'claim-1',
);
const ALL = [{ Item: HEAD }, { Item: REFUND }, { Item: ORDER }, 1, 1, ['INSERT', 'INSERT']];
const NOTHING = [DONE, DONE, DONE, 0, 0, []];

describe('kill -9 during a transaction', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    return () => rm(directory, { recursive: true });
  });

  /** What the claim wrote: its items, their entries in two indexes, and the stream records. */
  async function left(data = directory): Promise<readonly unknown[]> {
    const { documents, url, end } = await startedDynamoDb({ directory: data });
    const entries = async (IndexName: string, key: string, value: string): Promise<unknown> => {
      const KeyConditionExpression = `${key} = :value`;
      const ExpressionAttributeValues = { ':value': value };
      const wanted = query({ IndexName, KeyConditionExpression, ExpressionAttributeValues });
      const { Items } = await told(documents, wanted);
      return Array.isArray(Items) ? Items.length : Items;
    };
    const found = [
      await told(documents, get('order-1', 'payment')),
      await told(documents, get('order-1', 'refund')),
      await told(documents, getOrder('order-1')),
      await entries('open_refunds', 'open_shard', 'open-1'),
      await entries('by_place', 'pk', 'order-1'),
      (await recordsOf(url)).map(({ eventName }) => eventName),
    ];
    await end();
    return found;
  }

  async function claimAgain(): Promise<unknown> {
    const { documents, end } = await startedDynamoDb({ directory });
    const answer = await told(documents, CLAIM);
    await end();
    return answer;
  }

  /** Sends the claim to a process that kills itself. @returns the length of the database's log before and after */
  async function claimOfTheKilled(when: 'before' | 'after'): Promise<readonly [number, number]> {
    const child = spawn(process.execPath, [PROGRAM, directory, when], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const killed = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = Promise.withResolvers<string>();
    child.stdout.once('data', (said) => url.resolve(String(said).trim()));
    const settings = {
      endpoint: await url.promise,
      region: REGION,
      credentials: CREDENTIALS,
      maxAttempts: 1,
    };
    const client = new DynamoDBClient(settings);
    for (const table of [ORDERS, LEDGER]) await ensureTable(client, table, 'delete it');
    // Ask once more, after a new table has become active.
    await told(DynamoDBDocumentClient.from(client), get('order-1'));
    const { size: before } = await stat(await logIn(directory));
    // The SDK's error for a reset connection.
    expect(await told(DynamoDBDocumentClient.from(client), CLAIM)).toEqual({ error: 'TimeoutError' });
    client.destroy();
    expect((await killed)[1]).toBe('SIGKILL');
    return [before, (await stat(await logIn(directory))).size];
  }

  /** The log file that LevelDB writes first. */
  async function logIn(data: string): Promise<string> {
    const logs = (await readdir(data)).filter((name) => name.endsWith('.log'));
    return path.join(data, logs.toSorted().at(-1) ?? '');
  }

  it('a kill before the write leaves nothing, and the repeated transaction is applied', async () => {
    const [before, since] = await claimOfTheKilled('before');
    expect(since).toBe(before);
    expect(await left()).toEqual(NOTHING);
    expect(await claimAgain()).toEqual(DONE);
    expect(await left()).toEqual(ALL);
  });

  it('a kill during the write leaves nothing; a kill after the write leaves everything, with the token used', async () => {
    const [before, since] = await claimOfTheKilled('after');
    const bytes = since - before;
    expect(bytes).toBeGreaterThan(ORDER.note.length);
    const cuts = [1, 8, Math.floor(bytes / 2), bytes - 1];
    const found = [];
    for (const cut of cuts) {
      const copy = `${directory}-${cut}`;
      onTestFinished(() => rm(copy, { recursive: true }));
      await cp(directory, copy, { recursive: true });
      await truncate(await logIn(copy), before + cut);
      found.push(await left(copy));
    }
    expect(found).toEqual(cuts.map(() => NOTHING));
    expect(await left()).toEqual(ALL);
    expect(await claimAgain()).toEqual(DONE);
    expect(await left()).toEqual(ALL);
  });

  it('a kill while a table is created leaves a table that the next start completes', async () => {
    await (await startedDynamoDb({ directory })).end();
    const data = createStore(directory, REGION);
    const key = `table~${LEDGER.name}`;
    const table = await tableOf(data, LEDGER.name);
    await data.db.batch([{ type: 'put', key, value: { ...table, TableStatus: 'CREATING' } }]);
    await data.db.close();
    expect(await claimAgain()).toEqual(DONE);
  });
});
