import { createRequire } from 'node:module';

import { isObject, type JsonObject } from '../json.ts';

// dynalite has no types; these describe the version that package.json pins.

/** An item or a key in DynamoDB's JSON: `{ amount: { N: '9000' } }`. */
export type Item = Readonly<Record<string, JsonObject>>;

interface Keyed {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

interface Index extends Keyed {
  readonly IndexName: string;
}

/** The used fields of a table's definition, which dynalite stores in the form of its answer. */
export interface Table extends Keyed {
  readonly TableName: string;
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LatestStreamArn?: string;
  readonly LatestStreamLabel?: string;
}

export type Callback<Value> = (error: unknown, value?: Value) => void;

/** A part of the database: the items of a table, or the entries of an index. */
export interface Part {
  readonly lock: (key: string, run: (release: <Value>(then: Value) => Value) => void) => void;
  readonly get: (key: string, callback: Callback<Item>) => void;
  readonly put: (key: string, value: Item, callback: Callback<void>) => void;
  readonly del: (key: string, callback: Callback<void>) => void;
}

export type BatchOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

export interface Range {
  readonly gte: string;
  readonly lt: string;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** The store that dynalite's actions use. */
export interface Store {
  /** The used methods of dynalite's LevelDB. */
  readonly db: {
    readonly open: () => Promise<void>;
    readonly get: (key: string) => Promise<unknown>;
    /** All of it or nothing, also after a `kill -9`: LevelDB writes it as one record with a checksum. */
    readonly batch: (operations: readonly BatchOperation[]) => Promise<void>;
    readonly clear: (range: Range) => Promise<void>;
    readonly iterator: (range: Range) => AsyncIterable<readonly [string, unknown]>;
    readonly close: () => Promise<void>;
  };
  readonly tableDb: { awsRegion: string; readonly awsAccountId: string };
  readonly getTable: (name: string, ...rest: [boolean, Callback<Table>] | [Callback<Table>]) => void;
  readonly getItemDb: (table: string) => Part;
  readonly getIndexDb: (kind: string, table: string, index: string) => Part;
}

/** How dynalite describes the members of a request. */
export type Types = Readonly<Record<string, unknown>>;

/** One of dynalite's operations. */
interface Action {
  readonly types: Types;
  /** @returns what is wrong; parses the expressions into `_condition` and `_updates` */
  readonly custom?: (data: JsonObject, store: Store) => string | undefined;
  readonly act: (store: Store, data: JsonObject, callback: Callback<JsonObject>) => void;
}

const load = createRequire(import.meta.url);
const tools = load('dynalite/db') as {
  readonly create: (options: {
    readonly path?: string;
    readonly createTableMs: number;
    readonly deleteTableMs: number;
  }) => Store;
  readonly createKey: (item: Item, table: Table) => string;
  readonly validateKey: (key: Item, table: Table) => Error | undefined;
  readonly validateItem: (item: Item, table: Table) => Error | undefined;
};
const validations = load('dynalite/validations') as {
  readonly checkTypes: (data: JsonObject, types: Types) => JsonObject;
  readonly checkValidations: (data: JsonObject, types: Types, custom: undefined, store: Store) => void;
};

/** dynalite's operations. */
export const OPERATIONS: readonly string[] = (
  'BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable DescribeTimeToLive GetItem ListTables ' +
  'ListTagsOfResource PutItem Query Scan TagResource UntagResource UpdateItem UpdateTable'
).split(' ');

const ACTIONS = new Map(
  OPERATIONS.map((operation): [string, Action] => {
    const file = operation.charAt(0).toLowerCase() + operation.slice(1);
    const validation = load(`dynalite/validations/${file}`) as Omit<Action, 'act'>;
    return [operation, { ...validation, act: load(`dynalite/actions/${file}`) as Action['act'] }];
  }),
);

function actionOf(operation: string): Action {
  const found = ACTIONS.get(operation);
  if (found === undefined) throw new Error(`Bug: dynalite has no ${operation}`);
  return found;
}

/** An error answer of DynamoDB. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';
  readonly body: JsonObject;

  constructor(body: JsonObject) {
    super(String(body['message'] ?? body['Message']));
    this.body = body;
  }

  /** As `ConditionalCheckFailedException`, without its name space. */
  get code(): string {
    return String(this.body['__type']).replace(/^.*#/, '');
  }
}

export function dynamoDbError(code: string, message: string): DynamoDbError {
  return new DynamoDbError({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message });
}

export function validationError(message: string): DynamoDbError {
  return new DynamoDbError({ __type: 'com.amazon.coral.validate#ValidationException', message });
}

/** Converts dynalite's error for the caller; returns every other error unchanged. */
function converted(error: unknown): unknown {
  return error instanceof Error && 'body' in error && isObject(error.body)
    ? new DynamoDbError(error.body)
    : error;
}

/** @param directory undefined: in memory */
export function createStore(directory: string | undefined, region: string): Store {
  const path = directory !== undefined && { path: directory };
  const store = tools.create({ ...path, createTableMs: 0, deleteTableMs: 0 });
  store.tableDb.awsRegion = region;
  return store;
}

/** The members that `types` knows, each of the right kind. @throws DynamoDbError */
export function checked(input: JsonObject, types: Types, store: Store): JsonObject {
  try {
    const data = validations.checkTypes({ ...input }, types);
    validations.checkValidations(data, types, undefined, store);
    return data;
  } catch (error) {
    throw converted(error);
  }
}

export function typesOf(operation: string): Types {
  return actionOf(operation).types;
}

/** Validates a request by itself and parses its expressions: what `act` takes. @throws DynamoDbError */
export function parsed(operation: string, data: JsonObject, store: Store): JsonObject {
  const copy = { ...data };
  const fault = actionOf(operation).custom?.(copy, store);
  if (fault) throw validationError(fault);
  return copy;
}

/** @throws DynamoDbError */
export function act(operation: string, data: JsonObject, store: Store): Promise<JsonObject> {
  return called<JsonObject>((callback) => actionOf(operation).act(store, data, callback));
}

/** @throws DynamoDbError when there is no such table */
export function tableOf(store: Store, name: unknown): Promise<Table> {
  return called<Table>((callback) => store.getTable(String(name), true, callback));
}

function called<Value>(call: (callback: Callback<Value>) => void): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  call((error, value) => (error ? reject(converted(error)) : resolve(value as Value)));
  return promise;
}

export async function tablesIn({ db }: Store): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for await (const [, table] of db.iterator({ gte: 'table~', lt: 'table\u007f' }))
    tables.push(table as Table);
  return tables;
}

/** Where the item of a write is kept. @throws DynamoDbError when its key is not the table's */
export function placeOf(table: Table, { Item: item, Key: key }: JsonObject): string {
  const fault = isObject(item)
    ? tools.validateItem(item as Item, table)
    : tools.validateKey(key as Item, table);
  if (fault) throw converted(fault);
  return `item-${table.TableName}~${tools.createKey((item ?? key) as Item, table)}`;
}
