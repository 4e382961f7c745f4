import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ensureTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import type { TablePlan } from '../../../lib/lab/local/template/plan.ts';
import { startAwsFront, type AwsFront } from './aws-front.ts';
import { CREDENTIALS, REGION } from './judges.ts';
import { serverProcess } from './server-process.ts';

/** DynamoDB and Secrets Manager of moto. */
export interface Moto {
  readonly url: string;
  /** The operations that the role does not allow. */
  readonly denied: AwsFront['denied'];
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  readonly createTable: (plan: TablePlan) => Promise<void>;
  /** Its ARN. */
  readonly createSecret: (name: string, value: string) => Promise<string>;
  readonly end: () => Promise<void>;
}

export async function startMoto(): Promise<Moto> {
  const tools = process.env['PYTHON_TOOLS'] ?? '';
  const server = await serverProcess(`${tools}/moto_server`, ['-H', '127.0.0.1', '-p', '0']);
  const front = await startAwsFront(server.url);
  const settings = { endpoint: front.url, region: REGION, credentials: CREDENTIALS };
  const client = new DynamoDBClient(settings);
  const secrets = new SecretsManagerClient(settings);
  return {
    url: front.url,
    denied: front.denied,
    client,
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    createTable: async (plan) => void (await ensureTable(client, plan, 'a table made twice')),
    createSecret: async (Name, SecretString) =>
      (await secrets.send(new CreateSecretCommand({ Name, SecretString }))).ARN ?? '',
    end: async () => {
      client.destroy();
      secrets.destroy();
      await front.end();
      await server.end();
    },
  };
}
