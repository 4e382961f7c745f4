import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionInProgressException,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { StoreError } from '../protocol/write.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { keysOf, LEDGER_TABLE } from './keys.ts';
import type { Change, Condition, Item, Outcome, Query, Table, Transaction, Update } from './table.ts';

export interface DynamoDbTable {
  /** For reads and the service's own items. */
  readonly client: DynamoDBClient;
  /**
   * For transactions. With `maxAttempts: 1` a throttle is known as one: after a try with a lost answer, a later refusal says
   * nothing about the first. The protocol itself repeats writes.
   */
  readonly writes: DynamoDBClient;
  readonly name: string;
}

/** The ledger's table in DynamoDB. */
export function dynamoDbTable({ client, writes, name }: DynamoDbTable): Table {
  const documents = documentsOf(client);
  const transactions = documentsOf(writes);
  return {
    async get({ pk, sk }) {
      const command = new GetCommand({ TableName: name, Key: { pk, sk }, ConsistentRead: true });
      const { Item: item } = await reading(`read ${pk.split('#', 1)[0]}`, name, async () =>
        documents.send(command),
      );
      return item;
    },
    query: async (query) =>
      reading(`query ${query.index ?? 'items'}`, name, async () => all(documents, name, query)),
    transact: async (transaction) => transact(transactions, name, transaction),
    async change(what, update) {
      try {
        await documents.send(new UpdateCommand(updateOf(update, name)));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw storeError(what, name, error);
      }
    },
  };
}

function documentsOf(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** Reads page after page, up to the requested number. */
async function all(
  client: DynamoDBDocumentClient,
  name: string,
  { index, partition, between, descending = false, limit }: Query,
): Promise<readonly Item[]> {
  const [first, last] = between ?? [];
  const isRange = first !== undefined && last !== undefined;
  // DynamoDB refuses a range whose end is before its start.
  if (isRange && first > last) return [];
  const { partitionKey, sortKey = '' } = keysOf(index);
  const query = {
    TableName: name,
    IndexName: index,
    KeyConditionExpression: `#partition = :partition${isRange ? ' AND #sort BETWEEN :first AND :last' : ''}`,
    ExpressionAttributeNames: { '#partition': partitionKey, ...(isRange ? { '#sort': sortKey } : {}) },
    ExpressionAttributeValues: {
      ':partition': partition,
      ...(isRange ? { ':first': first, ':last': last } : {}),
    },
    ConsistentRead: !LEDGER_TABLE.globalIndexes.some((each) => each.name === index),
    ScanIndexForward: !descending,
  };
  const items: Item[] = [];
  for await (const page of paginateQuery({ client, ...omitMissing({ pageSize: limit }) }, query)) {
    items.push(...(page.Items ?? []));
    if (limit !== undefined && items.length >= limit) break;
  }
  return items.slice(0, limit);
}

const OPERATORS = { equals: '=', below: '<', at_most: '<=' } as const;

/**
 * Condition and update of one item. Every name is a placeholder (`status`, `reason` and others are reserved words), and every
 * value, too, so that one kind of write always has the same texts.
 */
function expressionsOf(change: Change) {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name = (attribute: string): string => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value = (placeholder: string, stored: unknown): string => {
    values[`:${placeholder}`] = stored;
    return `:${placeholder}`;
  };
  const textOf = (condition: Condition): string => {
    if (condition.test === 'any') return `(${condition.of.map(textOf).join(' OR ')})`;
    const attribute = name(condition.attribute);
    if (condition.test === 'absent') return `attribute_not_exists(${attribute})`;
    // Numbered, because one attribute may be compared with several values.
    const compared = value(`${condition.attribute}_${Object.keys(values).length + 1}`, condition.value);
    return `${attribute} ${OPERATORS[condition.test]} ${compared}`;
  };
  const condition = Object.values(change.when).map(textOf).join(' AND ');
  const { set = {}, remove = [], add = {} }: Partial<Update> = 'put' in change ? {} : change;
  const clauses = {
    SET: Object.entries(set).map((each) => `${name(each[0])} = ${value(...each)}`),
    REMOVE: remove.map(name),
    ADD: Object.entries(add).map((each) => `${name(each[0])} ${value(...each)}`),
  };
  const update = Object.entries(clauses)
    .filter(([, parts]) => parts.length > 0)
    .map(([clause, parts]) => `${clause} ${parts.join(', ')}`)
    .join(' ');
  const expressions = {
    ConditionExpression: condition === '' ? undefined : condition,
    ExpressionAttributeNames: unlessEmpty(names),
    ExpressionAttributeValues: unlessEmpty(values),
  };
  return { expressions, update };
}

/** DynamoDB refuses an empty map. */
function unlessEmpty<T extends object>(map: T): T | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

function updateOf(change: Update, name: string) {
  const { expressions, update } = expressionsOf(change);
  return { TableName: name, Key: { ...change.key }, ...expressions, UpdateExpression: update };
}

async function transact(
  client: DynamoDBDocumentClient,
  name: string,
  { what, changes, token }: Transaction,
): Promise<Outcome> {
  const TransactItems = changes.map((change) =>
    'put' in change
      ? { Put: { TableName: name, Item: change.put, ...expressionsOf(change).expressions } }
      : { Update: updateOf(change, name) },
  );
  try {
    await client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: token }));
    return 'applied';
  } catch (error) {
    if (isRefused(error)) return 'refused';
    throw storeError(what, name, error);
  }
}

/** A condition failed, and there was no other reason. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = new Set(error.CancellationReasons?.map(({ Code }) => Code));
  codes.delete('None');
  return codes.size === 1 && codes.has('ConditionalCheckFailed');
}

/** A read changes nothing, so any failure is known as not applied. */
export async function reading<T>(what: string, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new StoreError(messageOf(what, name, cause), { isKnownNotApplied: true, cause });
  }
}

/** Only our own request can be wrong, e.g. one token for two transactions: repeating it does not help. */
const OUR_FAULT: ReadonlySet<string> = new Set([
  'ValidationException',
  'ValidationError',
  'IdempotentParameterMismatchException',
]);

function storeError(what: string, name: string, error: unknown): Error {
  const message = messageOf(what, name, error);
  const codes = codesOf(error);
  if (codes.some((code) => OUR_FAULT.has(code))) return new Error(`Bug: ${message}`, { cause: error });
  const isKnownNotApplied = isRefusalOfTheOnlyTry(error);
  const isConflict = isKnownNotApplied && codes.includes('TransactionConflict');
  return new StoreError(message, { isKnownNotApplied, isConflict, cause: error });
}

/** The error's name, and the reason of each item of a transaction. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
  return [error.name, ...reasons.flatMap(({ Code }) => Code ?? [])];
}

/**
 * The table itself refused (throttle, conflict, no right, no key, no table), and no try came before: the result of a lost try is
 * unknown. "Transaction in progress" is not an answer yet.
 */
function isRefusalOfTheOnlyTry(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TransactionInProgressException) return false;
  const { $metadata } = error as { readonly $metadata?: { attempts?: number; httpStatusCode?: number } };
  const { attempts, httpStatusCode = 0 } = $metadata ?? {};
  // For an error that the SDK does not know, `$fault` tells a client error, even when the status differs.
  return attempts === 1 && httpStatusCode >= 400 && httpStatusCode < 500;
}

function messageOf(what: string, name: string, error: unknown): string {
  const [code = 'unknown error', ...reasons] = codesOf(error);
  const why = reasons.length === 0 ? (error instanceof Error ? error.message : '') : reasons.join(', ');
  return `${what} in table ${name}: ${code}: ${why}`;
}
