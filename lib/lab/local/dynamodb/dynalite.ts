import { createRequire } from 'node:module';

import { isObject, type JsonObject } from '../json.ts';

/** An item or a key in DynamoDB's JSON: `{ amount: { N: '9000' } }`. */
export type Item = Readonly<Record<string, JsonObject>>;

/** What is used of a table's definition, which dynalite keeps as it answers it. */
export interface Table {
  readonly TableName: string;
  readonly TableStatus: string;
  readonly TableArn: string;
  readonly CreationDateTime: number;
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly LatestStreamArn?: string;
  readonly LatestStreamLabel?: string;
}

export interface Index {
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

/** The LevelDB that dynalite keeps everything in, with what is used of it. */
export interface Database {
  readonly open: () => Promise<void>;
  readonly get: (key: string) => Promise<unknown>;
  /** All of one moment. */
  readonly getMany: (keys: readonly string[]) => Promise<readonly unknown[]>;
  /** All of it or nothing, also after a `kill -9`: LevelDB writes it as one record with a checksum. */
  readonly batch: (operations: readonly BatchOperation[]) => Promise<void>;
  readonly clear: (range: Range) => Promise<void>;
  readonly iterator: (range: Range) => AsyncIterable<readonly [string, unknown]>;
  readonly close: () => Promise<void>;
}

/** What dynalite's actions work on. */
export interface Store {
  readonly db: Database;
  readonly options: { readonly maxItemSize: number };
  readonly tableDb: { awsRegion: string; readonly awsAccountId: string };
  readonly getTable: (name: string, checkStatus: boolean, callback: Callback<Table>) => void;
  readonly getItemDb: (table: string) => Part;
  readonly getIndexDb: (kind: string, table: string, index: string) => Part;
}

/** How dynalite describes the members of a request. */
export type Types = Readonly<Record<string, unknown>>;

interface Validation {
  readonly types: Types;
  /** @returns what is wrong; parses the expressions into `_condition` and `_updates` */
  readonly custom?: (data: JsonObject, store: Store) => string | undefined;
}

interface DynaliteError extends Error {
  readonly statusCode: number;
  readonly body: JsonObject;
}

interface Validations {
  readonly checkTypes: (data: JsonObject, types: Types) => JsonObject;
  readonly checkValidations: (
    data: JsonObject,
    types: Types,
    custom: Validation['custom'],
    store: Store,
  ) => void;
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

type Action = (store: Store, data: JsonObject, callback: Callback<JsonObject>) => void;

const load = createRequire(import.meta.url);
// dynalite brings no types; these are those of the version that package.json pins.
const tools = load('dynalite/db') as DatabaseTools;
const validations = load('dynalite/validations') as Validations;

/** The operations that dynalite plays, as its server lists them. */
export const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'ListTagsOfResource',
  'UpdateItem',
  'UpdateTable',
] as const;
export type Operation = (typeof OPERATIONS)[number];

const actions = Object.fromEntries(
  OPERATIONS.map((operation) => [operation, load(`dynalite/actions/${fileOf(operation)}`)]),
) as Readonly<Record<Operation, Action>>;
const checks = Object.fromEntries(
  OPERATIONS.map((operation) => [operation, load(`dynalite/validations/${fileOf(operation)}`)]),
) as Readonly<Record<Operation, Validation>>;

function fileOf(operation: string): string {
  return operation.charAt(0).toLowerCase() + operation.slice(1);
}

/** What the service answers instead of a result. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';
  readonly body: JsonObject;

  constructor(body: JsonObject) {
    super(String(body['message'] ?? body['Message']));
    this.body = body;
  }

  /** `ConditionalCheckFailedException`, without whose word it is. */
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

/** An error of dynalite's that the caller is to be told as ours; every other as it is. */
function told(error: unknown): unknown {
  return error instanceof Error && 'statusCode' in error && 'body' in error && isObject(error.body)
    ? new DynamoDbError(error.body)
    : error;
}

/** @param directory in memory when it is undefined */
export function createStore(directory: string | undefined, region: string): Store {
  const store = tools.create({
    ...(directory !== undefined && { path: directory }),
    createTableMs: 0,
    deleteTableMs: 0,
  });
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

export function typesOf(operation: Operation): Types {
  return checks[operation].types;
}

/** Judges what a request says of itself, and parses its expressions: what the action works on. @throws DynamoDbError */
export function parsed(operation: Operation, data: JsonObject, store: Store): JsonObject {
  const copy = { ...data };
  const fault = checks[operation].custom?.(copy, store);
  if (fault) throw validationError(fault);
  return copy;
}

/** @throws DynamoDbError */
export function act(operation: Operation, store: Store, data: JsonObject): Promise<JsonObject> {
  return called<JsonObject>((callback) => actions[operation](store, data, callback));
}

/** @throws DynamoDbError when there is none, or none yet */
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

/** Bytes of a partition key and of a sort key. dynalite counts characters, of which a Korean one has three bytes. */
const MOST_KEY_BYTES = [2048, 1024] as const;
const TOO_LONG = [
  'Size of hashkey has exceeded the maximum size limit of2048 bytes',
  'Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
] as const;

/** Where an item stands in its table. @throws DynamoDbError when its key is not the table's */
export function keyOf(table: Table, part: { readonly Key: Item } | { readonly Item: Item }): string {
  const fault = 'Key' in part ? tools.validateKey(part.Key, table) : tools.validateItem(part.Item, table);
  if (fault) throw told(fault);
  const item = 'Key' in part ? part.Key : part.Item;
  for (const index of [0, 1] as const) {
    const text = item[table.KeySchema[index]?.AttributeName ?? '']?.['S'];
    if (typeof text === 'string' && Buffer.byteLength(text) > MOST_KEY_BYTES[index]) {
      throw validationError(`One or more parameter values were invalid: ${TOO_LONG[index]}`);
    }
  }
  return tools.createKey(item, table);
}
