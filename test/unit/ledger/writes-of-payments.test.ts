import { describe, expect, it } from 'vitest';
import { paymentKey } from '../../../functions/ledger/keys.ts';
import { WRITES } from '../../support/ledger-cases.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  KEY,
  MORNING_MS,
  notExecuted,
  ORDER,
  proposed,
  REFUND_ID,
  thePayment,
  theProvider,
  won,
} from '../../support/ledger-samples.ts';
import { executed, REFUSED, refusedBy, Story } from '../../support/ledger-story.ts';

const later = MORNING_MS + 20_000;
const foreign = elsewhere();

describe('an import', () => {
  it('brings a payment in once, under one order number', async () => {
    const story = new Story();
    expect(await story.imported()).toEqual(thePayment());
    expect(await story.ledger.orderOf(IMP_UID)).toBe(ORDER);
    const again = { kind: 'import', provider: theProvider([entryOf(5)]), atMs: later } as const;
    expect(await story.write(again)).toEqual(REFUSED);
    const other = { ...again, provider: theProvider([], { merchantUid: 'another order' }) };
    expect(await story.write(other)).toEqual(REFUSED);
    expect(await story.payment()).toEqual(thePayment());
    expect(await story.ledger.payments('another order')).toEqual([]);
  });

  it('of a payment with a promotion counts as asked for what was cancelled before and has no entry', async () => {
    const provider = theProvider([entryOf(500)], { hasPromotion: true, cancelAmount: won(800) });
    expect(await new Story().imported(provider)).toMatchObject({ askedAmount: 300, cancelAmount: 800 });
    expect(await new Story().imported()).not.toHaveProperty('askedAmount');
  });

  it('of a payment that was not paid is refreshed as a whole, once it is paid', async () => {
    const story = new Story();
    const payment = await story.imported(theProvider([], { isPaid: false, status: 'ready', amount: won(1) }));
    const paid = theProvider([], { paidAtMs: later, payMethod: 'vbank', customerId: 'customer' });
    await story.writes({ kind: 'refresh', payment, provider: paid });
    const { sumTold: _, ...facts } = paid;
    expect(await story.payment()).toEqual({ ...facts, lookedAtMs: MORNING_MS });
    expect(
      await story.write({ kind: 'refresh', payment, provider: theProvider([], { amount: won(2) }) }),
    ).toEqual(REFUSED);
  });
});

describe('cancels that others made (row 8)', () => {
  it('raise cancel_amount, and never lower it', async () => {
    const story = new Story();
    const payment = await story.imported();
    const book = { kind: 'book', payment, isNews: true } as const;
    await story.writes({ ...book, provider: theProvider([entryOf(300)]) });
    expect(await story.write({ ...book, provider: theProvider([entryOf(200)]) })).toEqual(REFUSED);
    expect(await story.write({ ...book, provider: theProvider([entryOf(300)]) })).toEqual(REFUSED);
    expect((await story.payment()).cancelAmount).toBe(300);
  });

  it('with the same balance renew only the word and the digest, and end a balance that seemed to shrink', async () => {
    const story = new Story();
    const payment = await story.imported();
    await story.writes({ kind: 'shrunk', payment, shrunk: { atMs: later, cancelAmount: won(0) } });
    const provider = theProvider([], { status: 'cancelled', receiptUrl: 'https://receipt' });
    await story.writes({ kind: 'book', payment, provider, isNews: false, digest: 'digest' });
    const { sumTold: _, ...facts } = provider;
    expect(await story.payment()).toEqual({ ...facts, lookedAtMs: MORNING_MS, heldDigest: 'digest' });
  });

  it('keep whom the payer named and what was paid, whatever a later answer says', async () => {
    const story = new Story();
    const payment = await story.imported(theProvider([], { customerId: 'customer', hasPromotion: true }));
    const provider = theProvider([entryOf(300)], { customerId: 'another', amount: won(5) });
    await story.writes({ kind: 'book', payment, provider, isNews: true });
    expect(await story.payment()).toMatchObject({
      customerId: 'customer',
      amount: 10_000,
      hasPromotion: true,
    });
  });

  it('become items once, each named by its entry', async () => {
    const story = new Story();
    const payment = await story.imported();
    await story.writes({ kind: 'elsewhere', payment, item: foreign });
    expect(await story.write({ kind: 'elsewhere', payment, item: foreign })).toEqual(refusedBy(foreign));
    expect(await story.ledger.allRefunds(KEY)).toEqual([foreign]);
  });

  it('that turn out to be a refund of ours are turned over, with whatever was noted of them meanwhile', async () => {
    const story = new Story();
    const payment = await story.imported();
    const proposal = proposed();
    await story.writes(
      { kind: 'elsewhere', payment, item: foreign },
      { kind: 'propose_undone', of: foreign, proposal },
      {
        kind: 'attribute',
        payment,
        item: { ...foreign, status: 'attributed', attributedTo: REFUND_ID, revision: 2 },
      },
    );
    const expected = { ...foreign, status: 'attributed', attributedTo: REFUND_ID, proposal, revision: 2 };
    expect(await story.ledger.refund(foreign)).toEqual(expected);
  });
});

describe('the provider’s word about another payment', () => {
  it.each([
    ['another payment', { impUid: 'imp_2' }],
    ['another currency', { currency: 'USD' }],
  ])('%s is never written', async (_what, fields) => {
    const story = new Story();
    const payment = await story.imported();
    const write = { kind: 'book', payment, provider: theProvider([], fields), isNews: true } as const;
    await expect(story.write(write)).rejects.toThrow('Bug: ');
  });
});

describe('a promotion', () => {
  const promoted = theProvider([], { hasPromotion: true });

  it('makes the sum that was asked for grow by every cancel, and shrink again by one that was undone', async () => {
    const story = new Story();
    const payment = await story.claimed(promoted);
    const provider = { ...executed, hasPromotion: true };
    const was = cancelled({ executedAmount: won(900) });
    await story.writes({ kind: 'finish', payment, refund: was, provider, keepsBalance: false });
    expect((await story.payment()).askedAmount).toBe(1_000);
    await story.writes({ kind: 'elsewhere', payment, item: foreign });
    expect((await story.payment()).askedAmount).toBe(1_300);
    const now = await story.payment();
    await story.writes({
      kind: 'undo',
      payment: now,
      provider: promoted,
      was,
      refund: { ...was, revision: 1 },
    });
    expect((await story.payment()).askedAmount).toBe(300);
  });

  it('counts a refund that had been told as not done when it is corrected, and only then', async () => {
    const story = new Story();
    const payment = await story.claimed(promoted);
    await story.writes({ kind: 'finish', payment, refund: notExecuted(), keepsBalance: true });
    expect((await story.payment()).askedAmount).toBe(0);
    const refund = cancelled({ corrected: true, revision: 1 });
    await story.writes({ kind: 'correct', payment, was: notExecuted(), refund });
    expect((await story.payment()).askedAmount).toBe(1_000);
    await story.writes({ kind: 'correct', payment, was: refund, refund: { ...refund, revision: 2 } });
    expect((await story.payment()).askedAmount).toBe(1_000);
  });

  it('that nobody told of at the import leaves what can be refunded to the balance', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const provider = { ...executed, hasPromotion: true };
    await story.writes({ kind: 'finish', payment, refund: cancelled(), provider, keepsBalance: false });
    const after = await story.payment();
    expect(after.hasPromotion).toBe(true);
    expect(after).not.toHaveProperty('askedAmount');
  });
});

describe('a look that a webhook asks for', () => {
  it('is taken once from the last one', async () => {
    const story = new Story();
    const payment = await story.imported();
    await story.writes({ kind: 'hear', payment, atMs: later });
    expect(await story.write({ kind: 'hear', payment, atMs: later + 1 })).toEqual(REFUSED);
    expect((await story.payment()).lookedAtMs).toBe(later);
  });

  it('never makes a payment that is not there', async () => {
    const story = new Story();
    expect(await story.write(WRITES.hear['first']!)).toEqual(REFUSED);
    expect(story.table.item(paymentKey(KEY))).toBeUndefined();
  });
});
