import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { STAFF_GROUP } from '../../functions/http/caller.ts';
import { ListAnswer, type ListedRefund } from '../../functions/http/listed.ts';
import { isSafeAddress } from '../stack/setting-rules.ts';
import {
  OperationsError,
  UsageError,
  valued,
  type Given,
  type Option,
  type Surroundings,
} from './command.ts';
import { ask, post, type HttpAnswer } from './local-run.ts';
import { keptToken } from './sign-in-kept.ts';
import { httpAddress, localTarget } from './where.ts';
import { clock } from './words.ts';

/** Calls the API of the service as a member of staff. */
export interface Service {
  readonly url: string;
  readonly token: string;
}

export const TOKEN_OPTIONS: Readonly<Record<string, Option>> = {
  api: valued('URL', 'the service in AWS: ApiUrl in the outputs of the stack'),
  token: valued('TOKEN', 'with --api: your access token (else REFUNDS_TOKEN, else the token of sign-in)'),
};

/** Options for the service's address and the token. `who`: what the signed-in person does, for the help text. */
export function serviceOptions(who: string): Readonly<Record<string, Option>> {
  return {
    ...TOKEN_OPTIONS,
    url: valued('URL', 'a local run (without --api; else PORT, else 3000)'),
    as: valued(
      'SUB',
      `a local run: the member of staff who ${who} (else the one who signed in with sign-in)`,
    ),
  };
}

/** @throws UsageError if the service or the caller is not named */
export async function serviceFor(command: string, given: Given, world: Surroundings): Promise<Service> {
  const { env } = world;
  const api = given.text('api');
  const sub = given.text('as');
  if (api === undefined) {
    const { url } = localTarget(given.text('url'), env['PORT']);
    if (given.text('token') !== undefined)
      throw new UsageError('--token belongs to --api: a local run signs you in by --as SUB.');
    const token = sub === undefined ? await keptToken(url, world) : await localToken(url, sub);
    if (token === undefined)
      throw new UsageError(`${command} needs --as SUB (a local run), or --api URL (AWS).`);
    return { url, token };
  }
  if (sub !== undefined || given.text('url') !== undefined)
    throw new UsageError('--as and --url belong to a local run, --api to AWS: give one of them.');
  const url = safeAddress(api, '--api');
  const own = [given.text('token'), env['REFUNDS_TOKEN']].find((each) => each !== undefined && each !== '');
  const token = own ?? (await keptToken(url, world));
  if (token === undefined)
    throw new UsageError(
      '--api needs you to sign in first: refunds sign-in --help; or --token TOKEN, or REFUNDS_TOKEN=….',
    );
  return { url, token };
}

/** Checks an address to which a token is sent. @throws UsageError */
export function safeAddress(text: string, option: string): string {
  const address = httpAddress(text, option);
  if (isSafeAddress(address)) return address;
  throw new UsageError(`${option} must be an https address (http on this machine alone), not "${text}".`);
}

async function localToken(url: string, sub: string): Promise<string> {
  const { status, body } = await post(`${url}/_local/token`, { sub, groups: [STAFF_GROUP] });
  const token = v.safeParse(v.object({ access_token: v.string() }), body);
  if (status === 200 && token.success) return token.output.access_token;
  throw new OperationsError(
    `${url} gives no token (${status}).`,
    'Name the address of a local run with --url, or that of the service in AWS with --api.',
  );
}

async function read({ url, token }: Service, path: string): Promise<HttpAnswer> {
  return ask(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

const Problem = v.object({ code: v.string(), detail: v.optional(v.string(), '') });
const Faults = v.object({ errors: v.array(v.object({ pointer: v.string(), message: v.string() })) });

/** The reason of a refusal, field by field. */
function refusalLines({ status, body }: HttpAnswer): readonly [string, ...string[]] {
  const problem = v.safeParse(Problem, body);
  const why = problem.success ? `${problem.output.code}: ${problem.output.detail}` : JSON.stringify(body);
  const faults = v.safeParse(Faults, body);
  const errors = faults.success ? faults.output.errors : [];
  const signInAgain = '  The token has expired, or the service does not trust its issuer: sign in again.';
  return [
    `refused (${status}). ${why}`,
    ...(status === 401 ? [signInAgain] : []),
    ...errors.map(({ pointer, message }) => `  ${pointer} ${message}`),
  ];
}

export interface Answered {
  readonly answer: HttpAnswer;
  /** What the command was about. */
  readonly subject?: string;
  /** What the command prints when it was done. */
  readonly done?: string;
}

/** Prints the answer of the service, or why it has refused. Resolves to the exit status. */
export function tellAnswer(
  { answer, subject, done = '' }: Answered,
  given: Given,
  world: Surroundings,
): number {
  const isDone = answer.status < 300;
  if (given.flag('json')) world.json(answer.body);
  else {
    const [first, ...others] = isDone ? [done] : refusalLines(answer);
    for (const line of [subject === undefined ? first : `${subject}: ${first}`, ...others]) world.out(line);
  }
  return isDone ? 0 : 1;
}

// --- Lists ---

interface PagesWanted {
  readonly query: Readonly<Record<string, string>>;
  readonly write: (refunds: readonly ListedRefund[], isFirst: boolean) => void;
}

/** Reads all pages. A refusal of the first page is returned; a refusal after something was written is an error. */
export async function everyPage(
  service: Service,
  { query, write }: PagesWanted,
  world: Surroundings,
): Promise<HttpAnswer | undefined> {
  let count = 0;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const isFirst = cursor === undefined;
    const asked = new URLSearchParams(cursor === undefined ? query : { ...query, cursor });
    const answer = await onePage(service, `/refunds?${asked.toString()}`);
    if (answer.status >= 300 && isFirst) return answer;
    const page = v.safeParse(ListAnswer, answer.body);
    if (!page.success)
      throw new OperationsError(
        `The service did not return a page of the list (${answer.status}).`,
        `The output so far is incomplete (${count} refunds): run it again.`,
      );
    const { refunds, next } = page.output;
    world.progress('');
    write(refunds, isFirst);
    count += refunds.length;
    const last = refunds.at(-1);
    if (last !== undefined)
      world.progress(`${count} refunds, back to ${clock(last.listed_at * 1000).slice(0, 10)}`);
    cursor = next;
  }
  return undefined;
}

/** Waits and retries when the service is busy; reading a page twice changes nothing. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000];

async function onePage(service: Service, path: string): Promise<HttpAnswer> {
  for (const waitMs of WAITS_MS) {
    const answer = await read(service, path);
    if (answer.status !== 429 && answer.status !== 503) return answer;
    await sleep(waitMs);
  }
  return read(service, path);
}
