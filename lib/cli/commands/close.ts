import { COULD_NOT, UsageError, flag, valued, repeated, type Command, type Given } from '../command.ts';
import { serviceFor, serviceOptions, tellAnswer } from '../service.ts';

const OF_EXECUTED = { needs: ['executed'] };

export const closeCommand: Command = {
  name: 'close',
  takes: '<merchant_uid> <refund_id>',
  positionals: 2,
  summary: 'ends a refund in drift: one person proposes, another one agrees',
  about: [
    'It calls the API: the service refuses a verdict that contradicts the payment, and no money moves. The second ' +
      'person gives the same verdict and entries, with evidence of their own.',
    "--executed names the entries of i'mport's history that belong to this refund, as explain shows them; with " +
      "--unlisted the PG has executed AMOUNT and i'mport does not list it. --not-executed: the PG says that the cancel " +
      'can no longer be executed. --undone: the PG has undone an executed cancel.',
    'With --api sign in first (refunds sign-in); each of the two persons signs in as themselves.',
  ],
  options: {
    executed: flag('the PG has executed the cancel', { not: ['not-executed', 'undone'] }),
    'not-executed': flag('the PG has not executed the cancel, and never will', { not: ['undone'] }),
    undone: flag('the PG has undone the cancel'),
    'cancellation-id': repeated('ID', 'with --executed: an entry that belongs to this refund', OF_EXECUTED),
    entry: repeated(
      'CANCELLED_AT/AMOUNT',
      'with --executed: an entry without an id, by its Unix seconds and its amount',
      OF_EXECUTED,
    ),
    unlisted: flag("with --executed and --amount: i'mport lists no entry of it", {
      needs: ['executed', 'amount'],
      not: ['cancellation-id', 'entry'],
    }),
    amount: valued('AMOUNT', 'with --unlisted: the amount that the PG says it has cancelled', {
      needs: ['unlisted'],
    }),
    evidence: valued('TEXT', 'what you have seen, and where; no personal data'),
    'imp-uid': valued('IMP_UID', 'instead of <merchant_uid>, also if that does not fit into a path (/ ? %)'),
    ...serviceOptions('gives the verdict'),
  },
  required: ['evidence'],
  exits: ['proposed or closed', 'the service has refused, and says why', COULD_NOT],
  run: async (given, world) => {
    const { payment, refundId } = refundIn(given);
    const body = { ...verdictIn(given), evidence: given.text('evidence') };
    const api = await serviceFor(given, world);
    const answer = await api.close(payment, refundId, body);
    const done = answer.status === 202 ? PROPOSED : 'closed.';
    return tellAnswer(answer, { subject: refundId, done }, given, world);
  },
};

const PROPOSED = 'proposed. A second member of staff must give the same verdict.';

function refundIn(given: Given) {
  const imp_uid = given.text('imp-uid') ?? null;
  const [first, second] = given.positionals;
  // With imp_uid the path contains no order number, because not every number fits into a path.
  const [merchant_uid, refundId] = imp_uid === null ? [first, second] : ['-', first];
  if (imp_uid !== null && second !== undefined)
    throw new UsageError('--imp-uid replaces <merchant_uid>: give the refund_id alone.');
  if (merchant_uid === undefined || refundId === undefined)
    throw new UsageError('close needs <merchant_uid> <refund_id>; refunds list names both.');
  return { payment: { merchant_uid, imp_uid }, refundId };
}

/** The body of the request without the evidence. */
function verdictIn(given: Given): object {
  const verdict = ['executed', 'not-executed', 'undone'].find(given.flag);
  if (verdict === undefined)
    throw new UsageError('close needs one verdict: --executed, --not-executed or --undone.');
  const amount = given.text('amount');
  if (amount !== undefined) return { verdict, listed: false, amount: amountIn(amount, '--amount') };
  if (verdict !== 'executed') return { verdict: verdict.replace('-', '_') };
  const entries = [
    ...given.texts('cancellation-id').map((id) => ({ cancellation_id: id })),
    ...given.texts('entry').map(entryIn),
  ];
  if (entries.length > 0) return { verdict, entries };
  throw new UsageError(
    '--executed needs the entries of this refund (--cancellation-id ID, --entry CANCELLED_AT/AMOUNT), or --unlisted.',
  );
}

function entryIn(text: string): object {
  const [, seconds, amount = ''] = /^(\d{9,10})\/(.+)$/.exec(text) ?? [];
  if (seconds === undefined)
    throw new UsageError(`--entry must be Unix seconds and an amount such as 1769871700/500, not "${text}".`);
  return { cancelled_at: Number(seconds), amount: amountIn(amount, '--entry') };
}

function amountIn(text: string, option: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`${option} must name an amount such as 3000 or 14.20, not "${text}".`);
}
