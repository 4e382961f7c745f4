import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isObject } from '../../../lib/lab/local/json.ts';
import { LEDGER, ORDERS } from './dynamodb-world.ts';

/** A request to DynamoDB. */
export type Ask = (documents: DynamoDBDocumentClient) => Promise<object>;

/** The parts of the answer that a caller uses; they are the same for every DynamoDB. */
export type Told = Readonly<Record<string, unknown>>;

export const DONE: Told = {};
export const INVALID: Told = { error: 'ValidationException' };
export const FAILED: Told = { error: 'ConditionalCheckFailedException' };

/** @param reasons a code, or an object with the code and the item */
export function cancelled(...reasons: readonly unknown[]): Told {
  return { error: 'TransactionCanceledException', reasons };
}

export async function told(documents: DynamoDBDocumentClient, ask: Ask): Promise<Told> {
  try {
    const output = await ask(documents);
    const used = Object.entries(output).filter(([name]) => USED.has(name));
    return Object.fromEntries(used.filter(([, value]) => value !== undefined));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reasons: unknown = Reflect.get(error, 'CancellationReasons');
    const item: unknown = Reflect.get(error, 'Item');
    return {
      error: error.name,
      ...(Array.isArray(reasons) && { reasons: reasons.map(reasonOf) }),
      ...(item !== undefined && { Item: item }),
    };
  }
}

const USED = new Set(['Item', 'Items']);

function reasonOf(reason: unknown): unknown {
  const { Code, Item } = isObject(reason) ? reason : {};
  return Item === undefined ? Code : { Code, Item };
}

const TableName = LEDGER.name;

type Without<Input> = Omit<Input, 'TableName'>;

export function put(item: object, more: Partial<PutCommandInput> = {}): Ask {
  return (documents) => documents.send(new PutCommand({ TableName, Item: { ...item }, ...more }));
}

export function update(input: Without<UpdateCommandInput>): Ask {
  return (documents) => documents.send(new UpdateCommand({ TableName, ...input }));
}

export function remove(input: Without<DeleteCommandInput>): Ask {
  return (documents) => documents.send(new DeleteCommand({ TableName, ...input }));
}

export function query(input: Without<QueryCommandInput>): Ask {
  return (documents) => documents.send(new QueryCommand({ TableName, ...input }));
}

export function batch(requests: NonNullable<BatchWriteCommandInput['RequestItems']>[string]): Ask {
  return (documents) => documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
}

export function get(pk: string, sk = 'a'): Ask {
  const input = { TableName, Key: { pk, sk }, ConsistentRead: true };
  return (documents) => documents.send(new GetCommand(input));
}

export function getOrder(merchantUid: string): Ask {
  const input = { TableName: ORDERS.name, Key: { merchant_uid: merchantUid } };
  return (documents) => documents.send(new GetCommand(input));
}

export type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

export function transact(items: readonly Action[], ClientRequestToken?: string): Ask {
  const input = {
    TransactItems: [...items],
    ...(ClientRequestToken !== undefined && { ClientRequestToken }),
  };
  return (documents) => documents.send(new TransactWriteCommand(input));
}

export function putting(item: object, ConditionExpression?: string): Action {
  return { Put: { TableName, Item: { ...item }, ...(ConditionExpression && { ConditionExpression }) } };
}

/** Adds 1 to the amount of an item, which need not exist. */
export function adding(pk: string, sk = 'a'): Action {
  const ExpressionAttributeValues = { ':one': 1 };
  return {
    Update: { TableName, Key: { pk, sk }, UpdateExpression: 'ADD amount :one', ExpressionAttributeValues },
  };
}

export function checking(Key: Readonly<Record<string, string>>, ConditionExpression: string): Action {
  return { ConditionCheck: { TableName, Key, ConditionExpression } };
}
