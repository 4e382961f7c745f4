import * as v from 'valibot';
import { STAFF_GROUP } from '../../functions/http/caller.ts';
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

export async function read({ url, token }: Service, path: string): Promise<HttpAnswer> {
  return ask(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

const Problem = v.object({ code: v.string(), detail: v.optional(v.string(), '') });
const Faults = v.object({ errors: v.array(v.object({ pointer: v.string(), message: v.string() })) });

/** The reason of a refusal, field by field. */
export function refusalLines({ status, body }: HttpAnswer): readonly [string, ...string[]] {
  const problem = v.safeParse(Problem, body);
  const why = problem.success ? `${problem.output.code}: ${problem.output.detail}` : JSON.stringify(body);
  const faults = v.safeParse(Faults, body);
  const errors = faults.success ? faults.output.errors : [];
  const hint =
    status === 401
      ? ['  The token has expired, or the service does not trust its issuer: sign in again.']
      : [];
  return [
    `refused (${status}). ${why}`,
    ...hint,
    ...errors.map(({ pointer, message }) => `  ${pointer} ${message}`),
  ];
}

/** The answer of a command that was refused. */
export function tellRefused(refused: HttpAnswer, given: Given, world: Surroundings): void {
  if (given.flag('json')) world.json(refused.body);
  else for (const line of refusalLines(refused)) world.out(line);
}
