import { describe, expect, it } from 'vitest';
import type { Write } from '../../../functions/protocol/write.ts';
import type { Payment, ProviderPayment } from '../../../functions/refund/payment.ts';
import type { Refund } from '../../../functions/refund/refund.ts';
import { FakeTable } from '../../support/fake-table.ts';
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
  theProvider,
  won,
} from '../../support/ledger-samples.ts';

const lastWish = { refundId: REFUND_ID, wish: 'wish', atMs: MORNING_MS };
const later = MORNING_MS + 20_000;
const foreign = elsewhere();
const refund = cancelled();

/** The provider's payment after the sample refund was executed. */
const executed = theProvider([entryOf(1_000)], { cancelledAtMs: MORNING_MS + 1_000 });

/** The ledger after these writes, each of which must be applied; a write may depend on HEAD as it is then. */
async function after(
  provider: ProviderPayment,
  ...writes: readonly ((payment: Payment) => Write)[]
): Promise<{
  readonly head: Payment;
  readonly ledger: ReturnType<FakeTable['ledger']>;
  readonly table: FakeTable;
}> {
  const table = new FakeTable();
  const ledger = table.ledger();
  await ledger.write({ kind: 'import', provider, atMs: MORNING_MS }, 'import');
  for (const [index, write] of writes.entries()) {
    const payment = await ledger.payment(KEY);
    const { kind } = await ledger.write(write(payment as Payment), `token-${index}`);
    if (kind !== 'applied') throw new Error(`Bug: write ${index} was refused`);
  }
  return { head: (await ledger.payment(KEY)) as Payment, ledger, table };
}

/** HEAD as this look leaves it, with nothing of our own but the time of the import. */
function asSeen({ sumTold: _told, ...facts }: ProviderPayment): Payment {
  return { ...facts, lookedAtMs: MORNING_MS };
}

const claim =
  (fields = {}) =>
  (payment: Payment): Write => ({ kind: 'claim', payment, refund: requested(fields), lastWish });
const finish =
  (more: Partial<Extract<Write, { kind: 'finish' }>> = {}) =>
  (payment: Payment): Write => ({
    kind: 'finish',
    payment,
    refund,
    keepsBalance: more.provider === undefined,
    ...more,
  });
const book =
  (provider: ProviderPayment, more = {}) =>
  (payment: Payment): Write => ({
    kind: 'book',
    payment,
    provider,
    isNews: provider.cancelAmount > payment.cancelAmount,
    ...more,
  });

describe('HEAD after a write', () => {
  it('an unpaid payment is replaced as a whole once it is paid', async () => {
    const paid = theProvider([], { paidAtMs: later, payMethod: 'vbank', customerId: 'customer' });
    const unpaid = theProvider([], { isPaid: false, status: 'ready', amount: won(1) });
    const { head } = await after(unpaid, (payment) => ({ kind: 'refresh', payment, provider: paid }));
    expect(head).toEqual(asSeen(paid));
  });

  it('a look with the same balance renews the provider’s word and the digest, and clears the note of a shrunk balance', async () => {
    const provider = theProvider([], { status: 'cancelled', receiptUrl: 'https://receipt' });
    const shrunk = { atMs: later, cancelAmount: won(0) };
    const note = (payment: Payment): Write => ({ kind: 'shrunk', payment, shrunk });
    const { head } = await after(theProvider(), note, book(provider, { digest: 'digest' }));
    expect(head).toEqual({ ...asSeen(provider), heldDigest: 'digest' });
  });

  it('a later look keeps the payer’s customer_id, the paid amount and the promotion as imported', async () => {
    const identity = { customerId: 'customer', amount: won(10_000), hasPromotion: true };
    const seen = theProvider([entryOf(300)], { customerId: 'another', amount: won(5) });
    expect((await after(theProvider([], identity), book(seen))).head).toMatchObject(identity);
  });

  it('a promotion that only a later look tells is kept', async () => {
    const told = book(theProvider([], { hasPromotion: true }));
    expect((await after(theProvider(), told, book(theProvider()))).head.hasPromotion).toBe(true);
  });

  it('the end of a refund releases the payment and stores the provider’s word', async () => {
    const { head } = await after(theProvider(), claim(), finish({ provider: executed, digest: 'digest' }));
    expect(head).toEqual({ ...asSeen(executed), lastWish, heldDigest: 'digest' });
  });

  it('the end of a refund removes a digest that may not match the new history', async () => {
    const ended = finish({ refund: rejected(), provider: theProvider() });
    const { head } = await after(theProvider(), book(theProvider(), { digest: 'old' }), claim(), ended);
    expect(head).not.toHaveProperty('heldDigest');
  });

  it.for([
    ['another payment', { impUid: 'imp_2' }],
    ['another currency', { currency: 'USD' }],
  ] as const)('an answer about %s is never written', async ([, fields]) => {
    await expect(after(theProvider(), book(theProvider([], fields)))).rejects.toThrow('Bug: the provider');
  });
});

describe('the sum asked on a promotion', () => {
  const promoted = theProvider([], { hasPromotion: true });
  const seen = { ...executed, hasPromotion: true };
  const correct =
    (was: Refund, revision: number) =>
    (payment: Payment): Write => ({
      kind: 'correct',
      payment,
      was,
      refund: cancelled({ corrected: true, revision }),
    });
  const corrected = correct(notExecuted(), 1);
  const elsewhereToo = (payment: Payment): Write => ({ kind: 'elsewhere', payment, item: foreign });
  const undo = (payment: Payment): Write => ({
    kind: 'undo',
    payment,
    provider: promoted,
    was: refund,
    refund: { ...refund, revision: 1 },
  });

  it.for<[string, number | undefined, ProviderPayment, ...((payment: Payment) => Write)[]]>([
    [
      'is at the import what has no entry',
      300,
      theProvider([entryOf(500)], { hasPromotion: true, cancelAmount: won(800) }),
    ],
    ['is not kept without a promotion', undefined, theProvider()],
    ['is not kept for a promotion told later', undefined, theProvider(), claim(), finish({ provider: seen })],
    ['grows by the amount asked', 1_000, promoted, claim(), finish({ provider: seen })],
    ['grows by a foreign cancel', 1_300, promoted, claim(), finish({ provider: seen }), elsewhereToo],
    ['shrinks by what was undone', 300, promoted, claim(), finish({ provider: seen }), elsewhereToo, undo],
    ['stays when nothing was executed', 0, promoted, claim(), finish({ refund: notExecuted() })],
    ['grows when that is corrected', 1_000, promoted, claim(), finish({ refund: notExecuted() }), corrected],
    [
      'grows once, however often it is corrected',
      1_000,
      promoted,
      claim(),
      finish({ refund: notExecuted() }),
      corrected,
      correct(cancelled({ corrected: true, revision: 1 }), 2),
    ],
  ])('%s', async ([, asked, provider, ...writes]) => {
    expect((await after(provider, ...writes)).head.askedAmount).toBe(asked);
  });
});

describe('a refund’s item after a write', () => {
  const stored = { ...KEY, refundId: REFUND_ID };

  it('a claim stores the refund, the last wish and the rate limit', async () => {
    const rateLimit = { tokens: 8.25, atMs: MORNING_MS };
    const { head, ledger } = await after(
      theProvider(),
      (payment) => ({ ...claim()(payment), rateLimit }) as Write,
    );
    expect(head).toEqual({ ...asSeen(theProvider()), inFlight: REFUND_ID, lastWish, rateLimit });
    expect(await ledger.refund(stored)).toEqual(requested());
  });

  it('a claim of an unsent refund starts again, and nothing of the earlier claim is left', async () => {
    const { ledger } = await after(
      theProvider(),
      claim({ reason: 'broken', answer: { atMs: later, text: 'code 1' }, lookedAtMs: later }),
      (payment) => ({ kind: 'not_sent', payment, refund: notSent() }),
      claim({ gen: 2 }),
    );
    expect(await ledger.refund(stored)).toEqual(requested({ gen: 2 }));
  });

  it('a note changes only the attributes that it names', async () => {
    const answer = { atMs: later, text: 'unknown: timeout' };
    const doubt = { why: 'still alive', cancelAmount: won(10) };
    const note = (set: object) => (): Write => ({ kind: 'note', refund: requested(), set });
    const { ledger } = await after(
      theProvider(),
      claim(),
      note({ answer, unreadableSinceMs: later }),
      note({ doubt, unreadableSinceMs: null }),
    );
    expect(await ledger.refund(stored)).toEqual(requested({ answer, doubt }));
  });

  it('a foreign cancel that proves to be ours becomes attributed, whatever was noted of it meanwhile', async () => {
    const proposal = proposed();
    const turned = { ...foreign, status: 'attributed', attributedTo: REFUND_ID, revision: 2 } as const;
    const { ledger } = await after(
      theProvider(),
      (payment) => ({ kind: 'elsewhere', payment, item: foreign }),
      () => ({ kind: 'propose_undone', of: foreign, proposal }),
      (payment) => ({ kind: 'attribute', payment, item: turned }),
    );
    expect(await ledger.refund(foreign)).toEqual({ ...turned, proposal });
  });

  it('an item holds only what its type names, so an account cannot be stored by accident', async () => {
    const account = { account: '110-123-456789', holder: '김철수', tel: '010-1234-5678' };
    const { table } = await after(
      theProvider(),
      (payment) => claim({ ...account, refundAccount: account })({ ...payment, ...account }),
      finish({ refund: { ...cancelled(), ...account } }),
    );
    const all = JSON.stringify(table.items);
    for (const secret of Object.values(account)) expect(all).not.toContain(secret);
  });
});
