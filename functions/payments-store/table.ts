import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { StoreError } from '../protocol/store-error.ts';

/** The one table, and the client that reaches it. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** @throws StoreError naming what was done, the table and the cause */
export async function reaching<T>(table: Table, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeError(table, what, error);
  }
}

const Refused = v.object({
  $fault: v.literal('client'),
  $metadata: v.object({ attempts: v.optional(v.number(), 1), httpStatusCode: v.number() }),
});

/** Only a first try that the service itself refused is known not to have been applied. */
export function storeError({ name }: Table, what: string, error: unknown): StoreError {
  const refused = v.safeParse(Refused, error);
  const mayHaveBeenApplied = !(refused.success && refused.output.$metadata.attempts <= 1);
  const cause = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
  return new StoreError(`${what} in table ${name}: ${cause}`, { mayHaveBeenApplied, cause: error });
}
