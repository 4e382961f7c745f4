import { createRequire } from 'node:module';

import { isObject, type JsonObject } from '../json.ts';

/** An item or a key in DynamoDB's JSON: `{ amount: { N: '9000' } }`. */
export type Item = Readonly<Record<string, JsonObject>>;

/** The used fields of a table's definition, which dynalite stores in the form of its answer. */
export interface Table {
  readonly TableName: string;
  readonly TableStatus: string;
  readonly CreationDateTime: number;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly LatestStreamArn?: string;
  readonly LatestStreamLabel?: string;
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
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

/** The used methods of dynalite's LevelDB. */
interface Database {
  readonly open: () => Promise<void>;
  readonly get: (key: string) => Promise<unknown>;
  /** All of it or nothing, also after a `kill -9`: LevelDB writes it as one record with a checksum. */
  readonly batch: (operations: readonly BatchOperation[]) => Promise<void>;
  readonly clear: (range: Range) => Promise<void>;
  readonly iterator: (range: Range) => AsyncIterable<readonly [string, unknown]>;
  readonly close: () => Promise<void>;
}

/** The store that dynalite's actions use. */
export interface Store {
  readonly db: Database;
  readonly tableDb: { awsRegion: string; readonly awsAccountId: string };
  readonly getTable: (name: string, ...rest: [boolean, Callback<Table>] | [Callback<Table>]) => void;
  readonly getItemDb: (table: string) => Part;
  readonly getIndexDb: (kind: string, table: string, index: string) => Part;
}

/** How dynalite describes the members of a request. */
export type Types = Readonly<Record<string, unknown>>;

interface DynaliteError extends Error {
  readonly body: JsonObject;
}

interface Validations {
  readonly checkTypes: (data: JsonObject, types: Types) => JsonObject;
  readonly checkValidations: (data: JsonObject, types: Types, custom: undefined, store: Store) => void;
}

interface DatabaseTools {
  readonly create: (options: {
    readonly path?: string;
    readonly createTableMs: number;
    readonly deleteTableMs: number;
  }) => Store;
  readonly createKey: (item: Item, table: Table) => string;
  readonly validateKey: (key: Item, table: Table) => DynaliteError | undefined;
  readonly validateItem: (item: Item, table: Table) => DynaliteError | undefined;
}

/** One operation of dynalite's. */
interface Played {
  readonly types: Types;
  /** @returns what is wrong; parses the expressions into `_condition` and `_updates` */
  readonly custom?: (data: JsonObject, store: Store) => string | undefined;
  readonly act: (store: Store, data: JsonObject, callback: Callback<JsonObject>) => void;
}

const load = createRequire(import.meta.url);
// dynalite has no types; these describe the version that package.json pins.
const tools = load('dynalite/db') as DatabaseTools;
const validations = load('dynalite/validations') as Validations;

/** The operations that dynalite plays. */
export const OPERATIONS: readonly string[] = (
  'BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable DescribeTimeToLive GetItem ListTables ' +
  'ListTagsOfResource PutItem Query Scan TagResource UntagResource UpdateItem UpdateTable'
).split(' ');

const PLAYED = new Map(
  OPERATIONS.map((operation): [string, Played] => {
    const file = operation.charAt(0).toLowerCase() + operation.slice(1);
    const validation = load(`dynalite/validations/${file}`) as Omit<Played, 'act'>;
    return [operation, { ...validation, act: load(`dynalite/actions/${file}`) as Played['act'] }];
  }),
);

function played(operation: string): Played {
  const found = PLAYED.get(operation);
  if (found === undefined) throw new Error(`Bug: dynalite does not play ${operation}`);
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
function told(error: unknown): unknown {
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
    throw told(error);
  }
}

export function typesOf(operation: string): Types {
  return played(operation).types;
}

/** Validates a request by itself and parses its expressions: what `act` takes. @throws DynamoDbError */
export function parsed(operation: string, data: JsonObject, store: Store): JsonObject {
  const copy = { ...data };
  const fault = played(operation).custom?.(copy, store);
  if (fault) throw validationError(fault);
  return copy;
}

/** @throws DynamoDbError */
export function act(operation: string, data: JsonObject, store: Store): Promise<JsonObject> {
  return called<JsonObject>((callback) => played(operation).act(store, data, callback));
}

/** @throws DynamoDbError when there is no such table */
export function tableOf(store: Store, name: unknown): Promise<Table> {
  return called<Table>((callback) => store.getTable(String(name), true, callback));
}

function called<Value>(call: (callback: Callback<Value>) => void): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  call((error, value) => {
    if (error) reject(told(error));
    else resolve(value as Value);
  });
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
  if (fault) throw told(fault);
  return `item-${table.TableName}~${tools.createKey((item ?? key) as Item, table)}`;
}
