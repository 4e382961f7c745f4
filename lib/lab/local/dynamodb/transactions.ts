import { createHash } from 'node:crypto';

import { isObject, type JsonObject } from '../json.ts';
import {
  type BatchOperation,
  DynamoDbError,
  dynamoDbError,
  parsed,
  type Store,
  type Types,
  validationError,
} from './dynalite.ts';
import type { Operation } from './streams.ts';
import { memberTypes, type Outcome, type Write, type Writes } from './writes.ts';

/** The single request that corresponds to an action of a transaction. */
const ACTIONS = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'DeleteItem',
} as const;

const TRANSACTION_TYPES: Types = {
  TransactItems: {
    type: 'List',
    notNull: true,
    lengthGreaterThanOrEqual: 1,
    lengthLessThanOrEqual: 100,
    children: {
      type: 'ValueStruct<TransactItem>',
      children: Object.fromEntries(
        Object.entries(ACTIONS).map(([name, operation]) => [
          name,
          { type: `FieldStruct<${operation}>`, children: memberTypes(operation) },
        ]),
      ),
    },
  },
  ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export function transactWriteItems(store: Store, writes: Writes, now: () => number): Operation {
  const once = createTokens(store, now);
  const twice = 'Transaction request cannot include multiple operations on one item';
  return {
    types: TRANSACTION_TYPES,
    run: async ({ TransactItems: items, ClientRequestToken: token }) =>
      once(token, items, async (alongside) => {
        const each = (items as readonly JsonObject[]).map((item) => onlyAction(item, store));
        const outcomes = await writes.carryOut(each, { twice, isTransaction: true, alongside });
        const reasons = outcomes.map(reasonOf);
        if (reasons.every(({ Code }) => Code === 'None')) return {};
        throw new DynamoDbError({
          __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
          Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
          CancellationReasons: reasons,
        });
      }),
  };
}

function onlyAction(item: JsonObject, store: Store): Write {
  const [action, ...others] = Object.entries(ACTIONS).filter(([name]) => item[name] !== undefined);
  if (action === undefined || others.length > 0)
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  const [name, operation] = action;
  const data = parsed(operation, item[name] as JsonObject, store);
  return { operation, data, isCheck: name === 'ConditionCheck' };
}

function reasonOf(outcome: Outcome): JsonObject & { readonly Code: string } {
  if (!(outcome instanceof DynamoDbError)) return { Code: 'None' };
  const { code, body, message: Message } = outcome;
  if (code === 'ValidationException') return { Code: 'ValidationError', Message };
  const told = { Message, ...('Item' in body && { Item: body['Item'] }) };
  return { Code: code.replace(/Exception$/, ''), ...told };
}

const TOKEN_LIFE_MS = 10 * 60 * 1000;
const TOKENS = { gte: 'token~', lt: 'token\u007f' };

/** The same token asks for the same transaction: it is applied once within ten minutes. A cancelled one leaves no token. */
function createTokens({ db }: Store, now: () => number) {
  const running = new Set<string>();
  return async (
    token: unknown,
    request: unknown,
    apply: (alongside: readonly BatchOperation[]) => Promise<JsonObject>,
  ): Promise<JsonObject> => {
    if (typeof token !== 'string') return apply([]);
    if (running.has(token)) {
      throw dynamoDbError('TransactionInProgressException', 'The transaction is already in progress.');
    }
    running.add(token);
    try {
      const key = `${TOKENS.gte}${token}`;
      const hash = createHash('sha256').update(JSON.stringify(request)).digest('base64');
      const kept = await db.get(key);
      if (!isObject(kept) || now() >= Number(kept['untilMs'])) {
        return await apply([{ type: 'put', key, value: { hash, untilMs: now() + TOKEN_LIFE_MS } }]);
      }
      if (kept['hash'] === hash) return {};
      throw dynamoDbError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request.',
      );
    } finally {
      running.delete(token);
    }
  };
}

/** Deletes the expired tokens. */
export async function dropOldTokens({ db }: Store, nowMs: number): Promise<void> {
  for await (const [key, kept] of db.iterator(TOKENS)) {
    if (isObject(kept) && nowMs >= Number(kept['untilMs'])) await db.batch([{ type: 'del', key }]);
  }
}
