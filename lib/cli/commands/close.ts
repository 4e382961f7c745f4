import * as v from 'valibot';
import { STAFF_GROUP } from '../../../functions/http/caller.ts';
import {
  COULD_NOT,
  OperationsError,
  UsageError,
  type Command,
  type Given,
  type Surroundings,
} from '../command.ts';
import { post, type HttpAnswer } from '../local-run.ts';
import { httpAddress, localTarget } from '../where.ts';

export const closeCommand: Command = {
  name: 'close',
  takes: '<merchant_uid> <refund_id>',
  positionals: 2,
  summary: 'ends a refund in drift: one person proposes, another one agrees',
  about: [
    'It asks the service to, by its own door: what the payment contradicts is refused, and no money moves. The second ' +
      'person gives the same verdict and entries, with evidence of their own.',
    "--executed names the entries of i'mport's history that are this refund, as explain shows them; with --unlisted " +
      "the PG has executed AMOUNT and i'mport shows nothing of it. --not-executed: the PG itself says that it can no " +
      'longer be booked. --undone: it was cancelled, and the PG has undone it.',
    "In AWS the token is that of a member of staff; REFUNDS_TOKEN keeps it out of the shell's history.",
  ],
  options: {
    executed: { kind: 'flag', about: 'the PG has executed it' },
    'not-executed': { kind: 'flag', about: 'the PG has not executed it, and will not' },
    undone: { kind: 'flag', about: 'the PG has undone the cancel' },
    'cancellation-id': { kind: 'texts', value: 'ID', about: 'with --executed: an entry that is this refund' },
    entry: {
      kind: 'texts',
      value: 'CANCELLED_AT/AMOUNT',
      about: 'with --executed: an entry that has no id, by its Unix seconds and its amount',
    },
    unlisted: { kind: 'flag', about: "with --executed and --amount: i'mport shows no entry of it" },
    amount: {
      kind: 'text',
      value: 'AMOUNT',
      about: 'with --unlisted: what the PG says that it has cancelled',
    },
    evidence: { kind: 'text', value: 'TEXT', about: 'what you have seen, and where; no personal data' },
    'imp-uid': {
      kind: 'text',
      value: 'IMP_UID',
      about: 'in place of <merchant_uid>, also where an address cannot carry it (/ ? %)',
    },
    api: { kind: 'text', value: 'URL', about: 'the service in AWS: ApiUrl in the outputs of the stack' },
    token: { kind: 'text', value: 'TOKEN', about: 'with --api: your access token (else REFUNDS_TOKEN)' },
    url: { kind: 'text', value: 'URL', about: 'a local run (without --api; else PORT, else 3000)' },
    as: { kind: 'text', value: 'SUB', about: 'a local run: the member of staff who says it' },
  },
  exits: ['proposed or closed', 'the service has refused it, and says why', COULD_NOT],
  run: async (given, world) => {
    const named = refundIn(given);
    const body = { ...verdictIn(given), evidence: evidenceIn(given) };
    const service = await serviceFor(given, world);
    const answer = await post(`${service.url}${named.path}`, body, service.token);
    if (given.flag('json')) world.json(answer.body);
    else for (const line of inWords(answer, named.refundId)) world.out(line);
    return answer.status < 300 ? 0 : 1;
  },
};

function refundIn(given: Given): { readonly refundId: string; readonly path: string } {
  const impUid = given.text('imp-uid');
  const [first, second] = given.positionals;
  const [merchantUid, refundId] = impUid === undefined ? [first, second] : [undefined, first];
  if (impUid !== undefined && second !== undefined)
    throw new UsageError('--imp-uid stands in place of <merchant_uid>: give the refund_id alone.');
  if (refundId === undefined || (merchantUid ?? impUid) === undefined)
    throw new UsageError('close needs <merchant_uid> <refund_id>; refunds list names both.');
  // By imp_uid the path names no order: it cannot carry every number.
  const segments = ['payments', merchantUid ?? '-', 'refunds', refundId, 'close'];
  const query = impUid === undefined ? '' : `?imp_uid=${encodeURIComponent(impUid)}`;
  return { refundId, path: `/${segments.map(encodeURIComponent).join('/')}${query}` };
}

const VERDICTS = ['executed', 'not-executed', 'undone'] as const;

/** The body of the request, but for the evidence. */
function verdictIn(given: Given): Readonly<Record<string, unknown>> {
  const [verdict, ...others] = VERDICTS.filter((name) => given.flag(name));
  if (verdict === undefined || others.length > 0)
    throw new UsageError('close needs one verdict: --executed, --not-executed or --undone.');
  const entries = [
    ...given.texts('cancellation-id').map((id) => ({ cancellation_id: id })),
    ...given.texts('entry').map(entryIn),
  ];
  const amount = given.text('amount');
  const isUnlisted = given.flag('unlisted');
  if (verdict !== 'executed') {
    const vain = ['cancellation-id', 'entry', 'unlisted', 'amount'].find((name) => given.flag(name));
    if (vain !== undefined) throw new UsageError(`--${vain} belongs to --executed.`);
    return { verdict: verdict.replace('-', '_') };
  }
  if (isUnlisted !== (amount !== undefined))
    throw new UsageError(
      '--unlisted and --amount AMOUNT belong together: what the PG names, listed nowhere.',
    );
  if (isUnlisted === entries.length > 0)
    throw new UsageError(
      '--executed needs the entries that are this refund (--cancellation-id ID, --entry CANCELLED_AT/AMOUNT), or --unlisted.',
    );
  return amount === undefined
    ? { verdict, entries }
    : { verdict, listed: false, amount: amountIn(amount, '--amount') };
}

function entryIn(text: string): Readonly<Record<string, number>> {
  const [, seconds, amount = ''] = /^(\d{9,10})\/(.+)$/.exec(text) ?? [];
  if (seconds === undefined)
    throw new UsageError(`--entry must be Unix seconds and an amount such as 1769871700/500, not "${text}".`);
  return { cancelled_at: Number(seconds), amount: amountIn(amount, '--entry') };
}

function amountIn(text: string, option: string): number {
  if (!/^\d+(\.\d+)?$/.test(text))
    throw new UsageError(`${option} must name an amount such as 3000 or 14.20, not "${text}".`);
  return Number(text);
}

function evidenceIn(given: Given): string {
  const evidence = given.text('evidence');
  if (evidence === undefined)
    throw new UsageError('close needs --evidence TEXT: what you have seen, and where.');
  return evidence;
}

interface Service {
  readonly url: string;
  readonly token: string;
}

async function serviceFor(given: Given, { env }: Surroundings): Promise<Service> {
  const api = given.text('api');
  const sub = given.text('as');
  if (api === undefined) {
    const { url } = localTarget(given.text('url'), env['PORT']);
    if (given.text('token') !== undefined)
      throw new UsageError('--token belongs to --api: a local run signs you in by --as SUB.');
    if (sub === undefined) throw new UsageError('close needs --as SUB (a local run), or --api URL (AWS).');
    return { url, token: await localToken(url, sub) };
  }
  if (sub !== undefined || given.text('url') !== undefined)
    throw new UsageError('--as and --url belong to a local run, --api to AWS: give one of them.');
  const token = given.text('token') ?? env['REFUNDS_TOKEN'];
  if (token === undefined || token === '')
    throw new UsageError('--api needs your access token: --token TOKEN, or REFUNDS_TOKEN=….');
  return { url: httpAddress(api, '--api'), token };
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

const Problem = v.object({ code: v.string(), detail: v.optional(v.string(), '') });
const Faults = v.object({ errors: v.array(v.object({ pointer: v.string(), message: v.string() })) });

function inWords({ status, body }: HttpAnswer, refundId: string): readonly string[] {
  if (status === 202) return [`${refundId}: proposed. A second member of staff has to say the same.`];
  if (status < 300) return [`${refundId}: closed.`];
  const problem = v.safeParse(Problem, body);
  const why = problem.success ? `${problem.output.code}: ${problem.output.detail}` : JSON.stringify(body);
  const faults = v.safeParse(Faults, body);
  const errors = faults.success ? faults.output.errors : [];
  return [
    `${refundId}: refused (${status}). ${why}`,
    ...errors.map(({ pointer, message }) => `  ${pointer} ${message}`),
  ];
}
