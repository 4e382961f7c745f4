import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON, tagOf } from '../../../functions/refund/attribution.ts';
import { notExecutedRecord, cancelledRecord, rejectedRecord } from '../../../functions/refund/record.ts';
import type { Payment, PendingRefund } from '../../../functions/refund/payment.ts';
import { attemptOf, type Write } from '../../../functions/protocol/write.ts';
import { MemoryStore, shopItem, type Item } from '../../support/memory-store.ts';
import {
  MORNING_MS,
  ORDER,
  OTHER_REFUND_ID,
  REFUND_ID,
  samplePending,
  sampleProvider,
} from '../../support/samples.ts';
import { applied } from '../../support/table-for-tests.ts';

const store = async (fields: Item = {}) => {
  const memory = new MemoryStore();
  memory.put(shopItem(ORDER, fields));
  return { memory, payment: await read(memory) };
};

async function read(memory: MemoryStore): Promise<Payment> {
  const [payment] = (await memory.order(ORDER)).payments;
  if (payment === undefined) throw new Error('the item is gone');
  return payment;
}

const ENTRIES = [
  { amount: 1_000, reason: tagOf(REFUND_ID) },
  { amount: 1_000, reason: tagOf(OTHER_REFUND_ID) },
  { amount: 500, reason: CONSOLE_REASON },
];

/** A refund from its claim to its end, the first `count` entries of the provider's history being there then. */
async function refund(memory: MemoryStore, refundId: string, count: number): Promise<void> {
  const before = await read(memory);
  const pending = samplePending({ refundId, seq: before.seq + 1 });
  const payment = await applied(memory, { kind: 'claim', payment: before, pending, evict: [] });
  const provider = sampleProvider(ENTRIES.slice(0, count));
  const done = { by: 'tag', entry: provider.cancelHistory[count - 1]! } as const;
  const record = cancelledRecord(pending, done, { decidedBy: 'answer', nowMs: MORNING_MS });
  const guard = { seq: pending.seq };
  await applied(memory, { kind: 'finish', payment, guard, refund: record, provider, keepBalance: false });
}

/** Rejected, and nothing in flight any more. */
async function rejected(memory: MemoryStore, pending: PendingRefund): Promise<Payment> {
  const payment = await applied(memory, { kind: 'claim', payment: await read(memory), pending, evict: [] });
  const settling = { decidedBy: 'read_back', nowMs: MORNING_MS } as const;
  const record = rejectedRecord(pending, { code: 'NOT_EXECUTED' }, settling);
  const finish = { kind: 'finish', guard: attemptOf(pending), refund: record, keepBalance: true } as const;
  return applied(memory, { ...finish, payment });
}

describe('a write that was made of an older read', () => {
  it('brings the whole history, and it is shown once, although entries have left the item since', async () => {
    const { memory, payment } = await store();
    await refund(memory, REFUND_ID, 1);
    await refund(memory, OTHER_REFUND_ID, 2);
    expect((await read(memory)).stored.historyFrom).toBe(1);
    const provider = sampleProvider(ENTRIES);
    await applied(memory, { kind: 'book', payment, provider });
    const after = await read(memory);
    expect(after.cancelHistory).toEqual(provider.cancelHistory);
    expect([...after.refunds.keys()].toSorted()).toEqual([REFUND_ID, OTHER_REFUND_ID].toSorted());
  });

  it('does not adopt a balance that the provider has told of since: it never falls', async () => {
    const { memory, payment } = await store({ status: 'ready' });
    const adopt: Write = { kind: 'adopt', payment, provider: sampleProvider() };
    const adopted = await applied(memory, adopt);
    await applied(memory, { kind: 'book', payment: adopted, provider: sampleProvider(ENTRIES) });
    expect(await memory.write(adopt)).toBe('condition_failed');
    expect((await read(memory)).cancelAmount).toBe(2_500);
  });

  it('makes no room by forgetting a refusal that was put right since', async () => {
    const { memory } = await store();
    const pending = samplePending();
    const full = await rejected(memory, pending);
    const entry = sampleProvider(ENTRIES).cancelHistory[0]!;
    const settling = { decidedBy: 'read_back', nowMs: MORNING_MS, corrected: true } as const;
    const proven = cancelledRecord(pending, { by: 'tag', entry }, settling);
    await applied(memory, { kind: 'correct', payment: full, refund: proven });
    const next = samplePending({ refundId: OTHER_REFUND_ID, seq: 2 });
    const claim = { kind: 'claim', pending: next, evict: [REFUND_ID] } as const;
    expect(await memory.write({ ...claim, payment: full })).toBe('condition_failed');
    expect((await read(memory)).refunds.get(REFUND_ID)).toEqual(proven);
  });

  it('makes room by forgetting a refusal that still is one, or that is gone', async () => {
    const { memory } = await store();
    const full = await rejected(memory, samplePending());
    const next = samplePending({ refundId: OTHER_REFUND_ID, seq: 2 });
    const claim = { kind: 'claim', payment: full, pending: next, evict: [REFUND_ID, 'rf_gone'] } as const;
    expect([...(await applied(memory, claim)).refunds.keys()]).toEqual([]);
  });

  it('does not say of a refund that was proven meanwhile that it was not executed', async () => {
    const { memory, payment } = await store({ refund_records: {} });
    const pending = samplePending();
    const provider = sampleProvider(ENTRIES.slice(0, 1));
    const done = { by: 'tag', entry: provider.cancelHistory[0]! } as const;
    const settling = { decidedBy: 'answer', nowMs: MORNING_MS } as const;
    const proven = cancelledRecord({ ...pending, seq: 0 }, done, settling);
    await applied(memory, { kind: 'prove', payment, refund: proven, provider, keepBalance: false });
    const unconfirmed = notExecutedRecord(pending, 'unconfirmed', MORNING_MS);
    expect(await memory.write({ kind: 'fence', payment, refund: unconfirmed })).toBe('condition_failed');
    expect((await read(memory)).refunds.get(REFUND_ID)?.status).toBe('cancelled');
  });
});

describe('a final write of a claim whose copies are made, into an item that the shop has damaged', () => {
  it('is written where the map of records is gone', async () => {
    const { memory } = await store();
    await refund(memory, REFUND_ID, 1);
    const pending = samplePending({ refundId: OTHER_REFUND_ID, seq: 2 });
    const claimed = await applied(memory, {
      kind: 'claim',
      payment: await read(memory),
      pending,
      evict: [],
    });
    const { refund_records: _gone, ...item } = memory.item(ORDER) ?? {};
    memory.put(item);
    const payment = await applied(memory, { kind: 'hear', payment: claimed, atMs: MORNING_MS });
    const provider = sampleProvider(ENTRIES.slice(0, 2));
    const done = { by: 'tag', entry: provider.cancelHistory[1]! } as const;
    const record = cancelledRecord(pending, done, { decidedBy: 'answer', nowMs: MORNING_MS });
    const guard = { seq: pending.seq };
    const finish: Write = { kind: 'finish', payment, guard, refund: record, provider, keepBalance: false };
    await applied(memory, finish);
    const after = await read(memory);
    expect([...after.refunds.keys()].toSorted()).toEqual([REFUND_ID, OTHER_REFUND_ID].toSorted());
    expect(after.cancelHistory).toEqual(provider.cancelHistory);
  });
});

describe('the time of the last look for a webhook', () => {
  it('that has been damaged is written anew', async () => {
    const { memory, payment } = await store({ refund_heard_at: 'never' });
    expect(payment.heardAtMs).toBeUndefined();
    expect(await memory.write({ kind: 'hear', payment, atMs: MORNING_MS })).toMatchObject({
      heardAtMs: MORNING_MS,
    });
    expect(await memory.write({ kind: 'hear', payment, atMs: MORNING_MS + 1 })).toBe('condition_failed');
  });
});

describe('a copy of putting off an item that could not be read', () => {
  it('changes nothing when it arrives after the item was mended and looked at', async () => {
    const { memory, payment } = await store();
    const pending = samplePending({ resolveAtMs: MORNING_MS });
    await applied(memory, { kind: 'claim', payment, pending, evict: [] });
    const listed = { merchantUid: ORDER, impUid: payment.impUid, resolveAtMs: MORNING_MS };
    const dueAt = () => memory.item(ORDER)?.['refund_resolve_at'];
    await memory.postpone(listed, MORNING_MS + 3_600_000);
    expect(dueAt()).toBe(MORNING_MS + 3_600_000);
    const { seq, attempt, checks } = pending;
    const look = { guard: { seq, attempt }, checks, resolveAtMs: MORNING_MS + 5_000 } as const;
    await applied(memory, { kind: 'defer', payment: await read(memory), ...look });
    await memory.postpone(listed, MORNING_MS + 3_600_000);
    expect(dueAt()).toBe(MORNING_MS + 5_000);
  });
});
