import { createHash, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import ky from 'ky';
import { transport } from '../../../functions/runtime/transport.ts';
import { claimOf, settlementOf, type ProviderPayment, type Refund } from './by-hand-writes.ts';

/**
 * The protocol written by hand for this one request: the same calls by the same SDK, ky and transport, in the same order, in
 * transactions with the same conditions and the same attributes, and one line of log, bundled as the service is. It handles no
 * other case: no replay, no refusal, no doubt, no other currency.
 */
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secrets = new SecretsManagerClient({});
const orders = process.env['ORDERS_TABLE_NAME'];
const ledger = process.env['LEDGER_TABLE_NAME'];
const http = ky.create({
  prefix: process.env['IAMPORT_API_URL'] ?? '',
  retry: 0,
  throwHttpErrors: false,
  fetch: transport(),
});

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
      ProjectionExpression: '#0, #1, #2, #3, #4',
      ExpressionAttributeNames: {
        '#0': 'merchant_uid',
        '#1': 'customer_id',
        '#2': 'amount',
        '#3': 'currency',
        '#4': 'imp_uid',
      },
    });
    return (await documents.send(command)).Item?.['customer_id'] === sub;
  };
  const query = new QueryCommand({
    TableName: ledger,
    KeyConditionExpression: '#pk = :partition AND #sk BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
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
  const refund: Refund = {
    id: `rf_${createHash('sha256').update(`${imp_uid} ${sub} ${key}`).digest('hex').slice(0, 24)}`,
    merchantUid: merchant_uid,
    impUid: imp_uid,
    fingerprint: createHash('sha256').update(event.body).digest('base64url'),
    wish: createHash('sha256').update(`${sub} ${event.body}`).digest('base64url'),
    amount,
    reason,
    sub,
    before,
    checksum: Number(item['amount']) - before,
    nowMs: Date.now(),
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
    reason: `[${refund.id}] ${reason}`,
    enable_webhook: true,
    extra: { requester: 'customer' },
  };
  const told = read(await http.post('payments/cancel', { headers, json, timeout: 20_000 }).text());
  if (told.code !== 0) return { statusCode: 422 };
  const { response } = told;
  await transact(settlementOf(refund, response));
  process.stdout.write(
    `${JSON.stringify({ event: 'cancelled', merchant_uid, refund: refund.id, amount })}\n`,
  );
  return { statusCode: 200, body: JSON.stringify(response) };
}
