import { describe, expect, it } from 'vitest';
import { OPEN_SHARD_KEY } from '../../functions/payments-store/keys.ts';
import { paymentFromItem } from '../../functions/payments-store/payment-item.ts';
import type { Write } from '../../functions/protocol/write.ts';
import type { CancelledRefund } from '../../functions/refund/payment.ts';
import { cancelledRecord, notExecutedRecord, rejectedRecord } from '../../functions/refund/record.ts';
import { MemoryStore, shopItem, type Item } from '../support/memory-store.ts';
import {
  MORNING_MS,
  ORDER,
  OTHER_REFUND_ID,
  REFUND_ID,
  samplePending,
  sampleProvider,
  won,
} from '../support/samples.ts';

/**
 * Conditions that no schedule misses, each held directly: what the write is refused by, and that it is applied otherwise.
 * PROTOCOL says of some that the model does not need them; others only guard against what a shop may do to the item.
 */
const settling = { decidedBy: 'read_back', nowMs: MORNING_MS } as const;
const pending = samplePending();
const entry = { amount: pending.amount, cancellationId: 'C1' };
const cancelled: CancelledRefund = cancelledRecord(pending, { by: 'tag', entry }, settling);
const rejected = rejectedRecord(pending, { code: 'NOT_EXECUTED' }, settling);
const provider = sampleProvider([{ amount: 1_000, reason: `[${REFUND_ID}]` }]);
const proposal = {
  verdict: 'not_executed',
  evidence: 'as the PG says',
  proposedBy: 'first',
  proposedAtMs: MORNING_MS,
} as const;
const guard = { seq: 1, attempt: 1, claimId: 'claim-1' };

/** The table with a claimed item, or with one at rest. */
async function table({ isClaimed = true, item = {} }: { isClaimed?: boolean; item?: Item } = {}) {
  const store = new MemoryStore();
  store.put(shopItem(ORDER, { refund_records: {}, ...item }));
  const rest = paymentFromItem(store.item(ORDER) ?? {});
  if (isClaimed) await store.write({ kind: 'claim', payment: rest, pending, evict: [] });
  return { store, payment: paymentFromItem(store.item(ORDER) ?? {}) };
}

/** Whether a write that was made up from the item as it was is applied to what the item has become since. */
async function isApplied(
  change: (item: Item) => Item,
  made: (payment: Awaited<ReturnType<typeof table>>['payment']) => Write,
  options: Parameters<typeof table>[0] = {},
): Promise<boolean> {
  const { store, payment } = await table(options);
  const write = made(payment);
  const item = change(store.item(ORDER) ?? {});
  store.put(item);
  return (await store.write(write)) !== 'condition_failed';
}

const unchanged = (item: Item): Item => item;
const inPending =
  (fields: Item) =>
  (item: Item): Item => ({
    ...item,
    refund_pending: { ...(item['refund_pending'] as Item), ...fields },
  });
const withRecord =
  (status: string, refundId = REFUND_ID) =>
  (item: Item): Item => ({
    ...item,
    refund_records: { [refundId]: { status } },
  });

type Case = readonly [string, (item: Item) => Item];
type Made = (payment: Awaited<ReturnType<typeof table>>['payment']) => Write;

function refuses(
  what: string,
  made: Made,
  cases: readonly Case[],
  options: Parameters<typeof table>[0] = {},
) {
  describe(`${what} holds only for what it was made from`, () => {
    it('is applied to the item as it was read', async () => {
      expect(await isApplied(unchanged, made, options)).toBe(true);
    });

    it.each(cases)('is refused when %s', async (_why, change) => {
      expect(await isApplied(change, made, options)).toBe(false);
    });
  });
}

const rest = { isClaimed: false };

refuses(
  'a claim (row 3)',
  (payment) => ({ kind: 'claim', payment, pending, evict: [] }),
  [
    ['another refund is in flight', (item) => ({ ...item, refund_pending: { seq: 9 } })],
    ['the balance has moved', (item) => ({ ...item, cancel_amount: 1 })],
    ['the amount is another', (item) => ({ ...item, amount: 9_999 })],
    ['the currency is another', (item) => ({ ...item, currency: 'USD' })],
    ['the owner is another', (item) => ({ ...item, customer_id: 'somebody' })],
    ['another claim was made meanwhile', (item) => ({ ...item, refund_seq: 1 })],
    ['this refund was cancelled meanwhile', withRecord('cancelled')],
    ['this refund was rejected meanwhile', withRecord('rejected')],
  ],
  rest,
);

refuses(
  'a refund found in the history by its tag (row 4)',
  (payment) => ({
    kind: 'finish',
    payment,
    guard: { seq: 1 },
    refund: cancelled,
    provider,
    keepBalance: false,
  }),
  [
    ['another claim is in flight', inPending({ seq: 2 })],
    ['another refund is in flight under the same number', inPending({ refund_id: OTHER_REFUND_ID })],
    ['more is known to be cancelled', (item) => ({ ...item, cancel_amount: 1_001 })],
  ],
);

refuses(
  'a refund attributed by position (row 7p)',
  (payment) => {
    const refund = { ...cancelled, attribution: 'position' } as const;
    return { kind: 'finish', payment, guard, refund, provider, keepBalance: false, unlessRefused: true };
  },
  [
    ['this attempt was refused', inPending({ refused: 1 })],
    ['another attempt is in flight', inPending({ attempt: 2 })],
  ],
);

refuses(
  'a refund proven not done (rows 5b to 7d)',
  (payment) => ({ kind: 'finish', payment, guard, refund: rejected, provider, keepBalance: false }),
  [
    ['another attempt is in flight', inPending({ attempt: 2 })],
    [
      'another worker holds the same numbers, after the shop has written over the item',
      inPending({ claim_id: 'x' }),
    ],
    ['it was accepted', inPending({ accepted: true })],
  ],
);

refuses(
  'a release (row 9)',
  (payment) => ({ kind: 'release', payment, guard, refund: notExecutedRecord(pending, 'cause', MORNING_MS) }),
  [
    ['another claim is in flight', inPending({ seq: 2 })],
    ['another attempt is in flight', inPending({ attempt: 2 })],
  ],
);

refuses(
  'the next attempt (row 7c)',
  (payment) => ({ kind: 'reattempt', payment, guard, pending: { ...pending, attempt: 2, claimId: 'next' } }),
  [
    ['somebody has claimed it already', inPending({ attempt: 2, claim_id: 'other' })],
    ['it was accepted', inPending({ accepted: true })],
  ],
);

refuses(
  'what people say of it (row 10)',
  (payment) => ({ kind: 'note', payment, pending: { ...pending, proposal } }),
  [
    ['somebody has said something meanwhile', inPending({ proposal: { proposed_at: 7 } })],
    ['another attempt is in flight', inPending({ attempt: 2 })],
  ],
);

refuses(
  'proof for a refund that is not in flight (row 4x)',
  (payment) => ({ kind: 'prove', payment, refund: cancelled, provider, keepBalance: false }),
  [
    ['it is known as cancelled', withRecord('cancelled')],
    ['it is in flight again', inPending({ refund_id: REFUND_ID })],
    ['more is known to be cancelled', (item) => ({ ...item, cancel_amount: 1_001 })],
  ],
  rest,
);

refuses(
  'a fence behind a claim that nobody can find',
  (payment) => ({ kind: 'fence', payment, refund: notExecutedRecord(pending, 'cause', MORNING_MS) }),
  [
    ['the claim has arrived', (item) => ({ ...item, refund_pending: { seq: 1 }, refund_seq: 1 })],
    ['it has come and gone', (item) => ({ ...item, refund_seq: 1 })],
  ],
  rest,
);

refuses(
  'a look that a resolver takes',
  (payment) => ({ kind: 'defer', payment, guard, checks: 0, resolveAtMs: MORNING_MS }),
  [
    ['somebody else has taken it', inPending({ checks: 1 })],
    ['another attempt is in flight', inPending({ attempt: 2 })],
  ],
);

refuses(
  'the provider’s word in place of the shop’s',
  (payment) => ({ kind: 'adopt', payment, provider }),
  [
    ['a refund is in flight', (item) => ({ ...item, refund_pending: { seq: 1 } })],
    ['a refund has come and gone', (item) => ({ ...item, refund_seq: 1 })],
  ],
  rest,
);

describe('a fence', () => {
  it('moves refund_seq past the claim, so that a copy of it that arrives later changes nothing', async () => {
    const { store, payment } = await table(rest);
    await store.write({ kind: 'fence', payment, refund: notExecutedRecord(pending, 'cause', MORNING_MS) });
    expect(await store.write({ kind: 'claim', payment, pending, evict: [] })).toBe('condition_failed');
  });
});

describe('a correction (row 8)', () => {
  it('is made once, of what was told as not done, whatever else has happened to the item', async () => {
    const { store, payment } = await table();
    await store.write({ kind: 'finish', payment, guard, refund: rejected, provider, keepBalance: true });
    const correction = { kind: 'correct', payment, refund: cancelled } as const;
    expect(await store.write(correction)).toMatchObject({ cancelAmount: 0 });
    expect(await store.write(correction)).toBe('condition_failed');
  });
});

describe('a settled refund', () => {
  it('leaves a balance that is above the provider’s word alone (keepBalance)', async () => {
    const { store, payment } = await table();
    store.put({ ...store.item(ORDER), cancel_amount: 5_000 });
    const write = { kind: 'finish', payment, guard, refund: cancelled, provider } as const;
    expect(await store.write({ ...write, keepBalance: false })).toBe('condition_failed');
    expect(await store.write({ ...write, keepBalance: true })).toMatchObject({ cancelAmount: 5_000 });
  });
});

describe('an item made anew by proof', () => {
  it('has the count of claims that the lost one had', async () => {
    const store = new MemoryStore();
    const { payment } = await table();
    const { pending: _gone, ...lost } = { ...payment, seq: 0, stored: { bytes: 0, hasRecords: false } };
    const refund = { ...cancelled, seq: 7 };
    await store.write({ kind: 'prove', payment: lost, refund, provider, keepBalance: false });
    expect(store.item(ORDER)).toMatchObject({ refund_seq: 7, cancel_amount: 1_000, amount: won(10_000) });
  });
});

describe('a claim', () => {
  it('is known to the schedule until its refund is final', async () => {
    const { store, payment } = await table();
    expect(store.item(ORDER)).toHaveProperty(OPEN_SHARD_KEY);
    await store.write({ kind: 'finish', payment, guard, refund: rejected, provider, keepBalance: false });
    expect(store.item(ORDER)).not.toHaveProperty(OPEN_SHARD_KEY);
  });
});
