import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { documentClient } from '../../../functions/payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../../../functions/payments-store/dynamodb-payments-store.ts';
import { StoreError } from '../../../functions/protocol/store-error.ts';
import { samplePayment, samplePending } from '../../support/samples.ts';
import { tableForTests } from '../../support/table-for-tests.ts';

const claim = { kind: 'claim', payment: samplePayment(), pending: samplePending(), evict: [] } as const;

const table = await tableForTests();

async function errorOf(call: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error('a StoreError was expected', { cause: error });
  return error;
}

function unreachable(): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  // Nothing listens on port 1.
  return new DynamoDBClient({ endpoint: 'http://127.0.0.1:1', region: 'x', credentials, maxAttempts: 1 });
}

describe('a table that cannot be reached', () => {
  const store = () =>
    dynamoDbPaymentsStore(documentClient(unreachable()), { tableName: 'my-payments', shards: 1 });

  it('may have applied a write', async () => {
    expect((await errorOf(store().write(claim))).mayHaveBeenApplied).toBe(true);
  });

  it.each([
    ['write', () => store().write(claim)],
    ['order', () => store().order('1')],
    ['ordersOf', () => store().ordersOf('imp_1')],
    ['openRefunds', () => store().openRefunds({ shard: 0, dueMs: 0, limit: 1 })],
    ['postpone', () => store().postpone({ ...claim.payment, resolveAtMs: 0 }, 1)],
    ['reconciliation', () => store().reconciliation()],
    ['saveReconciliation', () => store().saveReconciliation({ version: 1, positions: {}, last: {} })],
  ])('is told by its name and with the cause: %s', async (_what, call) => {
    const error = await errorOf(call());
    expect(error.message).toContain('in table my-payments: ');
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe('a write that the service refused', () => {
  it.each([
    ['at its only try was not applied', 1, 400, 'client', false],
    // The first try may have been applied, and its answer lost.
    ['at its second try may have been applied', 2, 400, 'client', true],
    ['with a fault of its own may have been applied', 1, 500, 'server', true],
  ] as const)('%s', async (_what, attempts, httpStatusCode, $fault, mayHaveBeenApplied) => {
    const refusal = Object.assign(new Error('no'), { $fault, $metadata: { attempts, httpStatusCode } });
    const client = { send: async () => Promise.reject(refusal) } as unknown as DynamoDBDocumentClient;
    const store = dynamoDbPaymentsStore(client, { tableName: 'payments', shards: 1 });
    expect(await errorOf(store.write(claim))).toMatchObject({ mayHaveBeenApplied, cause: refusal });
  });
});

describe('a table that is not there', () => {
  it('has refused the write itself: it was not applied, and is told by its name', async () => {
    const store = dynamoDbPaymentsStore(table.documents, { tableName: 'another', shards: 1 });
    const error = await errorOf(store.write(claim));
    expect(error.mayHaveBeenApplied).toBe(false);
    expect(error.message).toContain('claim in table another: ResourceNotFoundException');
  });
});
