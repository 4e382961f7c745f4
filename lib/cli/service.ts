import * as v from 'valibot';
import { STAFF_GROUP } from '../../functions/http/caller.ts';
import { Api, type Answer } from '../desk/api.ts';
import { isSafeAddress } from '../stack/setting-rules.ts';
import {
  OperationsError,
  UsageError,
  valued,
  type Given,
  type Option,
  type Surroundings,
} from './command.ts';
import { control } from './local-run.ts';
import { keptToken } from './sign-in-kept.ts';
import { httpAddress, localUrl } from './where.ts';

/** Options for the service's address and the token. `who`: what the signed-in person does, for the help text. */
export function serviceOptions(who: string): Readonly<Record<string, Option>> {
  return {
    api: valued('URL', 'the service in AWS: ApiUrl in the outputs of the stack'),
    token: valued('TOKEN', 'with --api: your access token (else REFUNDS_TOKEN, else the token of sign-in)', {
      needs: ['api'],
    }),
    url: valued('URL', 'a local run (without --api; else PORT, else 3000)', { not: ['api'] }),
    as: valued(
      'SUB',
      `a local run: the member of staff who ${who} (else the one who signed in with sign-in)`,
      { not: ['api'] },
    ),
  };
}

/** The service, called as a member of staff. @throws UsageError if the service or the caller is not named */
export async function serviceFor(given: Given, world: Surroundings): Promise<Api> {
  const baseUrl = serviceUrl(given, world.env);
  const token = (await tokenIn(given, baseUrl, world)) ?? (await keptToken(baseUrl, world));
  if (token !== undefined) return new Api({ baseUrl, getToken: () => token, language: 'en' });
  throw new UsageError(
    given.flag('api')
      ? '--api needs you to sign in first: refunds sign-in --help; or --token TOKEN, or REFUNDS_TOKEN=….'
      : 'It needs --as SUB (a local run), or --api URL (AWS).',
  );
}

/** The address of `--api`, else of the local run. @throws UsageError */
export function serviceUrl(given: Given, env: Surroundings['env']): string {
  const api = given.text('api');
  return api === undefined ? localUrl(given, env) : safeAddress(api, '--api');
}

/** Checks an address to which a token is sent. @throws UsageError */
export function safeAddress(text: string, option: string): string {
  const address = httpAddress(text, option);
  if (isSafeAddress(address)) return address;
  throw new UsageError(`${option} must be an https address (http on this machine alone), not "${text}".`);
}

async function tokenIn(given: Given, url: string, { env }: Surroundings): Promise<string | undefined> {
  if (given.flag('api')) return given.text('token') ?? (env['REFUNDS_TOKEN'] || undefined);
  const sub = given.text('as');
  if (sub === undefined) return undefined;
  const { status, body } = await control(url, 'token', { sub, groups: [STAFF_GROUP] });
  const token = v.safeParse(v.object({ access_token: v.string() }), body);
  if (status === 200 && token.success) return token.output.access_token;
  throw new OperationsError(
    `${url} gives no token (${status}).`,
    'Name the address of a local run with --url, or that of the service in AWS with --api.',
  );
}

/** What the command was about, and what it prints when it was done. */
interface Subject {
  readonly subject?: string;
  readonly done?: string;
}

/** Prints the answer of the service, or why it has refused. Resolves to the exit status. */
export function tellAnswer(
  answer: Answer<unknown>,
  { subject, done = '' }: Subject,
  given: Given,
  world: Surroundings,
): number {
  const isDone = 'body' in answer;
  if (!isDone && answer.failure.code === 'OFFLINE')
    throw new OperationsError(
      'The service does not answer.',
      'Check its address (--api, or --url) and the network.',
    );
  if (given.flag('json')) world.json(isDone ? answer.body : answer.failure.problem);
  else {
    const [first = '', ...others] = isDone ? [done] : refusalLines(answer);
    for (const line of [subject === undefined ? first : `${subject}: ${first}`, ...others]) world.out(line);
  }
  return isDone ? 0 : 1;
}

/** The reason of a refusal, field by field. */
function refusalLines({
  status,
  failure,
}: Extract<Answer<unknown>, { failure: unknown }>): readonly string[] {
  const { code, detail, message, errors = [] } = failure.problem;
  const why = [code, detail ?? message].filter((each) => each !== undefined).join(': ');
  const signInAgain = '  The token has expired, or the service does not trust its issuer: sign in again.';
  return [
    `refused (${status}). ${why}`,
    ...(status === 401 ? [signInAgain] : []),
    ...errors.map(({ pointer, message: fault }) => `  ${pointer} ${fault}`),
  ];
}
