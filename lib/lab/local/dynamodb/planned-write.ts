import {
  act,
  type BatchOperation,
  type Callback,
  DynamoDbError,
  type Item,
  type Operation,
  type Part,
  type Store,
  type Table,
  validationError,
} from './dynalite.ts';
import { itemSize } from './item-size.ts';
import type { JsonObject } from '../json.ts';

/** What a write makes of one item; undefined = not there. */
export interface Change {
  readonly tableName: string;
  readonly old: Item | undefined;
  readonly new: Item | undefined;
}

/** What dynalite would write, and what it answers. */
export interface PlannedWrite {
  readonly answer: JsonObject;
  readonly operations: readonly BatchOperation[];
  readonly changes: readonly Change[];
}

export type ReadItem = (key: string) => Promise<Item | undefined>;

/** Where dynalite keeps an item: the name of the part, and the key in it. */
export function itemKey(tableName: string, key: string): string {
  return `item-${tableName}~${key}`;
}

/**
 * Lets dynalite's own action decide on what is stored, and notes what it would write instead of writing it. It writes an
 * item and its index entries one after the other; noted, they can be written together with whatever must stand or fall
 * with them.
 * @throws DynamoDbError as the service answers, with the item where the request asks for it
 */
export async function planWrite(
  store: Store,
  {
    operation,
    data,
    read,
  }: { readonly operation: Operation; readonly data: JsonObject; readonly read: ReadItem },
): Promise<PlannedWrite> {
  const noted = noting(store, read);
  try {
    const answer = await Promise.race([act(operation, noted.store, data), noted.failed]);
    return { answer, operations: noted.operations, changes: [...noted.changes.values()] };
  } catch (error) {
    throw withOldItem(error, data, [...noted.changes.values()].at(0)?.old);
  }
}

function withOldItem(error: unknown, data: JsonObject, old: Item | undefined): unknown {
  return error instanceof DynamoDbError &&
    error.code === 'ConditionalCheckFailedException' &&
    data['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD' &&
    old !== undefined
    ? new DynamoDbError({ ...error.body, Item: old })
    : error;
}

function noting(store: Store, read: ReadItem) {
  const operations: BatchOperation[] = [];
  const changes = new Map<string, Change>();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const note = (callback: Callback<void>, operation: BatchOperation): void => {
    operations.push(operation);
    callback(null);
  };
  const get = async (tableName: string, place: string, callback: Callback<Item>): Promise<void> => {
    const old = await read(place);
    changes.set(place, { tableName, old, new: old });
    callback(null, old);
  };
  const change = (tableName: string, place: string, value: Item | undefined): void =>
    void changes.set(place, { tableName, old: changes.get(place)?.old, new: value });
  const items = (tableName: string): Part => ({
    // The caller holds the item already.
    lock: (_key, run) => run((then) => then),
    // What dynalite throws in its callback nobody else could catch.
    get: (key, callback) => void get(tableName, itemKey(tableName, key), callback).catch(reject),
    put: (key, value, callback) => {
      change(tableName, itemKey(tableName, key), value);
      note(callback, { type: 'put', key: itemKey(tableName, key), value });
    },
    del: (key, callback) => {
      change(tableName, itemKey(tableName, key), undefined);
      note(callback, { type: 'del', key: itemKey(tableName, key) });
    },
  });
  const entries = (kind: string, tableName: string, index: string): Part => {
    const place = (key: string): string => `index-${kind.toLowerCase()}~${tableName}~${index}~${key}`;
    return {
      ...items(tableName),
      put: (key, value, callback) => note(callback, { type: 'put', key: place(key), value }),
      del: (key, callback) => note(callback, { type: 'del', key: place(key) }),
    };
  };
  return { store: { ...store, getItemDb: items, getIndexDb: entries }, operations, changes, failed };
}

/** What the service refuses of an item before it looks at a condition. @throws DynamoDbError */
export function refuseItem(table: Table, item: Item): void {
  const [key] = emptyIndexKeys(table, item);
  if (key !== undefined) {
    throw validationError(
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
        `The AttributeValue for a key attribute cannot contain an empty ${key.kind} value. ` +
        `IndexName: ${key.index}, IndexKey: ${key.name}`,
    );
  }
}

/** What the service refuses of an item as an update leaves it. @throws DynamoDbError */
export function refuseUpdated(table: Table, change: Change, maxItemSize: number): void {
  if (change.new === undefined) return;
  if (itemSize(change.new) > maxItemSize) {
    throw validationError('Item size to update has exceeded the maximum allowed size');
  }
  const [key] = emptyIndexKeys(table, change.new);
  if (key !== undefined) {
    throw validationError(
      'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a ' +
        `value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${key.kind} value.`,
    );
  }
}

/** Keys of indexes that are empty texts or bytes, which dynalite takes; in the order of the indexes' names. */
function emptyIndexKeys(table: Table, item: Item) {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  return indexes
    .toSorted((a, b) => (a.IndexName < b.IndexName ? -1 : 1))
    .flatMap(({ IndexName: index, KeySchema }) =>
      KeySchema.flatMap(({ AttributeName: name }) => {
        if (item[name]?.['S'] === '') return [{ index, name, kind: 'string' }];
        return item[name]?.['B'] === '' ? [{ index, name, kind: 'binary' }] : [];
      }),
    );
}
