import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, test } from 'vitest';
import { startService, type Service } from '../support/service.ts';
import { medianRatio } from './ratio.ts';

/**
 * What the protocol costs beyond what nobody can do without: one read, two conditional writes, one call of the provider.
 * Both in the same run against the same emulators, because the machine is noisy.
 */
let service: Service;
let order = 0;
const next = async (): Promise<void> => {
  order += 1;
  await service.order(`bench-${order}`);
};

async function bareCancel(authorization: string): Promise<void> {
  const { documents, name: TableName } = service.table;
  const Key = { merchant_uid: `bench-${order}` };
  const touch = new UpdateCommand({
    TableName,
    Key,
    UpdateExpression: 'SET touched = :now',
    ConditionExpression: 'attribute_exists(merchant_uid)',
    ExpressionAttributeValues: { ':now': order },
  });
  await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  await documents.send(touch);
  const body = JSON.stringify({
    imp_uid: `imp_bench-${order}`,
    amount: 1_000,
    checksum: 10_000,
    reason: 'size',
  });
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${service.simulator.url}/payments/cancel`, { method: 'POST', headers, body });
  await answer.json();
  await documents.send(touch);
}

async function token(): Promise<string> {
  const credentials = JSON.stringify({ imp_key: 'key-1', imp_secret: 'SECRET-MARK-1' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${service.simulator.url}/users/getToken`, {
    method: 'POST',
    headers,
    body: credentials,
  });
  const { response } = (await answer.json()) as { readonly response: { readonly access_token: string } };
  return response.access_token;
}

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => service.end());

test('a refund, warm', { timeout: 120_000 }, async ({ bench }) => {
  const authorization = await token();
  const results = await bench.compare(
    bench('the service', { beforeEach: next }, async () => {
      await service.cancel({ merchant_uid: `bench-${order}`, cancel_request_amount: 1_000, reason: 'size' });
    }),
    bench('one read, two writes, one call', { beforeEach: next }, async () => bareCancel(authorization)),
    { iterations: 300 },
  );
  medianRatio(results, 'the service', 'one read, two writes, one call');
});
