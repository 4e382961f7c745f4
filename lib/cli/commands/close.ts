import * as v from 'valibot';
import { STAFF_GROUP } from '../../../functions/http/caller.ts';
import { COULD_NOT, type Command, type Given, type Surroundings } from '../command.ts';
import { post, type HttpAnswer } from '../local-run.ts';
import { OperationsError, UsageError } from '../operations-error.ts';
import { httpAddress, localTarget } from '../targets.ts';

export const closeCommand: Command = {
  name: 'close',
  takes: '<merchant_uid> <refund_id>',
  positionals: 2,
  summary: 'ends a refund in drift: one member of staff proposes, a second one says the same',
  about: [
    'It asks the service to, by its own door: what the payment contradicts is refused, and no money moves.',
    "executed says that the entry CANCELLATION_ID of i'mport's history is this refund; not_executed, that the PG itself",
    'says it can no longer be booked. The second one gives the same verdict under another sub.',
    "In AWS the token is that of a member of staff (README: staff sign-in); REFUNDS_TOKEN keeps it out of the shell's history.",
  ],
  options: {
    verdict: { kind: 'text', value: 'VERDICT', about: 'executed or not_executed' },
    'cancellation-id': { kind: 'text', value: 'ID', about: 'with executed: the entry that is this refund' },
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
    const said = closingOf(given);
    const service = await serviceFor(given, world);
    // By imp_uid the path names no order: it cannot carry every number.
    const segments = ['payments', said.merchantUid ?? '-', 'refunds', said.refundId, 'close'];
    const query = said.merchantUid === undefined ? `?imp_uid=${encodeURIComponent(said.impUid)}` : '';
    const address = `${service.url}/${segments.map(encodeURIComponent).join('/')}${query}`;
    const answer = await post(address, said.body, service.token);
    world.out(given.flag('json') ? JSON.stringify(answer.body) : inWords(answer, said.refundId));
    return answer.status < 300 ? 0 : 1;
  },
};

interface Closing {
  readonly merchantUid: string | undefined;
  readonly impUid: string;
  readonly refundId: string;
  readonly body: Readonly<Record<string, string>>;
}

function closingOf(given: Given): Closing {
  const impUid = given.text('imp-uid');
  const [first, second] = given.positionals;
  const [merchantUid, refundId] = impUid === undefined ? [first, second] : [undefined, first];
  if (impUid !== undefined && second !== undefined)
    throw new UsageError('--imp-uid stands in place of <merchant_uid>: give the refund_id alone.');
  if (refundId === undefined || (merchantUid ?? impUid) === undefined)
    throw new UsageError('close needs <merchant_uid> <refund_id>; refunds list names both.');
  const verdict = given.text('verdict');
  const evidence = given.text('evidence');
  const cancellationId = given.text('cancellation-id');
  if (verdict !== 'executed' && verdict !== 'not_executed')
    throw new UsageError('close needs --verdict executed or --verdict not_executed.');
  if (evidence === undefined)
    throw new UsageError('close needs --evidence TEXT: what you have seen, and where.');
  if ((cancellationId === undefined) === (verdict === 'executed'))
    throw new UsageError(
      '--cancellation-id belongs to --verdict executed: it names the entry that is this refund.',
    );
  const entry: Record<string, string> =
    cancellationId === undefined ? {} : { cancellation_id: cancellationId };
  return { merchantUid, impUid: impUid ?? '', refundId, body: { verdict, evidence, ...entry } };
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

function inWords({ status, body }: HttpAnswer, refundId: string): string {
  if (status === 202) return `${refundId}: proposed. A second member of staff has to say the same.`;
  if (status < 300) return `${refundId}: closed.`;
  const problem = v.safeParse(Problem, body);
  const why = problem.success ? `${problem.output.code}: ${problem.output.detail}` : JSON.stringify(body);
  return `${refundId}: refused (${status}). ${why}${faultsIn(body)}`;
}

function faultsIn(body: unknown): string {
  const Faults = v.object({ errors: v.array(v.object({ pointer: v.string(), message: v.string() })) });
  const faults = v.safeParse(Faults, body);
  if (!faults.success) return '';
  return faults.output.errors.map(({ pointer, message }) => ` ${pointer} ${message}.`).join('');
}
