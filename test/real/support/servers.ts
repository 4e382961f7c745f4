import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { ensureTable } from '../../../lib/lab/local/dynamodb/payments-table.ts';
import type { TablePlan } from '../../../lib/lab/local/template/plan.ts';
import { startAwsFront, type AwsFront } from './aws-front.ts';

export const REGION = 'ap-northeast-2';
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A child process that ends with this process, also after a failed test. */
export function endsWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('close', () => children.delete(child));
}

interface ServerProcess {
  readonly url: string;
  readonly end: () => Promise<void>;
}

/** A server program on a free port; ready when it prints its address. @throws with its output otherwise */
async function serverProcess(name: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  endsWithUs(child);
  const ready = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  let said = '';
  const listen = (chunk: Buffer): void => {
    said += chunk.toString();
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\s/.exec(said) ?? [];
    if (url !== undefined) ready.resolve(url);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.once('error', ready.reject);
  child.once('close', () => {
    ready.reject(new Error(`${name} ended:\n${said}`));
    ended.resolve();
  });
  const url = await ready.promise;
  return {
    url,
    end: async () => {
      child.kill();
      await ended.promise;
    },
  };
}

const PROGRAMS = {
  moto: (port: number) => [`${process.env['PYTHON_TOOLS']}/moto_server`, '-H', '127.0.0.1', '-p', `${port}`],
  dynoxide: (port: number) => [`${process.env['DYNOXIDE']}`, 'serve', '--port', `${port}`],
} as const satisfies Record<string, (port: number) => readonly [string, ...string[]]>;
type JudgeName = keyof typeof PROGRAMS;

/** The other DynamoDB implementations that this machine has. */
export const JUDGES: readonly JudgeName[] = [
  ...(process.env['PYTHON_TOOLS'] ? (['moto'] as const) : []),
  ...(process.env['DYNOXIDE'] ? (['dynoxide'] as const) : []),
];

/** A DynamoDB in a process of its own. */
export interface Judge {
  readonly url: string;
  readonly documents: DynamoDBDocumentClient;
  /** Resolves once it can be used. */
  readonly createTable: (plan: TablePlan) => Promise<void>;
  readonly end: () => Promise<void>;
}

export async function startJudge(name: JudgeName): Promise<Judge> {
  const [program, ...args] = PROGRAMS[name](await freePort());
  return judgeAt(await serverProcess(program, args));
}

function judgeAt({ url, end }: ServerProcess): Judge {
  // One attempt: an answer that the SDK would retry is a result here.
  const client = new DynamoDBClient({
    endpoint: url,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  return {
    url,
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    createTable: async (plan) => void (await ensureTable(client, plan, 'a table made twice')),
    end: async () => {
      client.destroy();
      await end();
    },
  };
}

/** dynoxide prints the requested port, so 0 would not show the real one. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** moto as the AWS of the functions. */
export interface Moto extends Judge {
  /** The operations that the role does not allow. */
  readonly denied: AwsFront['denied'];
  /** Its ARN. */
  readonly createSecret: (name: string, value: string) => Promise<string>;
}

export async function startMoto(): Promise<Moto> {
  const server = await startJudge('moto');
  const front = await startAwsFront(server.url);
  const judge = judgeAt(front);
  const secrets = new SecretsManagerClient({
    endpoint: front.url,
    region: REGION,
    credentials: CREDENTIALS,
  });
  return {
    ...judge,
    denied: front.denied,
    createSecret: async (Name, SecretString) =>
      (await secrets.send(new CreateSecretCommand({ Name, SecretString }))).ARN ?? '',
    end: async () => {
      secrets.destroy();
      await judge.end();
      await server.end();
    },
  };
}
