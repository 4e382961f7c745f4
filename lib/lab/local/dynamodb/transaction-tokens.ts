import { createHash } from 'node:crypto';

import { isObject, type JsonObject } from '../json.ts';
import { type BatchOperation, dynamoDbError, type Store } from './dynalite.ts';

export interface TransactionTokens {
  /**
   * The same token asks for the same transaction: it is applied once, however often it is sent within ten minutes. One that
   * was cancelled leaves no token.
   * @param apply is given what to write together with what it changes
   * @throws DynamoDbError
   */
  readonly once: (
    token: string,
    request: unknown,
    apply: (alongside: () => readonly BatchOperation[]) => Promise<JsonObject>,
  ) => Promise<JsonObject>;
  /** Drops those that nobody can ask again by. */
  readonly dropOld: () => Promise<void>;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const TOKEN_LIFE_MS = 10 * 60 * 1000;
const KEPT = { gte: 'token~', lt: 'token\u007f' };

export function createTransactionTokens({ db }: Store, now: () => number): TransactionTokens {
  const running = new Map<string, string>();
  return {
    once: async (token, request, apply) => {
      const wanted = fingerprint(request);
      const underWay = running.get(token);
      if (underWay !== undefined) {
        refuseOther(underWay, wanted);
        throw dynamoDbError(
          'TransactionInProgressException',
          'The transaction with the given request token is already in progress.',
        );
      }
      running.set(token, wanted);
      try {
        const key = `${KEPT.gte}${token}`;
        const kept = await db.get(key);
        if (isObject(kept) && now() < Number(kept['untilMs'])) {
          refuseOther(String(kept['request']), wanted);
          return {};
        }
        // The ten minutes begin when it is done.
        return await apply(() => [
          { type: 'put', key, value: { request: wanted, untilMs: now() + TOKEN_LIFE_MS } },
        ]);
      } finally {
        running.delete(token);
      }
    },
    dropOld: async () => {
      for await (const [key, kept] of db.iterator(KEPT)) {
        if (isObject(kept) && now() >= Number(kept['untilMs'])) await db.batch([{ type: 'del', key }]);
      }
    },
  };
}

function refuseOther(before: string, wanted: string): void {
  if (before === wanted) return;
  throw dynamoDbError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request.',
  );
}

/** The same for requests that say the same, in whatever order their members stand. */
function fingerprint(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request, inOrderOfNames)).digest('base64');
}

function inOrderOfNames(_name: string, value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}
