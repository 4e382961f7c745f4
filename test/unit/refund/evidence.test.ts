import { describe, expect, it } from 'vitest';
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
import type { CancelEntry, ProviderPayment } from '../../../functions/refund/payment.ts';
import {
  entryOf,
  MORNING_MS,
  REFUND_ID,
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

/** A refund of 1,000 of 10,000, and the payment as the provider shows it. */
function look(
  entries: readonly CancelEntry[] = [],
  {
    provider = {},
    ...fields
  }: Partial<Omit<Look, 'provider'>> & { provider?: Partial<ProviderPayment> } = {},
): Look {
  const payment = thePayment({ inFlight: REFUND_ID });
  const seen = { payment, refund: requested(), settings, held: NOTHING_HELD, ...fields };
  return { ...seen, provider: theProvider(entries, provider) };
}

const at = (beganAtMs: number, seen: Look) => judgeLook({ ...seen, beganAtMs });
const lookedBefore = requested({ lookedAtMs: AFTER_G_MS });
const SECOND_LOOK_MS = AFTER_G_MS + 30_000;

describe('our tag in the history (row 4)', () => {
  it('our tag proves the refund at any time, whatever the balance is', () => {
    const seen = look([entryOf(1_000, OURS)], { provider: { cancelAmount: won(0) } });
    for (const beganAtMs of [MORNING_MS, AFTER_G_MS, SECOND_LOOK_MS])
      expect(at(beganAtMs, seen)).toMatchObject({ kind: 'done', by: 'tag', anomalies: [] });
  });

  it('our tag proves the whole refund when its entries add up to the amount or more; below that it decides nothing', () => {
    const parts = [entryOf(400, OURS), entryOf(600, OURS)];
    expect(judgeTag(look(parts))).toMatchObject({ kind: 'done', entries: parts });
    expect(judgeTag(look(parts.slice(1)))).toEqual({ kind: 'part' });
    expect(judgeTag(look([entryOf(1_100, OURS)]))).toMatchObject({ kind: 'done', anomalies: { length: 1 } });
    expect(at(SECOND_LOOK_MS, look(parts.slice(1), { refund: lookedBefore }))).toEqual({
      kind: 'undecided',
      why: DOUBTS.partly,
    });
  });

  it('an entry listed twice counts once', () => {
    expect(judgeTag(look([entryOf(500, OURS), entryOf(500, OURS)]))).toEqual({ kind: 'part' });
    expect(judgeTag(look([entryOf(1_000, OURS), entryOf(1_000, OURS)]))).toMatchObject({
      entries: { length: 1 },
      anomalies: ['the provider lists a cancel twice'],
    });
  });

  it('our tag on a promotion proves the whole refund, whatever the sum', () => {
    const payment = thePayment({ inFlight: REFUND_ID, hasPromotion: true });
    expect(judgeTag(look([entryOf(700, OURS)], { payment }))).toMatchObject({ kind: 'done' });
  });

  it('the tag of another refund proves nothing', () => {
    expect(judgeTag(look([entryOf(1_000, THEIRS)]))).toBeUndefined();
  });
});

describe('an entry that may be ours', () => {
  it.each<[string, boolean, Partial<CancelEntry> & { amount?: never }, number]>([
    ['an untagged entry of our amount', true, {}, 1_000],
    ['a smaller entry, because a PG may split a refund', true, {}, 1],
    ['an entry with our own tag', true, OURS, 1_000],
    ['an entry of more than was asked', false, {}, 1_001],
    ['an entry with another refund’s tag', false, THEIRS, 1_000],
    ['an entry with our tag and another’s', false, { reason: `${OURS.reason} ${THEIRS.reason}` }, 1_000],
    ['an entry from the console', false, FROM_CONSOLE, 1_000],
  ])('%s may be ours: %s', (_what, may, fields, amount) => {
    expect(mayBeOurs(entryOf(amount, fields), requested(), NOTHING_HELD)).toBe(may);
  });

  it('an entry held by another item or seen by the look before the send is not ours', () => {
    const entry = entryOf(1_000);
    expect(mayBeOurs(entry, requested(), new Set([entryKey(entry)]))).toBe(false);
    expect(mayBeOurs(entry, requested({ seen: [entryKey(entry)] }), NOTHING_HELD)).toBe(false);
    expect(mayBeOurs(entry, requested({ seen: [] }), NOTHING_HELD)).toBe(true);
  });
});

describe('code 0 (row 4)', () => {
  it('code 0 of a PG that drops tags proves the refund when R has grown and the entries that may be ours add up to our amount', () => {
    expect(judgeAnswer(look([entryOf(1_000)]))).toMatchObject({
      kind: 'done',
      by: 'answer',
      anomalies: { length: 1 },
    });
    expect(judgeAnswer(look([entryOf(400), entryOf(600)]))).toMatchObject({ kind: 'done', by: 'answer' });
  });

  it.each<[string, Look, string]>([
    ['R has not grown', look([entryOf(1_000)], { provider: { cancelAmount: won(999) } }), DOUBTS.stillAlive],
    ['the answer does not show our entry', look(), DOUBTS.stillAlive],
    [
      'another entry of the same amount may be ours as well',
      look([entryOf(1_000), entryOf(1)]),
      DOUBTS.stillAlive,
    ],
    ['cancel_amount is missing', look([entryOf(1_000)], { provider: { sumTold: false } }), DOUBTS.sumNotTold],
    [
      'the PG is asynchronous',
      look([entryOf(1_000)], { provider: { pgProvider: 'paypal' } }),
      DOUBTS.asynchronous,
    ],
    [
      'it is about another payment',
      look([entryOf(1_000, OURS)], { provider: { impUid: 'x' } }),
      DOUBTS.otherPayment,
    ],
    ['a part of ours is listed with our tag', look([entryOf(1, OURS), entryOf(999)]), DOUBTS.partly],
  ])('code 0 proves nothing when %s', (_why, seen, why) => {
    expect(judgeAnswer(seen)).toEqual({ kind: 'undecided', why });
  });

  it('a PG is asynchronous also when only the ledger knows the PG, or when a deployer named it', () => {
    const known = thePayment({ inFlight: REFUND_ID, pgProvider: 'kicc', payMethod: 'wechat' });
    expect(judgeAnswer(look([entryOf(1_000)], { payment: known }))).toMatchObject({
      why: DOUBTS.asynchronous,
    });
    const named = { ...settings, pgsThatCancelLater: new Set(['nice:card']) };
    const provider = { pgProvider: 'nice', payMethod: 'card' };
    expect(judgeAnswer(look([entryOf(1_000)], { settings: named, provider }))).toMatchObject({
      why: DOUBTS.asynchronous,
    });
  });

  it('code 0 on a promotion proves the refund when R is above its value at the claim', () => {
    const payment = thePayment({ inFlight: REFUND_ID, hasPromotion: true, cancelAmount: won(300) });
    const refund = requested({ cancelledBefore: won(300), seen: [entryKey(entryOf(300))] });
    expect(judgeAnswer(look([entryOf(300), entryOf(700)], { payment, refund }))).toMatchObject({
      kind: 'done',
    });
    const provider = { cancelAmount: won(300) };
    expect(judgeAnswer(look([entryOf(300), entryOf(700)], { payment, refund, provider }))).toMatchObject({
      kind: 'undecided',
    });
  });
});

describe('a refusal with a read-back (row 5)', () => {
  it('a refusal proves that nothing was executed when R is unchanged, or was used by others', () => {
    expect(judgeRefusal(look())).toEqual({ kind: 'not_done', usedByOthers: false });
    expect(judgeRefusal(look([entryOf(1_000)]))).toEqual({ kind: 'not_done', usedByOthers: true });
  });

  it.each<[string, Look, string]>([
    ['another payment is read back', look([], { provider: { amount: won(1) } }), DOUBTS.otherAmount],
    ['a part of ours is listed with our tag', look([entryOf(1, OURS)]), DOUBTS.partly],
    ['cancel_amount is missing', look([], { provider: { sumTold: false } }), DOUBTS.sumNotTold],
    ['R is below L', look([], { payment: thePayment({ cancelAmount: won(1) }) }), DOUBTS.shrunk],
    [
      'R is below its value at the claim',
      look([], { refund: requested({ checksum: won(9_000) }) }),
      DOUBTS.shrunk,
    ],
  ])('a refusal decides nothing when %s', (_why, seen, why) => {
    expect(judgeRefusal(seen)).toEqual({ kind: 'undecided', why });
  });
});

describe('a look that finds nothing (rows 7, 7d, 7e)', () => {
  it('a look that finds nothing proves nothing until it begins after send window, G and clock skew', () => {
    expect(at(MORNING_MS + 195_000, look())).toEqual({ kind: 'undecided', why: DOUBTS.stillAlive });
    expect(at(AFTER_G_MS, look())).toEqual({ kind: 'first_look' });
  });

  it('a look that finds nothing decides only as the second one, thirty seconds later', () => {
    const seen = look([], { refund: lookedBefore });
    expect(at(SECOND_LOOK_MS - 1, seen)).toEqual({ kind: 'undecided', why: DOUBTS.firstLook });
    expect(at(SECOND_LOOK_MS, seen)).toEqual({ kind: 'not_done', usedByOthers: false });
  });

  it('a look tells the balance as used by others when entries account for all of R and none may be ours', () => {
    const foreign = [entryOf(1_001), entryOf(1_000, FROM_CONSOLE), entryOf(500, THEIRS)];
    expect(at(SECOND_LOOK_MS, look(foreign, { refund: lookedBefore }))).toEqual({
      kind: 'not_done',
      usedByOthers: true,
    });
  });

  it.each<[string, Look, string]>([
    ['an entry may be ours', look([entryOf(1_000)]), DOUBTS.couldBeOurs],
    ['a smaller entry may be a part of ours', look([entryOf(1_001), entryOf(1)]), DOUBTS.couldBeOurs],
    [
      'R has grown, and the entries do not add up to it',
      look([entryOf(1_001)], { provider: { cancelAmount: won(1_500) } }),
      DOUBTS.doesNotAddUp,
    ],
    [
      'the history is ahead of R, with an entry that may be ours',
      look([entryOf(1_000)], { provider: { cancelAmount: won(0) } }),
      DOUBTS.couldBeOurs,
    ],
    ['R is below L', look([], { payment: thePayment({ cancelAmount: won(1) }) }), DOUBTS.shrunk],
    ['cancel_amount is missing', look([], { provider: { sumTold: false } }), DOUBTS.sumNotTold],
    ['the PG is asynchronous', look([], { provider: { pgProvider: 'paypal_v2' } }), DOUBTS.asynchronous],
    ['the look shows another payment', look([], { provider: { merchantUid: 'x' } }), DOUBTS.otherOrder],
    ['the payment has another currency', look([], { provider: { currency: 'USD' } }), DOUBTS.otherCurrency],
  ])('a look decides nothing when %s', (_why, seen, why) => {
    const second = { ...seen, refund: { ...seen.refund, lookedAtMs: AFTER_G_MS } };
    expect(at(SECOND_LOOK_MS, second)).toEqual({ kind: 'undecided', why });
  });

  it('an unchanged R is enough, even when the history does not add up', () => {
    const seen = look([], {
      provider: { cancelAmount: won(2_000) },
      refund: requested({ checksum: won(8_000) }),
    });
    const payment = thePayment({ inFlight: REFUND_ID, cancelAmount: won(2_000) });
    expect(at(AFTER_G_MS, { ...seen, payment })).toEqual({ kind: 'first_look' });
  });

  it('a look leaves out entries that other refunds hold', () => {
    const entry = entryOf(1_000);
    const seen = look([entry], { refund: lookedBefore, held: new Set([entryKey(entry)]) });
    expect(at(SECOND_LOOK_MS, seen)).toEqual({ kind: 'not_done', usedByOthers: true });
  });
});

describe('before the send (row 3b)', () => {
  it.each([
    ['the same payment is sent', look(), { kind: 'send' }],
    ['a refund whose tag is listed is done', look([entryOf(1_000, OURS)]), { kind: 'done' }],
    [
      'a part with our tag is left to people',
      look([entryOf(1, OURS)]),
      { kind: 'mismatch', why: DOUBTS.partly },
    ],
    ['an R above L is booked first', look([entryOf(1)]), { kind: 'moved' }],
    [
      'an R below L is left to people',
      look([], { payment: thePayment({ cancelAmount: won(1) }) }),
      { kind: 'mismatch' },
    ],
    ['an unpaid payment is not sent', look([], { provider: { isPaid: false } }), { kind: 'not_paid' }],
    [
      'a payment without cancel_amount is not sent',
      look([], { provider: { sumTold: false } }),
      { kind: 'mismatch' },
    ],
    [
      'another amount means another payment',
      look([], { provider: { amount: won(1) } }),
      { kind: 'mismatch' },
    ],
  ])('%s', (_what, seen, judged) => {
    expect(judgeBeforeSend(seen)).toMatchObject(judged);
  });
});

describe('a history whose entries are all held', () => {
  const [a, b] = [entryOf(1), entryOf(2)];

  it('a held history is recognised by its digest; an empty history is always held', () => {
    expect(isAllHeld({}, [])).toBe(true);
    expect(isAllHeld({}, [a])).toBe(false);
    expect(isAllHeld({ heldDigest: historyDigest([a]) }, [a])).toBe(true);
    expect(isAllHeld({ heldDigest: historyDigest([a]) }, [a, b])).toBe(false);
  });

  it('a history stays held when all its new entries belong to a refund', () => {
    const before = { cancelHistory: [a] };
    const payment = thePayment({ heldDigest: historyDigest([a]) });
    expect(digestAfter(payment, before, { cancelHistory: [a, b] }, [b])).toBe(historyDigest([a, b]));
    expect(digestAfter(payment, before, { cancelHistory: [a, b] }, [])).toBeUndefined();
    expect(digestAfter(thePayment(), before, { cancelHistory: [a, b] }, [b])).toBeUndefined();
    expect(digestAfter(payment, undefined, { cancelHistory: [b] }, [b])).toBeUndefined();
  });
});
