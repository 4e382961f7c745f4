import { createHash, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import ky from 'ky';
import { transport } from '../../../functions/runtime/transport.ts';

/**
 * The protocol written by hand for this one request: the same calls by the same SDK, ky and transport, in the same order, in
 * transactions with the same conditions and the same attributes, and one line of log, bundled as the service is. It handles no
 * other case: no replay, no refusal, no doubt, no other currency.
 */
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secrets = new SecretsManagerClient({});
const orders = process.env['ORDERS_TABLE_NAME'];
const TableName = process.env['LEDGER_TABLE_NAME'];
const http = ky.create({
  prefix: process.env['IAMPORT_API_URL'] ?? '',
  retry: 0,
  throwHttpErrors: false,
  fetch: transport(),
});

type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>;

interface ProviderPayment extends Readonly<Record<string, unknown>> {
  readonly cancel_amount: number;
  readonly cancel_history: readonly Readonly<Record<string, unknown>>[];
}

interface Answer {
  readonly code: number;
  readonly response: ProviderPayment & { readonly access_token: string };
}

const read = (text: string): Answer => JSON.parse(text) as Answer;

let token: Promise<string> | undefined;

async function newToken(): Promise<string> {
  const { SecretString = '' } = await secrets.send(
    new GetSecretValueCommand({ SecretId: process.env['IAMPORT_SECRET_ID'] }),
  );
  const told = await http.post('users/getToken', { json: JSON.parse(SecretString) }).text();
  return read(told).response.access_token;
}

export async function handler(event: {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly authorizer: { readonly jwt: { readonly claims: { readonly sub: string } } };
  };
}): Promise<object> {
  const { sub } = event.requestContext.authorizer.jwt.claims;
  const {
    merchant_uid,
    cancel_request_amount: amount,
    reason,
  } = JSON.parse(event.body) as {
    readonly merchant_uid: string;
    readonly cancel_request_amount: number;
    readonly reason: string;
  };
  token ??= newToken();
  const ownOrder = async () => {
    const command = new GetCommand({
      TableName: orders,
      Key: { merchant_uid },
      ConsistentRead: true,
      ProjectionExpression: '#merchant_uid, #customer_id, #amount, #currency, #imp_uid',
      ExpressionAttributeNames: namesOf('merchant_uid customer_id amount currency imp_uid'),
    });
    return (await documents.send(command)).Item?.['customer_id'] === sub;
  };
  const query = new QueryCommand({
    TableName,
    KeyConditionExpression: '#pk = :partition AND #sk BETWEEN :first AND :last',
    ExpressionAttributeNames: namesOf('pk sk'),
    ExpressionAttributeValues: {
      ':partition': `order#${merchant_uid}`,
      ':first': 'payment#',
      ':last': 'payment$',
    },
    ConsistentRead: true,
  });
  const [isOwn, { Items: [item] = [] }] = await Promise.all([ownOrder(), documents.send(query)]);
  if (item === undefined || !isOwn) return { statusCode: 404 };
  const { imp_uid, cancel_amount: before } = item as { imp_uid: string; cancel_amount: number };
  const key = event.headers['idempotency-key'] ?? '';
  const nowMs = Date.now();
  const time = String(nowMs).padStart(16, '0');
  const refund_id = `rf_${createHash('sha256').update(`${imp_uid} ${sub} ${key}`).digest('hex').slice(0, 24)}`;
  const refund = {
    pk: `order#${merchant_uid}`,
    sk: `refund#${imp_uid}#${refund_id}`,
    merchant_uid,
    imp_uid,
    refund_id,
    currency: 'KRW',
    gen: 1,
    amount,
    checksum: Number(item['amount']) - before,
    cancelled_before: before,
    fingerprint: createHash('sha256').update(event.body).digest('base64url'),
    wish: createHash('sha256').update(`${sub} ${event.body}`).digest('base64url'),
    passed_on: {},
    reason,
    actor: { kind: 'customer', sub },
    requested_at_ms: nowMs,
    claimed_at_ms: nowMs,
    revision: 0,
    in_order: `${imp_uid}#${time}#${refund_id}`,
    listed_at_ms: nowMs,
    listed_order: `${time}#${refund_id}`,
    day_shard: `${new Date(nowMs + 9 * 3_600_000).toISOString().slice(0, 10)}#1`,
  };
  const transact = async (TransactItems: ReturnType<typeof claimOf>) =>
    documents.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: randomUUID() }));
  const looked = async () => {
    const headers = { authorization: `Bearer ${await token}` };
    const url = `payments/${imp_uid}?include_sandbox=true`;
    const { response } = read(await http.get(url, { headers, timeout: 5_000 }).text());
    return { headers, payment: response };
  };
  const [{ headers, payment }] = await Promise.all([looked(), transact(claimOf(refund))]);
  if (payment.cancel_amount !== before || !(await ownOrder())) return { statusCode: 409 };
  const json = {
    imp_uid,
    amount,
    checksum: refund.checksum,
    reason: `[${refund_id}] ${reason}`,
    enable_webhook: true,
    extra: { requester: 'customer' },
  };
  const told = read(await http.post('payments/cancel', { headers, json, timeout: 20_000 }).text());
  if (told.code !== 0) return { statusCode: 422 };
  const { response } = told;
  await transact(settlementOf(refund, response));
  process.stdout.write(
    `${JSON.stringify({ event: 'cancelled', merchant_uid, refund: refund_id, amount })}\n`,
  );
  return { statusCode: 200, body: JSON.stringify(response) };
}

/** The part of the refund's item that both transactions use. */
interface Refund {
  readonly pk: string;
  readonly imp_uid: string;
  readonly refund_id: string;
  readonly checksum: number;
  readonly cancelled_before: number;
  readonly wish: string;
  readonly claimed_at_ms: number;
}

function headKey({ pk, imp_uid }: Refund) {
  return { pk, sk: `payment#${imp_uid}` };
}

function namesOf(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [`#${name}`, name]));
}

function claimOf(refund: Refund): Writes {
  const { refund_id, wish, cancelled_before: before, claimed_at_ms: nowMs } = refund;
  const head = {
    TableName,
    Key: headKey(refund),
    ConditionExpression:
      'attribute_not_exists(#in_flight) AND #cancel_amount = :before AND #amount = :amount AND #currency = :currency',
    UpdateExpression: 'SET #in_flight = :id, #last_wish = :wish, #rate_limit = :rate_limit',
    ExpressionAttributeNames: namesOf('in_flight cancel_amount amount currency last_wish rate_limit'),
    ExpressionAttributeValues: {
      ':before': before,
      ':amount': refund.checksum + before,
      ':currency': 'KRW',
      ':id': refund_id,
      ':wish': { refund_id, wish, at_ms: nowMs },
      ':rate_limit': { tokens: 9, at_ms: nowMs },
    },
  };
  const item = {
    TableName,
    Item: { ...refund, status: 'requested', resolve_at_ms: nowMs + 10_000, open_shard: 'open#1' },
    ConditionExpression: 'attribute_not_exists(#pk)',
    ExpressionAttributeNames: namesOf('pk'),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  return [{ Update: head }, { Put: item }];
}

function settlementOf(refund: Refund, provider: ProviderPayment): Writes {
  const nowMs = Date.now();
  const entries = provider.cancel_history.filter((each) => String(each['reason']).includes(refund.refund_id));
  const told =
    'status pay_method pg_provider cancel_amount paid_at cancelled_at receipt_url cancel_history'.split(' ');
  const word = {
    ...Object.fromEntries(told.map((name) => [name, provider[name]])),
    is_paid: true,
    sandbox: false,
    held_digest: createHash('sha256').update(refund.refund_id).digest('hex').slice(0, 24),
  };
  const names = Object.keys(word);
  const head = {
    TableName,
    Key: headKey(refund),
    ConditionExpression: '#cancel_amount <= :cancel_amount',
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} REMOVE #in_flight, #cancel_reason`,
    ExpressionAttributeNames: namesOf(`${names.join(' ')} in_flight cancel_reason`),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(word).map(([name, of]) => [`:${name}`, of])),
  };
  const item = {
    TableName,
    Item: {
      ...refund,
      status: 'cancelled',
      finished_at_ms: nowMs,
      decided_by: 'answer',
      attribution: 'tag',
      entries,
      cancelled_at: entries[0]?.['cancelled_at'],
      corrected: false,
      payment_after: {
        cancel_amount: provider.cancel_amount,
        cancelable_amount: refund.checksum + refund.cancelled_before - provider.cancel_amount,
      },
    },
    ConditionExpression: '#status = :requested AND #gen = :gen',
    ExpressionAttributeNames: namesOf('status gen'),
    ExpressionAttributeValues: { ':requested': 'requested', ':gen': 1 },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  return [{ Update: head }, { Put: item }];
}
