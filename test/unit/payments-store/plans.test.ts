import { describe, expect, it } from 'vitest';
import type { Write } from '../../../functions/protocol/write.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import { cancelledRecord, notExecutedRecord } from '../../../functions/refund/record.ts';
import { MemoryStore, shopItem, type Item } from '../../support/memory-store.ts';
import {
  MORNING_MS,
  ORDER,
  REFUND_ID,
  samplePayment,
  samplePending,
  sampleProvider,
  won,
} from '../../support/samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const provider = sampleProvider([{ amount: 1_000, reason: `[${REFUND_ID}]` }]);
const [entry] = provider.cancelHistory;
const settling = { decidedBy: 'read_back', nowMs: MORNING_MS } as const;
const proven = cancelledRecord(samplePending(), { by: 'tag', entry: entry! }, settling);

async function storeWith(item: Item): Promise<{ store: MemoryStore; payment: Payment }> {
  const store = new MemoryStore();
  store.put(item);
  const [payment] = (await store.order(ORDER)).payments;
  return { store, payment: payment! };
}

describe('an item that the shop has deleted', () => {
  const payment = samplePayment();
  const refund = notExecutedRecord(samplePending(), 'cause', MORNING_MS);
  const late: readonly Write[] = [
    { kind: 'claim', payment, pending: samplePending(), evict: [] },
    { kind: 'fence', payment, refund },
    { kind: 'book', payment, provider },
    { kind: 'adopt', payment, provider },
    { kind: 'hear', payment, atMs: MORNING_MS },
  ];

  it.each(late)('is not made again in part by a late write: $kind', async (write) => {
    const store = new MemoryStore();
    expect(await store.write(write)).toBe('condition_failed');
    expect(store.items.size).toBe(0);
  });
});

describe('a claim on an item that had no map of records', () => {
  it('does not write one over in which a refund has been proven since', async () => {
    const { store, payment } = await storeWith(shopItem(ORDER));
    const pending = samplePending({ refundId: 'rf_another' });
    await store.write({
      kind: 'prove',
      payment: { ...payment, seq: 0 },
      refund: { ...proven, seq: 0 },
      provider,
      keepBalance: true,
    });
    expect(await store.write({ kind: 'claim', payment, pending, evict: [] })).toBe('condition_failed');
    const [now] = (await store.order(ORDER)).payments;
    expect(now?.refunds.get(REFUND_ID)?.status).toBe('cancelled');
  });
});

describe('proof of a refund that is nowhere (4x)', () => {
  it('is written also where the table knows of more than the answer that proves it', async () => {
    const { store, payment } = await storeWith(shopItem(ORDER, { cancel_amount: 3_000, refund_records: {} }));
    const write = { kind: 'prove', payment, refund: proven, provider } as const;
    expect(await store.write({ ...write, keepBalance: false })).toBe('condition_failed');
    expect(await store.write({ ...write, keepBalance: true })).toMatchObject({ cancelAmount: won(3_000) });
    const [now] = (await store.order(ORDER)).payments;
    expect(now?.refunds.get(REFUND_ID)?.status).toBe('cancelled');
  });
});

describe('an item that is adopted', () => {
  it('names whom the payer has named, unless the shop has named somebody; and can hold records', async () => {
    const told = { ...provider, customerId: 'payer' };
    const { store, payment } = await storeWith(shopItem(ORDER, { customer_id: undefined, status: 'ready' }));
    const adopted = await store.write({ kind: 'adopt', payment, provider: told });
    expect(adopted).toMatchObject({ customerId: 'payer', status: 'cancelled', stored: { hasRecords: true } });
    const other = await storeWith(shopItem(ORDER, { status: 'ready' }));
    expect(await other.store.write({ kind: 'adopt', payment: other.payment, provider: told })).toMatchObject({
      customerId: 'customer',
    });
  });
});

describe('a refund in doubt', () => {
  it('is due in the index when its note says so, and each look that is taken counts', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(world.store.item(ORDER)?.['refund_resolve_at']).toBe(world.nowMs);
    for (const checks of [1, 2, 3]) {
      await world.look();
      const { pending } = await world.payment();
      expect(pending?.checks).toBe(checks);
      expect(world.store.item(ORDER)?.['refund_resolve_at']).toBe(pending?.resolveAtMs);
    }
  });

  it('and each answer tell the whole history, also what has left the payment’s item', async () => {
    const world = new ScriptedWorld();
    for (const idempotencyKey of ['a', 'b', 'c', 'd']) {
      const result = await world.cancel({ amount: 100, idempotencyKey });
      expect(result.kind === 'final' && result.payment.cancelHistory).toEqual(world.provider.cancelHistory);
      expect(result.kind === 'final' && result.payment.refunds.size).toBe(world.sent.length);
    }
    expect((await world.payment()).stored.historyFrom).toBe(3);
  });
});
