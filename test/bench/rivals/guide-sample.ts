import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import axios from 'axios';

/**
 * The sample of i'mport's guide as it is published, moved to Lambda: packages in node_modules beside the handler, axios, a new
 * token for each refund, the whole answer saved, no claim and no look. Only its database is DynamoDB, and the secret a secret.
 */
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const secrets = new SecretsManagerClient({});
const TableName = process.env['LEDGER_TABLE_NAME'];
const api = process.env['IAMPORT_API_URL'] ?? '';

export async function handler(event: { readonly body: string }): Promise<object> {
  const { merchant_uid, reason, cancel_request_amount } = JSON.parse(event.body) as {
    readonly merchant_uid: string;
    readonly reason: string;
    readonly cancel_request_amount: number;
  };
  const { SecretString = '' } = await secrets.send(
    new GetSecretValueCommand({ SecretId: process.env['IAMPORT_SECRET_ID'] }),
  );
  const granted = await axios({
    url: `${api}/users/getToken`,
    method: 'post',
    headers: { 'Content-Type': 'application/json' },
    data: JSON.parse(SecretString) as object,
  });
  const { Items: [payment] = [] } = await documents.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :partition',
      ExpressionAttributeValues: { ':partition': `order#${merchant_uid}` },
    }),
  );
  const { imp_uid, amount, cancel_amount } = payment as Record<string, number>;
  const cancelableAmount = Number(amount) - Number(cancel_amount);
  if (cancelableAmount <= 0) {
    return { statusCode: 400, body: '{"message":"This order has already been fully refunded."}' };
  }
  const told = await axios({
    url: `${api}/payments/cancel`,
    method: 'post',
    headers: { 'Content-Type': 'application/json', Authorization: granted.data.response.access_token },
    data: { reason, imp_uid, amount: cancel_request_amount, checksum: cancelableAmount },
  });
  const { response } = told.data;
  // The whole answer is saved, as the guide does; the keys of an item cannot be set.
  const saved = Object.entries(response).filter(([name]) => name !== 'merchant_uid' && name !== 'imp_uid');
  const { Attributes } = await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: `order#${merchant_uid}`, sk: `payment#${imp_uid}` },
      UpdateExpression: `SET ${saved.map((_, index) => `#${index} = :${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(saved.map(([name], index) => [`#${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(saved.map(([, value], index) => [`:${index}`, value])),
      ReturnValues: 'ALL_NEW',
    }),
  );
  return { statusCode: 200, body: JSON.stringify(Attributes) };
}
