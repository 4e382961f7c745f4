import { isObject, type JsonObject } from '../json.ts';
import {
  type BatchOperation,
  dynamoDbError,
  type Item,
  keyOf,
  type Operation,
  parsed,
  type Store,
  type Table,
  tableOf,
  type Types,
  typesOf,
  validationError,
} from './dynalite.ts';
import type { FrontOperation } from './dynamodb.ts';
import { itemSize } from './item-size.ts';
import { createItemLocks, type ItemLocks, TransactionUnderWay } from './item-locks.ts';
import {
  itemKey,
  type PlannedWrite,
  planWrite,
  type ReadItem,
  refuseItem,
  refuseUpdated,
} from './planned-write.ts';
import type { StreamLog } from './stream-log.ts';

/** Everything that changes items goes through here: planned while the items are held, and written in one batch. */
export interface Writes {
  readonly locks: ItemLocks;
  readonly read: ReadItem;
  /** @throws DynamoDbError for what the service refuses of the item before it looks at what is stored */
  readonly aim: (write: ItemWrite) => Promise<Target>;
  readonly plan: (target: Target) => Promise<PlannedWrite>;
  /** One after the other, so that a reader of the stream never sees a later record before an earlier one. */
  readonly commit: (written: Committed) => Promise<void>;
}

/** A request's write of one item, or the check of one. */
export interface ItemWrite {
  readonly operation: 'PutItem' | 'UpdateItem' | 'DeleteItem';
  readonly data: JsonObject;
}

export interface Target extends ItemWrite {
  readonly table: Table;
  /** Where the item is kept. */
  readonly key: string;
}

export interface Committed {
  readonly plans: readonly PlannedWrite[];
  readonly tables: readonly Table[];
  readonly alongside?: readonly BatchOperation[];
}

/** What dynalite does not know of a request. */
export const RETURN_VALUES_ON_FAILURE: Types = { type: 'String', enum: ['ALL_OLD', 'NONE'] };

export function createWrites(store: Store, log: StreamLog): Writes {
  const { maxItemSize } = store.options;
  const read: ReadItem = async (key) => (await store.db.get(key)) as Item | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    locks: createItemLocks(),
    read,
    aim: async ({ operation, data }) => {
      const table = await tableOf(store, data['TableName']);
      const item = operation === 'PutItem' ? (data['Item'] as Item) : undefined;
      const place = keyOf(table, item === undefined ? { Key: data['Key'] as Item } : { Item: item });
      if (item !== undefined) refuseItem(table, item);
      return { operation, data, table, key: itemKey(table.TableName, place) };
    },
    plan: async ({ operation, data, table }) => {
      const plan = await planWrite(store, { operation, data, read });
      if (operation === 'UpdateItem') {
        for (const change of plan.changes) refuseUpdated(table, change, maxItemSize);
      }
      return plan;
    },
    commit: async ({ plans, tables, alongside = [] }) => {
      const operations = [...plans.flatMap((plan) => plan.operations), ...alongside];
      const changes = plans.flatMap((plan) => plan.changes);
      const byName = new Map(tables.map((table) => [table.TableName, table]));
      const written = last.then(() =>
        log.recorded(changes, byName, (records) => store.db.batch([...operations, ...records])),
      );
      last = written.catch(() => undefined);
      await written;
    },
  };
}

/** What a request says of itself, as dynalite judges it. @throws DynamoDbError also for what is large in bytes only */
export function parsedWrite(store: Store, { operation, data }: ItemWrite): ItemWrite {
  const write = { operation, data: parsed(operation, data, store) };
  if (isObject(data['Item']) && itemSize(data['Item'] as Item) > store.options.maxItemSize) {
    throw validationError('Item size has exceeded the maximum allowed size');
  }
  return write;
}

/** PutItem, UpdateItem, DeleteItem and BatchWriteItem. */
export function writeOperations(store: Store, writes: Writes): Readonly<Record<string, FrontOperation>> {
  const single = (operation: ItemWrite['operation']): FrontOperation => ({
    types: { ...typesOf(operation), ReturnValuesOnConditionCheckFailure: RETURN_VALUES_ON_FAILURE },
    run: async (data) => {
      const target = await writes.aim(parsedWrite(store, { operation, data }));
      return held(writes, [target.key], async () => {
        const plan = await writes.plan(target);
        await writes.commit({ plans: [plan], tables: [target.table] });
        return plan.answer;
      });
    },
  });
  return {
    PutItem: single('PutItem'),
    UpdateItem: single('UpdateItem'),
    DeleteItem: single('DeleteItem'),
    BatchWriteItem: {
      types: typesOf('BatchWriteItem'),
      run: async (data) => batch(store, writes, parsed('BatchWriteItem', data, store)),
    },
  };
}

async function held<Result>(
  { locks }: Writes,
  keys: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await locks.holding(keys, 'single', work);
  } catch (error) {
    if (!(error instanceof TransactionUnderWay)) throw error;
    throw dynamoDbError('TransactionConflictException', error.message);
  }
}

async function batch(store: Store, writes: Writes, data: JsonObject): Promise<JsonObject> {
  const requested = Object.entries(data['RequestItems'] as Record<string, readonly JsonObject[]>);
  const each = requested.flatMap(([TableName, requests]) =>
    requests.map(({ PutRequest: put, DeleteRequest: remove }): ItemWrite => {
      if (isObject(put)) return { operation: 'PutItem', data: { TableName, ...put } };
      return { operation: 'DeleteItem', data: { TableName, ...(isObject(remove) && remove) } };
    }),
  );
  const targets = await Promise.all(each.map((write) => writes.aim(parsedWrite(store, write))));
  const keys = targets.map(({ key }) => key);
  if (new Set(keys).size < keys.length)
    throw validationError('Provided list of item keys contains duplicates');
  return held(writes, keys, async () => {
    const operation: Operation = 'BatchWriteItem';
    const plan = await planWrite(store, { operation, data, read: writes.read });
    await writes.commit({ plans: [plan], tables: targets.map(({ table }) => table) });
    return plan.answer;
  });
}
