import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Span } from './stub-process.ts';

export interface Stubs {
  readonly url: string;
  /** What was asked since the last time, and from now on each answer takes this long (ms). */
  readonly turn: (delayMs: number) => Promise<readonly Span[]>;
  readonly end: () => void;
}

export async function startStubs(): Promise<Stubs> {
  const child = fork(fileURLToPath(new URL('stub-process.ts', import.meta.url)), { stdio: 'inherit' });
  const port = await new Promise<number>((resolve) => child.once('message', (told) => resolve(Number(told))));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    turn: async (delayMs) => {
      const answer = await fetch(`${url}/_bench`, {
        method: 'POST',
        body: JSON.stringify({ delay: delayMs }),
      });
      return (await answer.json()) as readonly Span[];
    },
    end: () => void child.kill(),
  };
}

/** What a function of ours is deployed with, and a Lambda of its own would be given. */
export function environmentFor(url: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    _HANDLER: 'index.handler',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    AWS_LAMBDA_LOG_GROUP_NAME: 'bench',
    AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_DYNAMODB: url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    ORDERS_TABLE_NAME: 'orders',
    LEDGER_TABLE_NAME: 'ledger',
    IAMPORT_SECRET_ID: 'iamport',
    IAMPORT_API_URL: url,
    QUIET_PERIOD_SECONDS: '180',
    SERVICE_NAME: 'bench',
  };
}
