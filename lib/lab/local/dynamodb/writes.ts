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
  /** A check is planned as a deletion, of which only the condition counts. */
  readonly isCheck?: boolean;
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

export type Outcome = Planned | DynamoDbError | undefined;

/** What a request asks for as a whole. */
interface Together {
  /** The refusal of a request that names an item twice. */
  readonly twice: string;
  readonly isTransaction: boolean;
  /** Written in the same batch. */
  readonly alongside?: readonly BatchOperation[];
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

  /**
   * Carries out all writes of a request, or none if one of them fails: their items, the entries of indexes, the records of the
   * stream and what else is written `alongside` are one batch.
   * @returns the outcome of each write, in their order; undefined: it was not looked at
   * @throws DynamoDbError that concerns the whole request
   */
  async carryOut(each: readonly Write[], together: Together): Promise<readonly Outcome[]> {
    const targets = await Promise.all(each.map((one) => orReason(this.#target(one))));
    const places = targets.flatMap((target) => ('place' in target ? target.place : []));
    if (new Set(places).size < places.length) throw validationError(together.twice);
    // A request waits for earlier ones, but not for a transaction: then DynamoDB answers with a conflict at once.
    if (places.some((place) => this.#held.has(place)))
      return targets.map((target) =>
        'place' in target && this.#held.has(target.place) ? CONFLICT : undefined,
      );
    const held = together.isTransaction ? places : [];
    for (const place of held) this.#held.add(place);
    const done = this.#last.then(() => this.#inTurn(targets, together));
    this.#last = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      for (const place of held) this.#held.delete(place);
    }
  }

  async #target(write: Write): Promise<Target> {
    const table = await tableOf(this.#store, write.data['TableName']);
    return { ...write, table, place: placeOf(table, write.data) };
  }

  async #inTurn(targets: readonly (Target | DynamoDbError)[], { alongside = [] }: Together) {
    const outcomes = await Promise.all(
      targets.map(async (target) => ('place' in target ? orReason(planned(this.#store, target)) : target)),
    );
    const plans = outcomes.filter((outcome) => 'answer' in outcome);
    if (plans.length < outcomes.length) return outcomes;
    const records = this.#streams.records(plans.map(({ change }) => change));
    const operations = plans.flatMap((plan) => plan.operations);
    await this.#store.db.batch([...operations, ...records, ...alongside]);
    return outcomes;
  }
}

const CONFLICT = dynamoDbError('TransactionConflictException', 'Transaction is ongoing for the item');

/** The error of one item is its outcome; an empty key, a missing table and a bug end the whole request. */
async function orReason<Result>(work: Promise<Result>): Promise<Result | DynamoDbError> {
  try {
    return await work;
  } catch (error) {
    const isReason =
      error instanceof DynamoDbError && /^(Validation|ConditionalCheckFailed)/.test(error.code);
    if (!isReason || /cannot contain an empty \w+ value/.test(error.message)) throw error;
    return error;
  }
}

/** PutItem, UpdateItem, DeleteItem and BatchWriteItem. */
export function writeOperations(store: Store, writes: Writes): Readonly<Record<string, Operation>> {
  const write = async (each: readonly Write[]): Promise<JsonObject> => {
    const twice = 'Provided list of item keys contains duplicates';
    const outcomes = await writes.carryOut(each, { twice, isTransaction: false });
    const error = outcomes.find((outcome) => outcome instanceof DynamoDbError);
    if (error !== undefined) throw error;
    const [first] = outcomes;
    return first !== undefined && 'answer' in first ? first.answer : {};
  };
  const single = (operation: Write['operation']): Operation => ({
    types: memberTypes(operation),
    run: (data) => write([{ operation, data: parsed(operation, data, store) }]),
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
async function planned(store: Store, { operation, data, table, place, isCheck }: Target): Promise<Planned> {
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
    if (isCheck === true) return { answer, operations: [], change: { table, old, new: old } };
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
  if (empty === undefined) return;
  throw validationError(
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
      `string value. IndexName: ${empty.IndexName}`,
  );
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
