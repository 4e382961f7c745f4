import { describe, expect, it } from 'vitest';
import type { Write, Written } from '../../../functions/protocol/write.ts';
import type { Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { SHARDS } from '../../support/ledger-cases.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  KEY,
  MORNING_MS,
  notExecuted,
  notSent,
  ORDER,
  proposed,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  theProvider,
  won,
} from '../../support/ledger-samples.ts';

const APPLIED = { kind: 'applied' } as const;
const REFUSED = { kind: 'refused' } as const;

function refusedBy(refund: LedgerItem) {
  return { kind: 'refused', refund } as const;
}

const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };

/** The provider after the sample refund was executed. */
const executed = theProvider([entryOf(1_000, { reason: `[${REFUND_ID}]` })], {
  cancelledAtMs: MORNING_MS + 1_000,
  cancelReason: `[${REFUND_ID}]`,
});

/** A ledger of its own for each test, into which the sample payment has been brought. */
class Story {
  readonly table = new FakeTable();
  readonly ledger = this.table.ledger(SHARDS);
  #tokens = 0;

  async write(write: Write): Promise<Written> {
    this.#tokens += 1;
    return this.ledger.write(write, `token-${this.#tokens}`);
  }

  /** Writes that must all be applied. */
  async writes(...writes: readonly Write[]): Promise<void> {
    for (const write of writes) expect([write.kind, await this.write(write)]).toEqual([write.kind, APPLIED]);
  }

  async imported(provider: ProviderPayment = theProvider()): Promise<Payment> {
    await this.writes({ kind: 'import', provider, atMs: MORNING_MS });
    return this.payment();
  }

  async claimed(provider?: ProviderPayment): Promise<Payment> {
    const payment = await this.imported(provider);
    await this.writes({ kind: 'claim', payment, refund: requested(), lastWish });
    return this.payment();
  }

  async payment(): Promise<Payment> {
    const payment = await this.ledger.payment(KEY);
    if (payment === undefined) throw new Error('the payment is gone');
    return payment;
  }

  async refund(): Promise<LedgerItem | undefined> {
    return this.ledger.refund({ ...KEY, refundId: REFUND_ID });
  }
}

const later = MORNING_MS + 20_000;
const foreign = elsewhere();

describe('an import', () => {
  it('brings a payment in under its order number', async () => {
    const story = new Story();
    expect(await story.imported()).toEqual(thePayment());
    expect(await story.ledger.orderOf(IMP_UID)).toBe(ORDER);
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
  });
});

describe('cancels that others made (row 8)', () => {
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

describe('a claim (row 3)', () => {
  it('reserves the payment for one refund', async () => {
    const story = new Story();
    const payment = await story.imported();
    const rateLimit = { tokens: 8.25, atMs: MORNING_MS };
    await story.writes({ kind: 'claim', payment, refund: requested(), lastWish, rateLimit });
    expect(await story.payment()).toEqual({ ...thePayment(), inFlight: REFUND_ID, lastWish, rateLimit });
    expect(await story.refund()).toEqual(requested());
  });

  it('is told of the refund that stands there already', async () => {
    const story = new Story();
    const payment = await story.claimed();
    expect(await story.write({ kind: 'claim', payment, refund: requested(), lastWish })).toEqual(
      refusedBy(requested()),
    );
  });

  it('of a refund that was never sent begins anew: nothing of the earlier claim is left', async () => {
    const story = new Story();
    const payment = await story.imported();
    const first = requested({ reason: 'broken', answer: { atMs: later, text: 'code 1' }, lookedAtMs: later });
    await story.writes(
      { kind: 'claim', payment, refund: first, lastWish },
      { kind: 'not_sent', payment, refund: notSent() },
      { kind: 'claim', payment, refund: requested({ gen: 2 }), lastWish },
    );
    expect(await story.refund()).toEqual(requested({ gen: 2 }));
  });
});

describe('the end of a refund (rows 4, 5, 7d, 10)', () => {
  it('releases the payment and takes over what the provider says', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const end = {
      kind: 'finish',
      payment,
      refund: cancelled(),
      provider: executed,
      keepsBalance: false,
    } as const;
    await story.writes({ ...end, digest: 'digest' });
    const { sumTold: _, ...facts } = executed;
    expect(await story.payment()).toEqual({
      ...facts,
      lookedAtMs: MORNING_MS,
      lastWish,
      heldDigest: 'digest',
    });
    expect(await story.refund()).toEqual(cancelled());
  });

  it('is refused, without the refund, when L is above R by now; keeping the balance it is applied', async () => {
    const story = new Story();
    const payment = await story.claimed();
    await story.writes({ kind: 'book', payment, provider: theProvider([entryOf(2_000)]), isNews: true });
    const end = { kind: 'finish', payment, refund: cancelled(), provider: executed } as const;
    expect(await story.write({ ...end, keepsBalance: false })).toEqual(REFUSED);
    await story.writes({ ...end, keepsBalance: true });
    const after = await story.payment();
    expect(after).toMatchObject({ cancelAmount: 2_000, cancelHistory: [entryOf(2_000)] });
    expect(after).not.toHaveProperty('inFlight');
  });

  it('forgets a digest that it does not know to hold for the new history', async () => {
    const story = new Story();
    const payment = await story.imported();
    await story.writes(
      { kind: 'book', payment, provider: theProvider(), isNews: false, digest: 'old' },
      { kind: 'claim', payment, refund: requested(), lastWish },
      { kind: 'finish', payment, refund: rejected(), provider: theProvider(), keepsBalance: false },
    );
    expect(await story.payment()).not.toHaveProperty('heldDigest');
  });
});

describe('notes of a refund in doubt', () => {
  it('change what they name and nothing else', async () => {
    const story = new Story();
    await story.claimed();
    const answer = { atMs: later, text: 'unknown: timeout' };
    const doubt = { why: 'still alive', cancelAmount: won(10) };
    await story.writes(
      { kind: 'note', refund: requested(), set: { answer, unreadableSinceMs: later } },
      { kind: 'note', refund: requested(), set: { doubt, unreadableSinceMs: null } },
    );
    expect(await story.refund()).toEqual(requested({ answer, doubt }));
  });
});

describe('a cancel that the PG has undone (row 11)', () => {
  it('lowers cancel_amount, and ends a balance that seemed to shrink', async () => {
    const story = new Story();
    const payment = await story.claimed();
    const was = cancelled();
    await story.writes({ kind: 'finish', payment, refund: was, provider: executed, keepsBalance: false });
    const head = await story.payment();
    await story.writes({ kind: 'shrunk', payment: head, shrunk: { atMs: later, cancelAmount: won(0) } });
    const closing = {
      proposal: proposed(),
      approval: { evidence: 'me too', by: { sub: 'b', person: 'Lee' }, atMs: later },
    };
    const refund = { ...was, undone: closing, revision: 1 };
    const undo = { kind: 'undo', payment: head, provider: theProvider(), was, refund } as const;
    await story.writes(undo);
    const after = await story.payment();
    expect(after).toMatchObject({ cancelAmount: 0, status: 'paid', cancelHistory: [] });
    expect(after).not.toHaveProperty('shrunk');
    expect(await story.refund()).toEqual(refund);
  });
});

describe('what stands in an item', () => {
  it('is what the types name: nothing else of a value can slip in, such as an account', async () => {
    const story = new Story();
    const payment = await story.imported();
    const account = { account: '110-123-456789', holder: '김철수', tel: '010-1234-5678' };
    const refund = { ...requested(), ...account, refundAccount: account };
    const write = { kind: 'claim', payment: { ...payment, ...account }, refund, lastWish } as const;
    await story.writes(write, {
      kind: 'finish',
      payment,
      refund: { ...cancelled(), ...account },
      keepsBalance: true,
    });
    const all = JSON.stringify(story.table.items);
    for (const secret of Object.values(account)) expect(all).not.toContain(secret);
    expect(await story.refund()).toBeDefined();
  });
});
