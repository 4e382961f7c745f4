import { COULD_NOT, UsageError, flag, valued, repeated, type Command, type Given } from '../command.ts';
import { post } from '../local-run.ts';
import { serviceFor, serviceOptions, tellAnswer } from '../service.ts';

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
    executed: flag('the PG has executed the cancel'),
    'not-executed': flag('the PG has not executed the cancel, and never will'),
    undone: flag('the PG has undone the cancel'),
    'cancellation-id': repeated('ID', 'with --executed: an entry that belongs to this refund'),
    entry: repeated(
      'CANCELLED_AT/AMOUNT',
      'with --executed: an entry without an id, by its Unix seconds and its amount',
    ),
    unlisted: flag("with --executed and --amount: i'mport lists no entry of it"),
    amount: valued('AMOUNT', 'with --unlisted: the amount that the PG says it has cancelled'),
    evidence: valued('TEXT', 'what you have seen, and where; no personal data'),
    'imp-uid': valued('IMP_UID', 'instead of <merchant_uid>, also if that does not fit into a path (/ ? %)'),
    ...serviceOptions('gives the verdict'),
  },
  exits: ['proposed or closed', 'the service has refused, and says why', COULD_NOT],
  run: async (given, world) => {
    const named = refundIn(given);
    const body = { ...verdictIn(given), evidence: evidenceIn(given) };
    const service = await serviceFor('close', given, world);
    const answer = await post(`${service.url}${named.path}`, body, service.token);
    const done = answer.status === 202 ? PROPOSED : 'closed.';
    return tellAnswer({ answer, subject: named.refundId, done }, given, world);
  },
};

const PROPOSED = 'proposed. A second member of staff must give the same verdict.';

function refundIn(given: Given): { readonly refundId: string; readonly path: string } {
  const impUid = given.text('imp-uid');
  const [first, second] = given.positionals;
  const [merchantUid, refundId] = impUid === undefined ? [first, second] : [undefined, first];
  if (impUid !== undefined && second !== undefined)
    throw new UsageError('--imp-uid replaces <merchant_uid>: give the refund_id alone.');
  if (refundId === undefined || (merchantUid ?? impUid) === undefined)
    throw new UsageError('close needs <merchant_uid> <refund_id>; refunds list names both.');
  // With imp_uid the path contains no order number, because not every number fits into a path.
  const segments = ['payments', merchantUid ?? '-', 'refunds', refundId, 'close'];
  const query = impUid === undefined ? '' : `?imp_uid=${encodeURIComponent(impUid)}`;
  return { refundId, path: `/${segments.map(encodeURIComponent).join('/')}${query}` };
}

const VERDICTS = ['executed', 'not-executed', 'undone'] as const;

/** The body of the request without the evidence. */
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
      "--unlisted and --amount AMOUNT belong together: the PG's amount, which i'mport does not list.",
    );
  if (isUnlisted === entries.length > 0)
    throw new UsageError(
      '--executed needs the entries of this refund (--cancellation-id ID, --entry CANCELLED_AT/AMOUNT), or --unlisted.',
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
