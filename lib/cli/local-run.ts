import * as v from 'valibot';
import { OperationsError } from './command.ts';

const Info = v.object({
  dynamodb: v.string(),
  tables: v.object({ orders: v.string(), ledger: v.string() }),
  region: v.optional(v.string(), 'ap-northeast-2'),
  quiet_period_seconds: v.optional(v.number()),
  sign_in: v.optional(v.object({ issuer: v.string(), client_id: v.string() })),
});

export type LocalInfo = v.InferOutput<typeof Info>;

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Reads from `GET /_local` where a local run keeps its tables. @throws OperationsError if no local run answers */
export async function localInfo(url: string): Promise<LocalInfo> {
  const { status, body } = await ask(`${url}/_local`);
  const info = v.safeParse(Info, body);
  if (status === 200 && info.success) return info.output;
  throw new OperationsError(
    `${url} answers (${status}), but not as a local run does.`,
    'Name the address that npm start has printed with --url, or a table in AWS with --table.',
  );
}

/** @throws OperationsError if nothing answers */
export async function ask(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, init).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? described(cause) : 'no answer';
    throw new OperationsError(
      `Nothing answers at ${new URL(url).origin} (${why}).`,
      'Start the local run with "npm start", name its address with --url or PORT=…, or a table in AWS with --table.',
      { cause: error },
    );
  });
  const text = await response.text();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  return { status: response.status, body: parsed.success ? parsed.output : text };
}

export async function post(url: string, body: unknown, token?: string): Promise<HttpAnswer> {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return ask(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1`: never a bare `Error`. */
export function described(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const name = error.name === 'Error' ? code : error.name;
  return [name, error.message].filter((word) => word !== '').join(': ') || 'an error without a text';
}
