import { isObject, type JsonObject } from '../json.ts';
import {
  act,
  type BatchOperation,
  type Callback,
  DynamoDbError,
  dynamoDbError,
  type Item,
  parsed,
  type Part,
  placeOf,
  type Store,
  type Table,
  tableOf,
  type Types,
  typesOf,
  validationError,
} from './dynalite.ts';
import type { Change, Operation, Streams } from './streams.ts';

/** A write of one item, as a request or as a part of one. */
export interface Write {
  readonly operation: 'PutItem' | 'UpdateItem' | 'DeleteItem';
  readonly data: JsonObject;
}

interface Target extends Write {
  readonly table: Table;
  /** Where the item is kept. */
  readonly place: string;
}

/** dynalite's planned writes and its answer. */
export interface Planned {
  readonly answer: JsonObject;
  readonly operations: readonly BatchOperation[];
  readonly change: Change;
}

/** Plans and executes all writes, one request after the other. */
export class Writes {
  readonly #store: Store;
  readonly #streams: Streams;
  /** The items of running transactions. */
  readonly #held = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store, streams: Streams) {
    this.#store = store;
    this.#streams = streams;
  }

  /** @throws DynamoDbError where there is no such table, or the key is not the table's */
  async target(write: Write): Promise<Target> {
    const table = await tableOf(this.#store, write.data['TableName']);
    return { ...write, table, place: placeOf(table, write.data) };
  }

  /**
   * Waits for earlier requests, but not for a transaction: then DynamoDB answers with a conflict at once.
   * @param conflict the answer if running transactions hold some of the items; a transaction, which gives one, holds its own
   */
  async inTurn<Result>(
    places: readonly string[],
    work: () => Promise<Result>,
    conflict?: (places: readonly string[]) => DynamoDbError,
  ): Promise<Result> {
    const taken = places.filter((place) => this.#held.has(place));
    if (taken.length > 0) throw conflict?.(taken) ?? dynamoDbError('TransactionConflictException', UNDER_WAY);
    if (conflict !== undefined) for (const place of places) this.#held.add(place);
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      if (conflict !== undefined) for (const place of places) this.#held.delete(place);
    }
  }

  plan(target: Target): Promise<Planned> {
    return planned(this.#store, target);
  }

  /** What a request changes (items, entries of indexes, records of the stream, the token) is one batch. */
  async commit(plans: readonly Planned[], alongside: readonly BatchOperation[] = []): Promise<void> {
    const records = this.#streams.records(plans.map(({ change }) => change));
    const operations = plans.flatMap((plan) => plan.operations);
    await this.#store.db.batch([...operations, ...records, ...alongside]);
  }
}

export const UNDER_WAY = 'Transaction is ongoing for the item';

/** PutItem, UpdateItem, DeleteItem and BatchWriteItem. */
export function writeOperations(store: Store, writes: Writes): Readonly<Record<string, Operation>> {
  const write = async (each: readonly Write[]): Promise<readonly Planned[]> => {
    const targets = await Promise.all(each.map((one) => writes.target(one)));
    const places = onceEach(targets, 'Provided list of item keys contains duplicates');
    return writes.inTurn(places, async () => {
      const plans = await Promise.all(targets.map((target) => writes.plan(target)));
      await writes.commit(plans);
      return plans;
    });
  };
  const single = (operation: Write['operation']): Operation => ({
    types: memberTypes(operation),
    run: async (data) => {
      const [plan] = await write([{ operation, data: parsed(operation, data, store) }]);
      return plan?.answer ?? {};
    },
  });
  return {
    PutItem: single('PutItem'),
    UpdateItem: single('UpdateItem'),
    DeleteItem: single('DeleteItem'),
    BatchWriteItem: {
      types: typesOf('BatchWriteItem'),
      run: async (data) => {
        await write(writesOfBatch(parsed('BatchWriteItem', data, store)));
        return { UnprocessedItems: {} };
      },
    },
  };
}

/**
 * Runs dynalite's own action on the stored data and records its writes instead of executing them: dynalite writes an
 * item and its index entries one after the other.
 * @throws DynamoDbError as the service answers, with the item where the request asks for it
 */
async function planned(store: Store, { operation, data, table, place }: Target): Promise<Planned> {
  const operations: BatchOperation[] = [];
  const old = (await store.db.get(place)) as Item | undefined;
  const part = (prefix: string): Part => ({
    // Nobody else writes meanwhile.
    lock: (_key, run) => run((then) => then),
    get: (_key, callback) => callback(null, old),
    put: (key, value, callback) => note({ type: 'put', key: `${prefix}~${key}`, value }, callback),
    del: (key, callback) => note({ type: 'del', key: `${prefix}~${key}` }, callback),
  });
  const note = (noted: BatchOperation, callback: Callback<void>): void => {
    operations.push(noted);
    callback(null);
  };
  const noting: Store = {
    ...store,
    getTable: (_name, ...rest) => {
      const callback = rest.at(-1);
      if (typeof callback === 'function') callback(null, table);
    },
    getItemDb: (name) => part(`item-${name}`),
    getIndexDb: (kind, name, index) => part(`index-${kind.toLowerCase()}~${name}~${index}`),
  };
  try {
    const answer = await act(operation, data, noting);
    const written = operations.find(({ key }) => key === place);
    const item = written?.type === 'put' ? (written.value as Item) : undefined;
    refuseEmptyIndexKeys(table, item ?? {});
    return { answer, operations, change: { table, old, new: item } };
  } catch (error) {
    const isToldItem =
      error instanceof DynamoDbError &&
      error.code === 'ConditionalCheckFailedException' &&
      data['ReturnValuesOnConditionCheckFailure'] === 'ALL_OLD';
    throw isToldItem && old !== undefined ? new DynamoDbError({ ...error.body, Item: old }) : error;
  }
}

/** dynalite accepts an empty string as an index key; DynamoDB does not. @throws DynamoDbError */
function refuseEmptyIndexKeys(table: Table, item: Item): void {
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  const empty = indexes.find(({ KeySchema }) =>
    KeySchema.some(({ AttributeName: name }) => item[name]?.['S'] === '' || item[name]?.['B'] === ''),
  );
  if (empty !== undefined) {
    throw validationError(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `string value. IndexName: ${empty.IndexName}`,
    );
  }
}

/** dynalite does not support `ReturnValuesOnConditionCheckFailure`. */
const RETURN_VALUES_ON_FAILURE: Types = { type: 'String', enum: ['ALL_OLD', 'NONE'] };

export function memberTypes(operation: Write['operation']): Types {
  return { ...typesOf(operation), ReturnValuesOnConditionCheckFailure: RETURN_VALUES_ON_FAILURE };
}

function writesOfBatch({ RequestItems: byTable }: JsonObject): readonly Write[] {
  return Object.entries(byTable as Readonly<Record<string, readonly JsonObject[]>>).flatMap(
    ([TableName, requests]) =>
      requests.map(({ PutRequest: put, DeleteRequest: remove }): Write =>
        isObject(put)
          ? { operation: 'PutItem', data: { TableName, ...put } }
          : { operation: 'DeleteItem', data: { TableName, ...(isObject(remove) && remove) } },
      ),
  );
}

/** @throws DynamoDbError if an item is named twice */
export function onceEach(targets: readonly Target[], otherwise: string): readonly string[] {
  const places = targets.map(({ place }) => place);
  if (new Set(places).size < places.length) throw validationError(otherwise);
  return places;
}
