import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  act,
  createStore,
  DynamoDbError,
  type Store,
  tableOf,
} from '../../../lib/lab/local/dynamodb/dynalite.ts';
import { createItemLocks, TransactionUnderWay } from '../../../lib/lab/local/dynamodb/item-locks.ts';
import { StreamLog } from '../../../lib/lab/local/dynamodb/stream-log.ts';
import { createTransactionTokens } from '../../../lib/lab/local/dynamodb/transaction-tokens.ts';
import { transactionOperations } from '../../../lib/lab/local/dynamodb/transactions.ts';
import { createWrites, writeOperations } from '../../../lib/lab/local/dynamodb/writes.ts';
import {
  adding,
  cancelled,
  DONE,
  get,
  getTogether,
  told,
  type Told,
  transact,
  update,
} from './dynamodb-asking.ts';
import { type DynamoDb, LEDGER, startedDynamoDb } from './dynamodb-world.ts';

const nothing = async (): Promise<void> => undefined;

/** Something under way until it is let go. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, letGo: resolve };
}

describe('the items of a transaction', () => {
  it('are held against another transaction, which is told at once which of its items they are', async () => {
    const locks = createItemLocks();
    const { work, letGo } = held();
    const first = locks.holding(['a', 'b'], 'transaction', work);
    await expect(locks.holding(['c', 'b'], 'transaction', nothing)).rejects.toMatchObject({ keys: ['b'] });
    letGo();
    await first;
    await locks.holding(['c', 'b'], 'transaction', nothing);
  });

  it('are held against single writes, too', async () => {
    const locks = createItemLocks();
    const { work, letGo } = held();
    const first = locks.holding(['a'], 'transaction', work);
    await expect(locks.holding(['a'], 'single', nothing)).rejects.toThrow(TransactionUnderWay);
    letGo();
    await first;
  });

  it('wait for single writes that came before, and nobody else gets in between', async () => {
    const locks = createItemLocks();
    const { work, letGo } = held();
    const order: string[] = [];
    const single = locks.holding(['b'], 'single', work).then(() => order.push('single'));
    const second = locks.holding(['b'], 'single', async () => order.push('second'));
    const whole = locks.holding(['a', 'b'], 'transaction', async () => order.push('transaction'));
    await expect(locks.holding(['a'], 'single', nothing)).rejects.toThrow(TransactionUnderWay);
    letGo();
    await Promise.all([single, second, whole]);
    expect(order).toEqual(['single', 'second', 'transaction']);
    await locks.holding(['a', 'b'], 'single', nothing);
  });

  it('are held by whoever waited for them, once it is their turn', async () => {
    const locks = createItemLocks();
    const [before, waiting] = [held(), held()];
    const order: string[] = [];
    const first = locks.holding(['a'], 'single', before.work);
    const second = locks.holding(['a'], 'single', waiting.work).then(() => order.push('second'));
    before.letGo();
    await first;
    const third = locks.holding(['a'], 'single', async () => order.push('third'));
    waiting.letGo();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
  });

  it('are free again after work that failed', async () => {
    const locks = createItemLocks();
    const failing = locks.holding(['a'], 'transaction', () => Promise.reject(new Error('full')));
    await expect(failing).rejects.toThrow('full');
    await locks.holding(['a'], 'transaction', nothing);
  });
});

describe('what a conflict is answered', () => {
  it('to a transaction: its reasons, to a single write: an error of its own', async () => {
    const store = createStore(undefined, 'ap-northeast-2');
    await act('CreateTable', store, {
      TableName: 'Sample',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
    await expect
      .poll(() => tableOf(store, 'Sample').then(({ TableStatus }) => TableStatus, String))
      .toBe('ACTIVE');
    const { work, letGo } = held();
    const begun = Promise.withResolvers<void>();
    // What is written first takes its time.
    const batch = async (...given: Parameters<Store['db']['batch']>): Promise<void> => {
      begun.resolve();
      await work();
      await store.db.batch(...given);
    };
    const log = await StreamLog.open(store, [], Date.now);
    const writes = createWrites({ ...store, db: { ...store.db, batch } }, log);
    const tokens = createTransactionTokens(store, Date.now);
    const played = { ...writeOperations(store, writes), ...transactionOperations({ store, writes, tokens }) };
    const remove = (pk: string) => ({ TableName: 'Sample', Key: { pk: { S: pk } } });
    const removeAll = (...keys: readonly string[]) =>
      played['TransactWriteItems']?.run({ TransactItems: keys.map((key) => ({ Delete: remove(key) })) });
    const first = removeAll('busy');
    await begun.promise;
    await expect(removeAll('free', 'busy')).rejects.toMatchObject({
      code: 'TransactionCanceledException',
      body: {
        CancellationReasons: [
          { Code: 'None' },
          { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
        ],
      },
    });
    await expect(played['DeleteItem']?.run(remove('busy'))).rejects.toMatchObject({
      code: 'TransactionConflictException',
    });
    letGo();
    expect(await first).toEqual({});
    expect(await played['DeleteItem']?.run(remove('busy'))).toEqual({});
  });
});

describe('writes of different items', () => {
  it('reach the database one after the other, also behind one that failed: a reader of the stream misses none', async () => {
    const store = createStore(undefined, 'ap-northeast-2');
    const written: string[] = [];
    const { work, letGo } = held();
    const batch = async (operations: readonly { readonly key: string }[]): Promise<void> => {
      const [{ key } = { key: '' }] = operations;
      written.push(key);
      if (key !== 'first') return;
      await work();
      throw new Error('full');
    };
    const writes = createWrites(
      { ...store, db: { ...store.db, batch } },
      await StreamLog.open(store, [], Date.now),
    );
    const commit = (key: string): Promise<void> =>
      writes.commit({ plans: [], tables: [], alongside: [{ type: 'del', key }] });
    const first = commit('first');
    const second = commit('second');
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual(['first']);
    letGo();
    await expect(first).rejects.toThrow('full');
    await second;
    expect(written).toEqual(['first', 'second']);
  });
});

describe('a token', () => {
  const HOUR_MS = 3_600_000;
  const TEN_MINUTES_MS = 600_000;
  const REQUEST = [{ Put: { Item: { a: 1, b: 2 } } }];
  let store: Store;
  let nowMs: number;
  let applied: number;

  beforeEach(() => {
    store = createStore(undefined, 'ap-northeast-2');
    nowMs = HOUR_MS;
    applied = 0;
  });

  const tokens = () => createTransactionTokens(store, () => nowMs);

  async function ask(kept: ReturnType<typeof tokens>, request: unknown = REQUEST): Promise<unknown> {
    try {
      return await kept.once('token', request, async (alongside) => {
        applied += 1;
        await store.db.batch(alongside());
        return { answer: applied };
      });
    } catch (error) {
      return error instanceof DynamoDbError ? error.code : error;
    }
  }

  it('of a transaction that is under way is answered so, and of another one as a mistake', async () => {
    const kept = tokens();
    const { work, letGo } = held();
    const first = kept.once('token', REQUEST, async () => {
      await work();
      return {};
    });
    expect(await ask(kept)).toBe('TransactionInProgressException');
    expect(await ask(kept, [])).toBe('IdempotentParameterMismatchException');
    letGo();
    await first;
    expect(applied).toBe(0);
  });

  it('is good for ten minutes from when it was applied, also after a restart, and then free', async () => {
    expect(await ask(tokens())).toEqual({ answer: 1 });
    nowMs += TEN_MINUTES_MS - 1;
    expect(await ask(tokens())).toEqual({});
    expect(await ask(tokens(), [])).toBe('IdempotentParameterMismatchException');
    nowMs += 1;
    expect(await ask(tokens(), [])).toEqual({ answer: 2 });
  });

  it('does not care in which order a request names its members', async () => {
    expect(await ask(tokens())).toEqual({ answer: 1 });
    expect(await ask(tokens(), [{ Put: { Item: { b: 2, a: 1 } } }])).toEqual({});
  });

  it('is dropped once nobody can ask by it', async () => {
    await ask(tokens());
    nowMs += TEN_MINUTES_MS - 1;
    await tokens().dropOld();
    expect(await store.db.get('token~token')).toBeDefined();
    nowMs += 1;
    await tokens().dropOld();
    expect(await store.db.get('token~token')).toBeUndefined();
  });
});

describe('fifty at once', () => {
  let dynamodb: DynamoDb;
  beforeAll(async () => {
    dynamodb = await startedDynamoDb();
  });
  afterAll(async () => dynamodb.end());

  it('transactions of the same two items: each is applied whole, or is told the conflict', async () => {
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

  it('reads of two items that are always written together: each sees them as of one moment', async () => {
    const of = (sk: string) => ({ Get: { TableName: LEDGER.name, Key: { pk: 'read', sk } } });
    const read = getTogether([of('a'), of('b')]);
    const answers: Promise<Told>[] = [];
    for (let count = 0; count < 50; count += 1) {
      answers.push(told(dynamodb.documents, read));
      await told(dynamodb.documents, transact([adding('read'), adding('read', 'b')]));
    }
    const amounts = (await Promise.all(answers)).map(({ Responses }) =>
      (Responses as readonly { readonly Item?: { readonly amount: number } }[]).map(
        ({ Item }) => Item?.amount ?? 0,
      ),
    );
    expect(amounts.filter(([a, b]) => a !== b)).toEqual([]);
    expect(amounts.at(-1)?.[0]).toBeGreaterThanOrEqual(49);
  });

  it('single writes of one item: all are applied, one after the other', async () => {
    const UpdateExpression = 'ADD amount :one';
    const ExpressionAttributeValues = { ':one': 1 };
    const add = update({ Key: { pk: 'added', sk: 'a' }, UpdateExpression, ExpressionAttributeValues });
    const answers = await Promise.all(Array.from({ length: 50 }, () => told(dynamodb.documents, add)));
    expect(answers).toEqual(Array(50).fill(DONE));
    expect(await told(dynamodb.documents, get('added'))).toEqual({
      Item: { pk: 'added', sk: 'a', amount: 50 },
    });
  });

  it('claims of one item: exactly one has it', async () => {
    const claim = (owner: number) =>
      transact([
        {
          Update: {
            TableName: LEDGER.name,
            Key: { pk: 'claimed', sk: 'a' },
            UpdateExpression: 'SET claimed_by = :owner',
            ConditionExpression: 'attribute_not_exists(claimed_by)',
            ExpressionAttributeValues: { ':owner': owner },
          },
        },
        adding('claims', String(owner)),
      ]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_each, owner) => told(dynamodb.documents, claim(owner))),
    );
    const winners = answers.flatMap((answer, owner) => ('error' in answer ? [] : [owner]));
    expect(winners.length).toBe(1);
    expect(await told(dynamodb.documents, get('claimed'))).toEqual({
      Item: { pk: 'claimed', sk: 'a', claimed_by: winners[0] },
    });
  });
});
