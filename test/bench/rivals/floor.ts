import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import {
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Asked } from '../stub-process.ts';

/**
 * The floor: the recorded calls of the service, sent again by the same SDK clients and by node, with the same concurrency.
 * Nothing is read, decided, checked or logged; only the order number is filled in.
 */
/** One order's calls by purpose. */
export interface Recorded {
  readonly merchantUid: string;
  readonly secret: Asked;
  readonly token: Asked;
  readonly firstRead: Asked;
  readonly reads: readonly Asked[];
  readonly look: Asked;
  readonly claim: Asked;
  readonly owner: Asked;
  readonly cancel: Asked;
  readonly settlement: Asked;
}

const recorded = JSON.parse(readFileSync(process.env['RECORDED_CALLS'] ?? '', 'utf8')) as Recorded;
const tables = new DynamoDBClient({});
const secrets = new SecretsManagerClient({});
const agent = new Agent({ keepAlive: true });
const api = process.env['IAMPORT_API_URL'] ?? '';

async function toProvider({ method, url, body }: Asked): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { authorization: 'Bearer token', 'content-type': 'application/json' };
  const call = request(`${api}${url}`, { agent, method, headers }, (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => (text += chunk));
    answer.on('end', () => resolve(text));
  });
  call.on('error', reject);
  call.end(body === '' ? undefined : body);
  return promise;
}

async function sent(asked: Asked): Promise<unknown> {
  const [, action = ''] = asked.target.split('.');
  if (action === '') return toProvider(asked);
  const input = JSON.parse(asked.body) as never;
  switch (action) {
    case 'GetSecretValue':
      return secrets.send(new GetSecretValueCommand(input));
    case 'GetItem':
      return tables.send(new GetItemCommand(input));
    case 'Query':
      return tables.send(new QueryCommand(input));
    case 'TransactWriteItems':
      return tables.send(new TransactWriteItemsCommand(input));
    default:
      throw new Error(`the floor does not know ${action}`);
  }
}

// As the service does at its start.
await Promise.all([sent(recorded.firstRead), sent(recorded.secret).then(async () => sent(recorded.token))]);

export async function handler(event: { readonly body: string }): Promise<object> {
  const { merchant_uid } = JSON.parse(event.body) as { readonly merchant_uid: string };
  const again = async ({ body, url, ...asked }: Asked) =>
    sent({
      ...asked,
      url: url.replace(recorded.merchantUid, merchant_uid),
      body: body.replaceAll(recorded.merchantUid, merchant_uid),
    });
  await Promise.all(recorded.reads.map(again));
  // The owner is read again after the claim, and the look runs in parallel with both.
  await Promise.all([again(recorded.look), again(recorded.claim).then(async () => again(recorded.owner))]);
  await again(recorded.cancel);
  await again(recorded.settlement);
  return { statusCode: 200 };
}
