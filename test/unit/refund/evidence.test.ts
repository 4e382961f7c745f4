import { describe, expect, it } from 'vitest';
import { attributions } from '../../../functions/refund/attribution.ts';
import { judgeClosing } from '../../../functions/refund/closing.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import {
  digestAfter,
  isAllHeld,
  judgeAnswer,
  judgeBeforeSend,
  judgeLook,
  judgeRefusal,
  judgeTag,
  mayBeOurs,
  NOTHING_HELD,
  type Look,
} from '../../../functions/refund/evidence.ts';
import { entryKey, historyDigest } from '../../../functions/refund/identity.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import type { LedgerItem, Proposal, RequestedRefund, Verdict } from '../../../functions/refund/refund.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  MORNING_MS,
  notExecuted,
  notSent,
  proposed,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  theProvider,
  won,
} from '../../support/ledger-samples.ts';

const settings = { quietPeriodMs: 180_000, pgsThatCancelLater: new Set<string>() };
const OURS = { reason: `[${REFUND_ID}]` };
const THEIRS = { reason: '[rf_zzzzzzzzzzzzzzzzzzzzzzzz]' };
const FROM_CONSOLE = { reason: '관리자페이지취소', fromConsole: true };
/** The first moment after G for a refund claimed in the morning. */
const AFTER_G_MS = MORNING_MS + 195_001;
const SECOND_LOOK_MS = AFTER_G_MS + 30_000;

interface Given extends Partial<Pick<Look, 'settings' | 'held'>> {
  readonly payment?: Partial<Payment>;
  readonly refund?: Partial<RequestedRefund>;
}

/** A refund of 1,000 of 10,000, and the payment as the provider shows it. */
function look(
  entries: readonly CancelEntry[] = [],
  provider: Partial<ProviderPayment> = {},
  { payment, refund, ...others }: Given = {},
): Look {
  return {
    payment: thePayment({ inFlight: REFUND_ID, ...payment }),
    refund: requested(refund),
    provider: theProvider(entries, provider),
    settings,
    held: NOTHING_HELD,
    ...others,
  };
}

const ours = (amount: number) => entryOf(amount, OURS);
const R = (cancelAmount: number) => ({ cancelAmount: won(cancelAmount) });
const at = (beganAtMs: number, seen: Look) => judgeLook({ ...seen, beganAtMs });
const second = (seen: Look) =>
  at(SECOND_LOOK_MS, { ...seen, refund: { ...seen.refund, lookedAtMs: AFTER_G_MS } });

/** A judgement in one word: how it is done, who used the balance, or the name of the doubt. */
function wordOf(judged: ReturnType<typeof judgeLook | typeof judgeBeforeSend>): string | undefined {
  if (judged.kind === 'done') return judged.by;
  if (judged.kind === 'not_done') return judged.usedByOthers ? 'used' : judged.kind;
  if (judged.kind !== 'undecided') return judged.kind;
  return Object.entries(DOUBTS).find(([, text]) => text === judged.why)?.[0];
}

const untagged = entryOf(1_000);
const [part, rest] = [entryOf(400), entryOf(600)];
const ofOthers = [entryOf(1_001), entryOf(1_000, FROM_CONSOLE), entryOf(500, THEIRS)];
const onPromotion = {
  payment: { hasPromotion: true, ...R(300) },
  refund: { cancelledBefore: won(300), seen: [entryKey(entryOf(300))] },
};
const laterClaim = { payment: R(2_000), refund: { cancelledBefore: won(2_000) } };
const heldByAnother = { held: new Set([entryKey(untagged)]) };
const kicc = { payment: { pgProvider: 'kicc', payMethod: 'wechat' } };
const [nice, byDeployer] = [
  { pgProvider: 'nice', payMethod: 'card' },
  { settings: { ...settings, pgsThatCancelLater: new Set(['nice:card']) } },
];

const all = (word: string) => `${word} ${word} ${word} ${word}`;
const NOTHING_OF_OURS = 'stillAlive not_done not_done send';
const OF_OTHERS = 'stillAlive used used moved';
const AT_A_PG_THAT_DROPS_TAGS = 'answer used couldBeOurs moved';
const AHEAD_OF_R = 'stillAlive not_done couldBeOurs send';
const MAY_BE_OURS = 'stillAlive used couldBeOurs moved';
const SHRUNK = 'stillAlive shrunk shrunk shrunk';
const ASYNCHRONOUS = 'asynchronous used asynchronous moved';

/** Rows 4, 5, 7 and 3b: what one look proves after code 0, after a refusal, as the second look, and before the send. */
it.each<[what: string, look: Look, judged: string]>([
  ['nothing new', look(), NOTHING_OF_OURS],
  ['our tag', look([ours(1_000)]), all('tag')],
  ['our tag, and a smaller R', look([ours(1_000)], R(0)), all('tag')],
  ['our tag on two parts', look([ours(400), ours(600)]), all('tag')],
  ['our tag on a part', look([ours(600), part]), all('partly')],
  ['our tag on half of it, twice', look([ours(500), ours(500)]), all('partly')],
  ['our tag on a part, after a restore', look([ours(700)], {}, { refund: { isRestored: true } }), all('tag')],
  ['our tag on a part, on a promotion', look([ours(700)], {}, onPromotion), all('tag')],
  ['our amount', look([untagged]), AT_A_PG_THAT_DROPS_TAGS],
  ['our amount in two parts', look([part, rest]), AT_A_PG_THAT_DROPS_TAGS],
  ['our amount on a promotion', look([entryOf(300), part], {}, onPromotion), AT_A_PG_THAT_DROPS_TAGS],
  ['our amount, and a smaller R', look([untagged], R(0)), AHEAD_OF_R],
  ['our amount, and the same R on a promotion', look([entryOf(300), part], R(300), onPromotion), AHEAD_OF_R],
  ['our amount, and an R that grew by less', look([untagged], R(999)), MAY_BE_OURS],
  ['our amount, and one that may be ours as well', look([untagged, entryOf(1)]), MAY_BE_OURS],
  ['a part of our amount', look([entryOf(1_001), entryOf(1)]), MAY_BE_OURS],
  ['our amount, held by another item', look([untagged], {}, heldByAnother), OF_OTHERS],
  ['only others’ entries', look(ofOthers), OF_OTHERS],
  ['others’ entry, and a larger R', look([entryOf(1_001)], R(1_500)), 'stillAlive used doesNotAddUp moved'],
  ['the same R without its entry', look([], R(2_000), laterClaim), NOTHING_OF_OURS],
  ['an R below L', look([], {}, { payment: R(1) }), SHRUNK],
  ['an R below its value at the claim', look([], {}, { refund: { cancelledBefore: won(1) } }), SHRUNK],
  ['no R', look([untagged], { sumTold: false }), all('sumNotTold')],
  ['an unpaid payment', look([], { isPaid: false }), 'stillAlive not_done not_done not_paid'],
  ['an asynchronous PG', look([untagged], { pgProvider: 'paypal_v2' }), ASYNCHRONOUS],
  ['one that only the ledger knows', look([untagged], {}, kicc), ASYNCHRONOUS],
  ['one that a deployer named', look([untagged], nice, byDeployer), ASYNCHRONOUS],
  ['another payment', look([ours(1_000)], { impUid: 'x' }), all('otherPayment')],
  ['another order', look([ours(1_000)], { merchantUid: 'x' }), all('otherOrder')],
  ['another currency', look([], { currency: 'USD' }), all('otherCurrency')],
  ['another amount', look([], { amount: won(1) }), all('otherAmount')],
])('a look that shows %s', (_what, seen, judged) => {
  const judgements = [judgeAnswer(seen), judgeRefusal(seen), second(seen), judgeBeforeSend(seen)];
  expect(judgements.map(wordOf).join(' ')).toBe(judged);
});

it('a look that finds nothing decides only as the second one, after send window, G, clock skew and thirty seconds', () => {
  expect(wordOf(at(AFTER_G_MS - 1, look()))).toBe('stillAlive');
  expect(wordOf(at(AFTER_G_MS, look()))).toBe('first_look');
  const seen = look([], {}, { refund: { lookedAtMs: AFTER_G_MS } });
  expect(wordOf(at(SECOND_LOOK_MS - 1, seen))).toBe('firstLook');
  expect(wordOf(at(SECOND_LOOK_MS, seen))).toBe('not_done');
  expect(wordOf(at(MORNING_MS, look([ours(1_000)]))), 'our tag is believed at any time').toBe('tag');
});

it.each<[string, readonly CancelEntry[], number, number]>([
  ['nothing odd', [ours(1_000)], 1, 0],
  ['two parts', [ours(400), ours(600)], 2, 1],
  ['an entry twice', [ours(1_000), ours(1_000)], 1, 1],
  ['more than was asked', [ours(1_100)], 1, 1],
  ['more than was paid', [ours(1_000), entryOf(9_001)], 1, 1],
])('our tag counts each entry once, and odd facts are named: %s', (_what, entries, length, odd) => {
  expect(judgeTag(look(entries))).toMatchObject({ entries: { length }, anomalies: { length: odd } });
});

describe('an entry that may be ours', () => {
  const key = entryKey(entryOf(1_000));
  it.each<[string, boolean, Partial<CancelEntry>, number?, string?, string?]>([
    ['an untagged entry of our amount', true, {}],
    ['a smaller entry, because a PG may split a refund', true, {}, 1],
    ['an entry with our own tag', true, OURS],
    ['an entry of more than was asked', false, {}, 1_001],
    ['an entry with another refund’s tag', false, THEIRS],
    ['an entry with our tag and another’s', false, { reason: `${OURS.reason} ${THEIRS.reason}` }],
    ['an entry from the console', false, FROM_CONSOLE],
    ['an entry that another item holds', false, {}, 1_000, key],
    ['an entry that the look before the send saw', false, {}, 1_000, undefined, key],
  ])('%s may be ours: %s', (_what, isPossible, fields, amount = 1_000, held = '', seen = '') => {
    const refund = requested({ seen: [seen] });
    expect(mayBeOurs(entryOf(amount, fields), refund, new Set([held]))).toBe(isPossible);
  });
});

describe('a history whose entries are all held', () => {
  const [a, b] = [entryOf(1), entryOf(2)];
  const heldDigest = historyDigest([a]);

  it('a held history is recognised by its digest; an empty history is always held', () => {
    expect(isAllHeld({}, [])).toBe(true);
    expect(isAllHeld({}, [a])).toBe(false);
    expect(isAllHeld({ heldDigest }, [a])).toBe(true);
    expect(isAllHeld({ heldDigest }, [a, b])).toBe(false);
  });

  it('a history stays held when all its new entries belong to a refund', () => {
    const [before, after] = [{ cancelHistory: [a] }, { cancelHistory: [a, b] }];
    const payment = thePayment({ heldDigest });
    expect(digestAfter(payment, before, after, [b])).toBe(historyDigest([a, b]));
    expect(digestAfter(payment, before, after, [])).toBeUndefined();
    expect(digestAfter(thePayment(), before, after, [b])).toBeUndefined();
    expect(digestAfter(payment, undefined, after, [b])).toBeUndefined();
  });
});

describe('who holds an entry (rows 8 and 8’)', () => {
  const [tagged, again, theirs, more] = [ours(1_000), ours(1), entryOf(300), entryOf(1_001)];
  const parts = [ours(400), ours(600)];
  const wrong = entryOf(1_000, { cancellationId: 'C2' });
  const byAnswer = cancelled({ attribution: 'answer', entries: [wrong] });
  const known = cancelled({ entries: [tagged] });
  const stranger = elsewhere({ entry: tagged });
  const turned = { ...stranger, status: 'attributed', attributedTo: REFUND_ID, revision: 1 } as const;
  const taken = elsewhere({ entry: wrong, status: 'attributed', attributedTo: REFUND_ID });
  const back = elsewhere({ entry: wrong, revision: 1 });
  const corrected = (was: LedgerItem, entries: readonly CancelEntry[]) => ({
    corrections: [{ was, entries }],
  });

  it.each<[what: string, entries: readonly CancelEntry[], items: readonly LedgerItem[], told: object]>([
    ['held by our refund', [tagged, tagged], [known], {}],
    ['held by a foreign cancel', [theirs], [elsewhere({ entry: theirs })], {}],
    ['held by nobody', [theirs], [rejected(), notSent()], { elsewhere: [theirs] }],
    ['of more than the refund in flight', [more], [requested()], { elsewhere: [more] }],
    ['that may be the refund in flight waits', [untagged], [requested()], { isComplete: false }],
    ['seen before the send', [untagged], [requested({ seen: ['C1000'] })], { elsewhere: [untagged] }],
    ['with the tag of the refund in flight waits', [again], [requested()], { isComplete: false }],
    ['with the tag of a rejected refund corrects it', parts, [rejected()], corrected(rejected(), parts)],
    ['of a refund not executed, too', parts, [notExecuted()], corrected(notExecuted(), parts)],
    ['of a refund never sent, too', parts, [notSent()], corrected(notSent(), parts)],
    [
      'with the tag disproves another attribution, whose entry becomes foreign',
      [tagged, wrong],
      [byAnswer],
      { ...corrected(byAnswer, [tagged]), elsewhere: [wrong] },
    ],
    ['with the tag a second time', [tagged, again], [known], corrected(known, [tagged, again])],
    [
      'held as foreign becomes a refund’s by its tag',
      [tagged],
      [notExecuted(), stranger],
      { ...corrected(notExecuted(), [tagged]), turnedOver: [turned] },
    ],
    ['held as foreign and by a refund', [tagged], [known, stranger], { turnedOver: [turned] }],
    ['turned over already', [tagged], [known, turned], {}],
    ['taken wrongly for a refund is foreign again', [tagged, wrong], [known, taken], { turnedOver: [back] }],
  ])('an entry %s', (_what, entries, items, told) => {
    const nothing = { corrections: [], turnedOver: [], elsewhere: [], isComplete: true };
    expect(attributions(theProvider(entries), items)).toEqual({ ...nothing, ...told });
  });
});

describe('what people say about a refund in drift (row 10)', () => {
  const NOW_MS = MORNING_MS + 3_600_000;
  const named = (...amounts: readonly number[]): Verdict => ({
    verdict: 'executed',
    entries: amounts.map((amount) => ({ cancellationId: `C${amount}` })),
  });
  const unlisted = (amount: number): Verdict => ({ verdict: 'executed_unlisted', amount: won(amount) });
  const before = (atMs: number) =>
    proposed({ said: named(1_000), by: { sub: 'juno', person: 'juno' }, atMs });
  const older = entryOf(1_000, { cancelledAtMs: MORNING_MS - 60_000 });
  const parts = [ours(400), ours(300)];

  it.each<[string, readonly CancelEntry[], Verdict, string, Proposal?]>([
    ['the only entry that may be ours', [untagged], named(1_000), 'propose'],
    ['what another person said', [untagged], named(1_000), 'close', before(MORNING_MS)],
    ['what was said of an earlier claim', [untagged], named(1_000), 'propose', before(MORNING_MS - 1)],
    ['an entry that another item holds', [entryOf(999)], named(999), 'another refund'],
    ['an entry that is older than the claim', [older], named(1_000), '/entries'],
    ['an entry of more than was asked', [entryOf(1_001)], named(1_001), '/entries'],
    ['an entry of the console', [entryOf(1_000, FROM_CONSOLE)], named(1_000), '/entries'],
    ['an entry with another refund’s tag', [entryOf(1_000, THEIRS)], named(1_000), '/entries'],
    ['an entry that the history does not have', [untagged], named(9), '/entries'],
    ['one entry named twice', [untagged], named(1_000, 1_000), '/entries'],
    ['more than was asked, not listed', [], unlisted(1_001), '/amount'],
    ['one of two entries with our tag', parts, named(400), 'must name every entry'],
    ['both entries with our tag', parts, named(400, 300), 'propose'],
    ['no entry, while some have our tag', parts, unlisted(700), 'must name every entry'],
  ])(
    'one person’s word about %s is a proposal, the end, or refused',
    (_what, entries, said, told, proposal) => {
      // No look can decide about an asynchronous PG.
      const seen = look(entries, { pgProvider: 'paypal_v2' }, { refund: { ...(proposal && { proposal }) } });
      const held = new Set([entryKey(entryOf(999))]);
      const statement = { said, evidence: 'seen at the PG', by: { sub: 'mina', person: 'mina' } };
      const judged = judgeClosing({ ...seen, held, beganAtMs: NOW_MS }, statement, NOW_MS);
      expect(judged.kind === 'refuse' ? JSON.stringify(judged.refusal) : judged.kind).toContain(told);
    },
  );
});
