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
import type { CancelEntry, Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import type { RequestedRefund } from '../../../functions/refund/refund.ts';
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
const done = (by: 'tag' | 'answer', length = 0) => ({ kind: 'done', by, anomalies: { length } });
const not = (why: keyof typeof DOUBTS) => ({ kind: 'undecided', why: DOUBTS[why] });
const notDone = (usedByOthers: boolean) => ({ kind: 'not_done', usedByOthers });

describe('our tag in the history (row 4)', () => {
  const parts = [ours(400), ours(600)];
  const onPromotion = { payment: { hasPromotion: true } };
  it.each<[string, Look, object]>([
    ['the amount', look([ours(1_000)]), done('tag')],
    ['the amount, whatever R is', look([ours(1_000)], R(0)), done('tag')],
    ['the amount in parts', look(parts), { ...done('tag', 1), entries: parts }],
    ['a part', look(parts.slice(1)), not('partly')],
    ['more than the amount', look([ours(1_100)]), done('tag', 1)],
    ['half of it twice, which counts once', look([ours(500), ours(500)]), not('partly')],
    ['an entry twice', look([ours(1_000), ours(1_000)]), { ...done('tag', 1), entries: { length: 1 } }],
    ['another sum, on a promotion', look([ours(700)], {}, onPromotion), done('tag', 1)],
    ['another sum, after a restore', look([ours(700)], {}, { refund: { isRestored: true } }), done('tag', 1)],
  ])('our tag proves the refund or not when it shows %s', (_what, seen, judged) => {
    expect(judgeTag(seen)).toMatchObject(judged);
  });
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

describe('code 0 (row 4)', () => {
  const promotion = {
    payment: { hasPromotion: true, cancelAmount: won(300) },
    refund: { cancelledBefore: won(300), seen: [entryKey(entryOf(300))] },
  };
  const untagged = [entryOf(1_000)];
  const named = { ...settings, pgsThatCancelLater: new Set(['nice:card']) };
  it.each<[string, Look, object]>([
    ['our amount is listed without a tag', look(untagged), done('answer', 1)],
    ['it is listed in parts', look([entryOf(400), entryOf(600)]), done('answer', 1)],
    ['R has grown on a promotion', look([entryOf(300), entryOf(700)], {}, promotion), done('answer', 1)],
    [
      'R has not grown on a promotion',
      look([entryOf(300), entryOf(700)], R(300), promotion),
      not('stillAlive'),
    ],
    ['R has not grown', look(untagged, R(999)), not('stillAlive')],
    ['it is not listed', look(), not('stillAlive')],
    ['another entry may be ours as well', look([...untagged, entryOf(1)]), not('stillAlive')],
    ['cancel_amount is missing', look(untagged, { sumTold: false }), not('sumNotTold')],
    ['the PG is asynchronous', look(untagged, { pgProvider: 'paypal' }), not('asynchronous')],
    [
      'only the ledger knows that the PG is asynchronous',
      look(untagged, {}, { payment: { pgProvider: 'kicc', payMethod: 'wechat' } }),
      not('asynchronous'),
    ],
    [
      'a deployer named the PG as asynchronous',
      look(untagged, { pgProvider: 'nice', payMethod: 'card' }, { settings: named }),
      not('asynchronous'),
    ],
    ['it is about another payment', look([ours(1_000)], { impUid: 'x' }), not('otherPayment')],
    ['a part of ours is listed with our tag', look([ours(1), entryOf(999)]), not('partly')],
  ])('code 0 proves the refund or nothing when %s', (_why, seen, judged) => {
    expect(judgeAnswer(seen)).toMatchObject(judged);
  });
});

describe('a refusal with a read-back (row 5)', () => {
  it.each<[string, Look, object]>([
    ['R is unchanged', look(), notDone(false)],
    ['others have used the balance', look([entryOf(1_000)]), notDone(true)],
    ['it is listed with our tag', look([ours(1_000)]), done('tag')],
    ['another payment is read back', look([], { amount: won(1) }), not('otherAmount')],
    ['a part of ours is listed with our tag', look([ours(1)]), not('partly')],
    ['cancel_amount is missing', look([], { sumTold: false }), not('sumNotTold')],
    ['R is below L', look([], {}, { payment: R(1) }), not('shrunk')],
    ['R is below its value at the claim', look([], {}, { refund: { checksum: won(9_000) } }), not('shrunk')],
  ])('a refusal proves that nothing was executed, or decides nothing, when %s', (_why, seen, judged) => {
    expect(judgeRefusal(seen)).toMatchObject(judged);
  });
});

describe('a look that finds nothing (rows 7, 7d, 7e)', () => {
  it('a look that finds nothing decides only as the second one, after send window, G, clock skew and thirty seconds', () => {
    expect(at(AFTER_G_MS - 1, look())).toEqual(not('stillAlive'));
    expect(at(AFTER_G_MS, look())).toEqual({ kind: 'first_look' });
    const seen = look([], {}, { refund: { lookedAtMs: AFTER_G_MS } });
    expect(at(SECOND_LOOK_MS - 1, seen)).toEqual(not('firstLook'));
    expect(at(SECOND_LOOK_MS, seen)).toEqual(notDone(false));
  });

  it.each<[string, Look, object]>([
    ['it shows our tag', look([ours(1_000)]), done('tag')],
    [
      'entries account for all of R and none may be ours',
      look([entryOf(1_001), entryOf(1_000, FROM_CONSOLE), entryOf(500, THEIRS)]),
      notDone(true),
    ],
    [
      'another refund holds the entry',
      look([entryOf(1_000)], {}, { held: new Set([entryKey(entryOf(1_000))]) }),
      notDone(true),
    ],
    [
      'R is unchanged, even when the history does not add up',
      look([], R(2_000), { payment: R(2_000), refund: { checksum: won(8_000) } }),
      notDone(false),
    ],
    ['an entry may be ours', look([entryOf(1_000)]), not('couldBeOurs')],
    ['a smaller entry may be a part of ours', look([entryOf(1_001), entryOf(1)]), not('couldBeOurs')],
    [
      'R has grown, and the entries do not add up to it',
      look([entryOf(1_001)], R(1_500)),
      not('doesNotAddUp'),
    ],
    [
      'the history is ahead of R, with an entry that may be ours',
      look([entryOf(1_000)], R(0)),
      not('couldBeOurs'),
    ],
    ['a part of ours is listed with our tag', look([ours(600)]), not('partly')],
    ['R is below L', look([], {}, { payment: R(1) }), not('shrunk')],
    ['cancel_amount is missing', look([], { sumTold: false }), not('sumNotTold')],
    ['the PG is asynchronous', look([], { pgProvider: 'paypal_v2' }), not('asynchronous')],
    ['the order is another', look([], { merchantUid: 'x' }), not('otherOrder')],
    ['the currency is another', look([], { currency: 'USD' }), not('otherCurrency')],
  ])('the second look decides or not when %s', (_why, seen, judged) => {
    expect(second(seen)).toMatchObject(judged);
  });
});

describe('before the send (row 3b)', () => {
  it.each<[string, Look, object]>([
    ['nothing has changed', look(), { kind: 'send' }],
    ['our tag is listed', look([ours(1_000)]), { kind: 'done' }],
    ['a part of ours is listed', look([ours(1)]), not('partly')],
    ['R is above L, which is booked first', look([entryOf(1)]), { kind: 'moved' }],
    ['R is below L', look([], {}, { payment: R(1) }), not('shrunk')],
    ['the payment is not paid', look([], { isPaid: false }), { kind: 'not_paid' }],
    ['cancel_amount is missing', look([], { sumTold: false }), not('sumNotTold')],
    ['the amount is another', look([], { amount: won(1) }), not('otherAmount')],
  ])('a refund is sent or not when %s', (_what, seen, judged) => {
    expect(judgeBeforeSend(seen)).toMatchObject(judged);
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
