import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createServer } from 'node:net';
import { serverProcess, type ServerProcess } from './server-process.ts';

export const REGION = 'ap-northeast-2';
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

const PROGRAMS = {
  moto: (port: number) => [`${process.env['PYTHON_TOOLS']}/moto_server`, '-H', '127.0.0.1', '-p', `${port}`],
  dynoxide: (port: number) => [`${process.env['DYNOXIDE']}`, 'serve', '--port', `${port}`],
} as const satisfies Record<string, (port: number) => readonly [string, ...string[]]>;
export type JudgeName = keyof typeof PROGRAMS;

/** The other DynamoDB implementations that this machine has. */
export const JUDGES: readonly JudgeName[] = [
  ...(process.env['PYTHON_TOOLS'] ? (['moto'] as const) : []),
  ...(process.env['DYNOXIDE'] ? (['dynoxide'] as const) : []),
];

export interface Judge {
  readonly url: string;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  /** Resolves once it can be used. */
  readonly createTable: (definition: CreateTableCommandInput) => Promise<void>;
  readonly end: () => Promise<void>;
}

export async function startJudge(name: JudgeName): Promise<Judge> {
  const [program, ...args] = PROGRAMS[name](await freePort());
  const server: ServerProcess = await serverProcess(program, args);
  // One attempt: an answer that the SDK would retry is a result here.
  const settings = { endpoint: server.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 };
  const client = new DynamoDBClient(settings);
  return {
    url: server.url,
    client,
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    createTable: async (definition) => {
      await client.send(new CreateTableCommand(definition));
      const patience = { client, minDelay: 0.1, maxDelay: 1, maxWaitTime: 60 };
      await waitUntilTableExists(patience, { TableName: definition.TableName });
    },
    end: async () => {
      client.destroy();
      await server.end();
    },
  };
}

/** dynoxide prints the requested port, so 0 would not show the real one. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('Bug: a TCP server has a port');
  return address.port;
}
