import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import axios from 'axios';

/**
 * What i'mport's guide teaches, moved to Lambda as it is: packages in node_modules beside the handler, axios, a new token for
 * each refund, no claim and no look. It is what most shops would deploy.
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
  const granted = await axios.post(`${api}/users/getToken`, JSON.parse(SecretString));
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
  const told = await axios.post(
    `${api}/payments/cancel`,
    { reason, imp_uid, amount: cancel_request_amount, checksum: cancelableAmount },
    { headers: { Authorization: granted.data.response.access_token } },
  );
  const { response } = told.data;
  const { Attributes } = await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: `order#${merchant_uid}`, sk: `payment#${imp_uid}` },
      UpdateExpression: 'SET #status = :status, cancel_amount = :cancelled, cancel_history = :history',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':status': response.status,
        ':cancelled': response.cancel_amount,
        ':history': response.cancel_history,
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return { statusCode: 200, body: JSON.stringify(Attributes) };
}
