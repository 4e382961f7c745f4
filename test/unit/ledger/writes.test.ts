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
  KEY,
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

const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };

/** The provider's payment after the sample refund was executed. */
const executed = theProvider([entryOf(1_000, { reason: `[${REFUND_ID}]` })], {
  cancelledAtMs: MORNING_MS + 1_000,
  cancelReason: `[${REFUND_ID}]`,
});

/** A new ledger for each test, with the sample payment imported. */
class Scenario {
  readonly table = new FakeTable();
  readonly ledger = this.table.ledger(SHARDS);
  #tokens = 0;

  async write(write: Write): Promise<Written> {
    this.#tokens += 1;
    return this.ledger.write(write, `token-${this.#tokens}`);
  }

  /** Applies these writes; each must succeed. */
  async writes(...writes: readonly Write[]): Promise<void> {
    for (const write of writes)
      expect({ [write.kind]: await this.write(write) }).toEqual({ [write.kind]: { kind: 'applied' } });
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
  it('an import of a promotion counts earlier cancels without an entry as asked for', async () => {
    const provider = theProvider([entryOf(500)], { hasPromotion: true, cancelAmount: won(800) });
    expect(await new Scenario().imported(provider)).toMatchObject({ askedAmount: 300, cancelAmount: 800 });
    expect(await new Scenario().imported()).not.toHaveProperty('askedAmount');
  });

  it('an imported unpaid payment is replaced as a whole once it is paid', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported(
      theProvider([], { isPaid: false, status: 'ready', amount: won(1) }),
    );
    const paid = theProvider([], { paidAtMs: later, payMethod: 'vbank', customerId: 'customer' });
    await scenario.writes({ kind: 'refresh', payment, provider: paid });
    const { sumTold: _, ...facts } = paid;
    expect(await scenario.payment()).toEqual({ ...facts, lookedAtMs: MORNING_MS });
  });
});

describe('cancels of others (row 8)', () => {
  it('a look with the same balance renews only the provider’s word and the digest, and clears the note of a shrunk balance', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    await scenario.writes({ kind: 'shrunk', payment, shrunk: { atMs: later, cancelAmount: won(0) } });
    const provider = theProvider([], { status: 'cancelled', receiptUrl: 'https://receipt' });
    await scenario.writes({ kind: 'book', payment, provider, isNews: false, digest: 'digest' });
    const { sumTold: _, ...facts } = provider;
    expect(await scenario.payment()).toEqual({ ...facts, lookedAtMs: MORNING_MS, heldDigest: 'digest' });
  });

  it('a later look keeps the payer’s customer_id and the paid amount as imported', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported(theProvider([], { customerId: 'customer', hasPromotion: true }));
    const provider = theProvider([entryOf(300)], { customerId: 'another', amount: won(5) });
    await scenario.writes({ kind: 'book', payment, provider, isNews: true });
    expect(await scenario.payment()).toMatchObject({
      customerId: 'customer',
      amount: 10_000,
      hasPromotion: true,
    });
  });

  it('a foreign cancel that proves to be a refund of ours becomes attributed, whatever was noted of it meanwhile', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    const proposal = proposed();
    await scenario.writes(
      { kind: 'elsewhere', payment, item: foreign },
      { kind: 'propose_undone', of: foreign, proposal },
      {
        kind: 'attribute',
        payment,
        item: { ...foreign, status: 'attributed', attributedTo: REFUND_ID, revision: 2 },
      },
    );
    const expected = { ...foreign, status: 'attributed', attributedTo: REFUND_ID, proposal, revision: 2 };
    expect(await scenario.ledger.refund(foreign)).toEqual(expected);
  });
});

describe('an answer about another payment is a bug', () => {
  it.each([
    ['another payment', { impUid: 'imp_2' }],
    ['another currency', { currency: 'USD' }],
  ])('an answer about %s is never written', async (_what, fields) => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    const write = { kind: 'book', payment, provider: theProvider([], fields), isNews: true } as const;
    await expect(scenario.write(write)).rejects.toThrow('Bug: ');
  });
});

describe('a promotion', () => {
  const promoted = theProvider([], { hasPromotion: true });

  it('on a promotion each cancel raises the sum asked, and an undone cancel lowers it', async () => {
    const scenario = new Scenario();
    const payment = await scenario.claimed(promoted);
    const provider = { ...executed, hasPromotion: true };
    const was = cancelled({ executedAmount: won(900) });
    await scenario.writes({ kind: 'finish', payment, refund: was, provider, keepsBalance: false });
    expect((await scenario.payment()).askedAmount).toBe(1_000);
    await scenario.writes({ kind: 'elsewhere', payment, item: foreign });
    expect((await scenario.payment()).askedAmount).toBe(1_300);
    const now = await scenario.payment();
    await scenario.writes({
      kind: 'undo',
      payment: now,
      provider: promoted,
      was,
      refund: { ...was, revision: 1 },
    });
    expect((await scenario.payment()).askedAmount).toBe(300);
  });

  it('on a promotion a refund told as not executed counts only once it is corrected', async () => {
    const scenario = new Scenario();
    const payment = await scenario.claimed(promoted);
    await scenario.writes({ kind: 'finish', payment, refund: notExecuted(), keepsBalance: true });
    expect((await scenario.payment()).askedAmount).toBe(0);
    const refund = cancelled({ corrected: true, revision: 1 });
    await scenario.writes({ kind: 'correct', payment, was: notExecuted(), refund });
    expect((await scenario.payment()).askedAmount).toBe(1_000);
    await scenario.writes({ kind: 'correct', payment, was: refund, refund: { ...refund, revision: 2 } });
    expect((await scenario.payment()).askedAmount).toBe(1_000);
  });

  it('without a promotion known at the import no asked_amount is kept, and the balance limits refunds', async () => {
    const scenario = new Scenario();
    const payment = await scenario.claimed();
    const provider = { ...executed, hasPromotion: true };
    await scenario.writes({ kind: 'finish', payment, refund: cancelled(), provider, keepsBalance: false });
    const after = await scenario.payment();
    expect(after.hasPromotion).toBe(true);
    expect(after).not.toHaveProperty('askedAmount');
  });
});

describe('a claim (row 3)', () => {
  it('a claim reserves the payment for one refund', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    const rateLimit = { tokens: 8.25, atMs: MORNING_MS };
    await scenario.writes({ kind: 'claim', payment, refund: requested(), lastWish, rateLimit });
    expect(await scenario.payment()).toEqual({ ...thePayment(), inFlight: REFUND_ID, lastWish, rateLimit });
    expect(await scenario.refund()).toEqual(requested());
  });

  it('a claim of an unsent refund starts again, and nothing of the earlier claim is left', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    const first = requested({ reason: 'broken', answer: { atMs: later, text: 'code 1' }, lookedAtMs: later });
    await scenario.writes(
      { kind: 'claim', payment, refund: first, lastWish },
      { kind: 'not_sent', payment, refund: notSent() },
      { kind: 'claim', payment, refund: requested({ gen: 2 }), lastWish },
    );
    expect(await scenario.refund()).toEqual(requested({ gen: 2 }));
  });
});

describe('the end of a refund (rows 4, 5, 7d, 10)', () => {
  it('the end releases the payment and stores the provider’s word', async () => {
    const scenario = new Scenario();
    const payment = await scenario.claimed();
    const end = { kind: 'finish', payment, refund: cancelled(), provider: executed } as const;
    await scenario.writes({ ...end, keepsBalance: false, digest: 'digest' });
    const { sumTold: _, ...facts } = executed;
    expect(await scenario.payment()).toEqual({
      ...facts,
      lookedAtMs: MORNING_MS,
      lastWish,
      heldDigest: 'digest',
    });
    expect(await scenario.refund()).toEqual(cancelled());
  });

  it('the end removes a digest that may not match the new history', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    await scenario.writes(
      { kind: 'book', payment, provider: theProvider(), isNews: false, digest: 'old' },
      { kind: 'claim', payment, refund: requested(), lastWish },
      { kind: 'finish', payment, refund: rejected(), provider: theProvider(), keepsBalance: false },
    );
    expect(await scenario.payment()).not.toHaveProperty('heldDigest');
  });
});

describe('notes on a refund in doubt', () => {
  it('a note changes only the attributes that it names', async () => {
    const scenario = new Scenario();
    await scenario.claimed();
    const answer = { atMs: later, text: 'unknown: timeout' };
    const doubt = { why: 'still alive', cancelAmount: won(10) };
    await scenario.writes(
      { kind: 'note', refund: requested(), set: { answer, unreadableSinceMs: later } },
      { kind: 'note', refund: requested(), set: { doubt, unreadableSinceMs: null } },
    );
    expect(await scenario.refund()).toEqual(requested({ answer, doubt }));
  });
});

describe('the attributes that a write may store', () => {
  it('an item holds only what its type names, so an account cannot be stored by accident', async () => {
    const scenario = new Scenario();
    const payment = await scenario.imported();
    const account = { account: '110-123-456789', holder: '김철수', tel: '010-1234-5678' };
    const refund = { ...requested(), ...account, refundAccount: account };
    const write = { kind: 'claim', payment: { ...payment, ...account }, refund, lastWish } as const;
    await scenario.writes(write, {
      kind: 'finish',
      payment,
      refund: { ...cancelled(), ...account },
      keepsBalance: true,
    });
    const all = JSON.stringify(scenario.table.items);
    for (const secret of Object.values(account)) expect(all).not.toContain(secret);
    expect(await scenario.refund()).toBeDefined();
  });
});
