import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';

/**
 * The SDK-only handler: the calls that a refund needs, with minimal content, with the SDK's clients and the
 * platform's `fetch`, created and bundled in the usual way. Nothing is decided, checked, stored or logged.
 */
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secrets = new SecretsManagerClient({});
const orders = process.env['ORDERS_TABLE_NAME'];
const ledger = process.env['LEDGER_TABLE_NAME'];
const api = process.env['IAMPORT_API_URL'] ?? '';

let token: Promise<string> | undefined;

async function newToken(): Promise<string> {
  const { SecretString } = await secrets.send(
    new GetSecretValueCommand({ SecretId: process.env['IAMPORT_SECRET_ID'] }),
  );
  const { response } = await call('/users/getToken', 'POST', SecretString);
  return String(response['access_token']);
}

async function call(path: string, method: string, body?: string, authorization = '') {
  const headers = { 'content-type': 'application/json', authorization };
  const answer = await fetch(`${api}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  return (await answer.json()) as { readonly response: Readonly<Record<string, unknown>> };
}

export async function handler(event: { readonly body: string }): Promise<object> {
  const { merchant_uid: merchantUid, cancel_request_amount: amount } = JSON.parse(event.body) as {
    readonly merchant_uid: string;
    readonly cancel_request_amount: number;
  };
  token ??= newToken();
  const partition = `order#${merchantUid}`;
  const order = new GetCommand({
    TableName: orders,
    Key: { merchant_uid: merchantUid },
    ConsistentRead: true,
  });
  const payments = new QueryCommand({
    TableName: ledger,
    KeyConditionExpression: 'pk = :partition',
    ExpressionAttributeValues: { ':partition': partition },
    ConsistentRead: true,
  });
  const [{ Items = [] }] = await Promise.all([documents.send(payments), documents.send(order)]);
  const impUid = String(Items[0]?.['imp_uid']);
  const touch = async () =>
    documents.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Update: {
              TableName: ledger,
              Key: { pk: partition, sk: `payment#${impUid}` },
              UpdateExpression: 'SET touched = :now',
              ConditionExpression: 'attribute_exists(pk)',
              ExpressionAttributeValues: { ':now': 1 },
            },
          },
          { Put: { TableName: ledger, Item: { pk: partition, sk: `refund#${impUid}` } } },
        ],
      }),
    );
  const looked = async (): Promise<string> => {
    const bearer = `Bearer ${await token}`;
    await call(`/payments/${impUid}`, 'GET', undefined, bearer);
    return bearer;
  };
  // As in the protocol, the look runs in parallel with the claim.
  const [bearer] = await Promise.all([looked(), touch()]);
  await documents.send(order);
  const body = JSON.stringify({ imp_uid: impUid, amount, checksum: 10_000, reason: 'size' });
  const { response } = await call('/payments/cancel', 'POST', body, bearer);
  await touch();
  return { statusCode: 200, body: JSON.stringify({ cancel_amount: response['cancel_amount'] }) };
}
