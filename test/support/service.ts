import { createServer } from 'node:http';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { HttpEvent } from '../../functions/http/http-handler.ts';
import { startIamportSimulator, type IamportSimulator } from '../../lib/lab/simulator/simulator.ts';
import { eventOf, parsed } from '../unit/http/samples.ts';
import { emulatedLedger } from './emulated-ledger.ts';

type Fields = Readonly<Record<string, unknown>>;

interface CallOptions {
  readonly key?: string;
  readonly sub?: string;
  readonly groups?: string;
}

const ORDERS = 'orders';

/**
 * The real handlers with the real ledger on an emulated DynamoDB, and the real client over HTTP against the simulator: the
 * whole service without the gateway and Lambda.
 */
export async function startService(environment: Readonly<Record<string, string>> = {}) {
  const table = await emulatedLedger();
  // Unlike the ledger's it repeats a write: a kept connection may end just when it is used again.
  const shop = new DynamoDBClient({
    endpoint: table.url,
    region: 'ap-northeast-2',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await shop.send(
    new CreateTableCommand({
      TableName: ORDERS,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'merchant_uid', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'merchant_uid', KeyType: 'HASH' }],
    }),
  );
  const simulator = await startIamportSimulator({ impKey: 'key-1', impSecret: 'SECRET-MARK-1' });
  const secrets = await secretsManager((action) => {
    table.actions.push(action);
    table.permissions.push(action);
  });
  const variables = {
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ORDERS_TABLE_NAME: ORDERS,
    LEDGER_TABLE_NAME: table.name,
    IAMPORT_SECRET_ID: 'iamport',
    IAMPORT_API_URL: simulator.url,
    QUIET_PERIOD_SECONDS: '1',
    SERVICE_NAME: 'test',
    WEBHOOK_SOURCE_ADDRESSES: '52.78.100.19',
    ...environment,
  };
  Object.assign(process.env, variables);
  // Entries read their environment when they are loaded, as in Lambda.
  const { handleCancel } = await import('../../functions/cancel-payment.ts');
  const { handleGet } = await import('../../functions/get-payment.ts');
  const { handleWebhook } = await import('../../functions/receive-webhook.ts');
  const { handleResolve } = await import('../../functions/resolve-refunds.ts');
  const { live } = await import('../../functions/runtime/live.ts');
  const { leaseOn } = await import('../../functions/ledger/service-items.ts');
  const { world } = live();
  const soonMs = () => Date.now() + 28_000;
  const putOrder = async (name: string, fields: Fields = {}): Promise<void> => {
    const Item = marshall({ merchant_uid: name, customer_id: 'customer', ...fields });
    await shop.send(new PutItemCommand({ TableName: ORDERS, Item }));
  };
  const keyOf = (name: string) => ({ merchantUid: name, impUid: `imp_${name}` });
  return {
    simulator,
    world,
    actions: table.actions,
    permissions: table.permissions,
    /** An environment with empty caches, whose clock may be ahead. */
    cold: (laterMs = 0) => {
      const { world: another, table: ledger } = live();
      return { world: { ...another, now: () => Date.now() + laterMs }, lease: leaseOn(ledger, 'resolver') };
    },
    putOrder,
    /** An order of the customer with one payment of 10,000, known to the ledger. */
    order: async (name: string, fields: Fields = {}, item: Fields = {}) => {
      simulator.addPayment({ imp_uid: `imp_${name}`, merchant_uid: name, amount: 10_000, ...fields });
      await putOrder(name, item);
      await handleWebhook(webhookEvent(name), soonMs(), { sourceAddresses: IAMPORTS, world });
    },
    /** HEAD of an order's payment. */
    payment: async (name: string) => world.ledger.payment(keyOf(name)),
    /** All refund items of the ledger, in order. */
    refunds: async (name: string) => world.ledger.refundsInOrder(keyOf(name), { limit: 100 }),
    cancel: async (body: Fields, { key, sub = 'customer', groups }: CallOptions = {}) => {
      const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
      const event = eventOf({
        claims: { sub, 'cognito:groups': groups },
        headers,
        body: JSON.stringify(body),
      });
      return parsed(await handleCancel(event, soonMs(), world));
    },
    get: async (name: string, { sub = 'customer' }: CallOptions = {}) => {
      const event = eventOf({ claims: { sub }, path: { merchant_uid: name } });
      return parsed(await handleGet(event, soonMs(), world));
    },
    /** A run of the resolver, now or later: then its clock is ahead. */
    resolve: async (laterMs = 0) => {
      const now = () => Date.now() + laterMs;
      return handleResolve({ all: true }, now() + 60_000, { ...world, now });
    },
    rotateSecret: (imp_key: string, imp_secret: string) => {
      secrets.rotate({ imp_key, imp_secret });
      simulator.rotateSecret(imp_key, imp_secret);
      simulator.revokeTokens();
    },
    end: async () => {
      // Other test files of this process, and what they start, must not see them.
      for (const name of Object.keys(variables)) delete process.env[name];
      shop.destroy();
      await simulator.end();
      await table.end();
      await secrets.end();
    },
  };
}

export type Service = Awaited<ReturnType<typeof startService>>;

async function secretsManager(onAction: (action: string) => void) {
  let secret = { imp_key: 'key-1', imp_secret: 'SECRET-MARK-1' };
  const server = createServer((request, response) => {
    onAction(String(request.headers['x-amz-target']).replace('.', ':'));
    request
      .resume()
      .on('end', () =>
        response.end(JSON.stringify({ Name: 'iamport', SecretString: JSON.stringify(secret) })),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Bug: no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    rotate: (next: typeof secret) => {
      secret = next;
    },
    end: async () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export const IAMPORTS: ReadonlySet<string> = new Set(['52.78.100.19']);

/** The webhook of an order's payment. */
export function webhookEvent(name: string): HttpEvent {
  const headers = { 'content-type': 'application/json' };
  return eventOf({ headers, body: JSON.stringify({ imp_uid: `imp_${name}` }), sourceIp: '52.78.100.19' });
}

export function sentCancels(simulator: IamportSimulator, name: string) {
  return simulator.requests.filter(
    ({ path, body }) => path.startsWith('/payments/cancel') && JSON.stringify(body).includes(`"imp_${name}"`),
  );
}
