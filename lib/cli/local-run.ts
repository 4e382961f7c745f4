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

interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** @throws OperationsError if nothing answers */
async function ask(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new OperationsError(
      `Nothing answers at ${new URL(url).origin} (${rootCause(error)}).`,
      'Start the local run with "npm start", name its address with --url or PORT=…, or a table in AWS with --table.',
      { cause: error },
    );
  });
  const text = await response.text();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  return { status: response.status, body: parsed.success ? parsed.output : text };
}

/** Calls a control of a local run. @throws OperationsError */
export async function control(url: string, name: string, body: object): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json' };
  return ask(`${url}/_local/${name}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** As `control`, for one that runs a function. @throws OperationsError if the function did not run */
export async function runLocally(url: string, name: string, body: object): Promise<unknown> {
  const answer = await control(url, name, body);
  if (answer.status === 200) return answer.body;
  throw new OperationsError(
    `POST ${url}/_local/${name} did not run (${answer.status}: ${JSON.stringify(answer.body)}).`,
    'Look into functions.log in the directory of the local run.',
  );
}

/** The first cause of an error, such as `ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1`: never a bare `Error`. */
export function rootCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (cause instanceof Error) return rootCause(cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const name = error.name === 'Error' ? code : error.name;
  return [name, error.message].filter((word) => word !== '').join(': ') || 'an error without a text';
}
