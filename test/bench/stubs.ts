import { fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFile, projectFile } from '../../lib/stack/bundle.ts';
import type { Span } from './stub-process.ts';

export interface Stubs {
  readonly url: string;
  /** The requests since the last call; from now on each answer takes this long (ms). */
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
      const answer = await fetch(`${url}/_bench`, { method: 'POST', body: String(delayMs) });
      return (await answer.json()) as readonly Span[];
    },
    end: () => void child.kill(),
  };
}

/** The environment variables of a deployed function, with the stubs' address. */
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

/** The service's function. */
export const SERVICE = 'functions/cancel-payment';
export const BY_HAND = 'test/bench/rivals/by-hand';
export const SDK_ONLY = 'test/bench/rivals/sdk-only';

/** Bundles one side of a comparison as the service's functions are deployed; the result is the path of its `index.mjs`. */
export async function bundled(source: string): Promise<string> {
  const { code } = await bundleFile(projectFile(`${source}.ts`));
  const folder = projectFile(`.artifacts/bench/${path.basename(source)}`);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'index.mjs');
  await writeFile(file, code);
  return file;
}
