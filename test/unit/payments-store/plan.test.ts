import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbPaymentsStore } from '../../../functions/payments-store/dynamodb-payments-store.ts';
import type { PaymentsStore } from '../../../functions/protocol/ports.ts';
import type { Write } from '../../../functions/protocol/write.ts';
import { emulatedTable, type EmulatedTable } from '../../support/emulated-table.ts';
import { MemoryStore, shopItem, type Item } from '../../support/memory-store.ts';
import { won } from '../../support/model-provider.ts';
import {
  ORDER,
  REFUND_ID,
  samplePayment,
  samplePending,
  sampleProvider,
  sampleRefund,
  sampleWrites,
} from '../../support/sample-writes.ts';

let table: EmulatedTable;
let real: PaymentsStore;
beforeAll(async () => {
  table = await emulatedTable();
  real = dynamoDbPaymentsStore(table.documents, table.name);
});
afterAll(async () => table.end());

const claim: Write = { kind: 'claim', payment: samplePayment, pending: samplePending };
const finish: Write = {
  kind: 'finish',
  payment: samplePayment,
  provider: sampleProvider(),
  refund: sampleRefund,
  keepBalance: false,
};

let orders = 0;
function renamed(write: Write, merchantUid: string): Write {
  if ('payment' in write) return { ...write, payment: { ...write.payment, merchantUid } };
  return { ...write, provider: { ...write.provider, merchantUid } };
}

interface Outcome {
  readonly applied: boolean;
  readonly item: Item | undefined;
}

/** Each case on an order of its own, on the emulated table and in memory; both must agree to the last attribute. */
async function after(before: Item | undefined, ...writes: readonly Write[]): Promise<Outcome> {
  orders += 1;
  const name = `${ORDER}-${orders}`;
  const memory = new MemoryStore();
  if (before !== undefined) {
    memory.items.set(name, { ...before, merchant_uid: name });
    await table.documents.send(
      new PutCommand({ TableName: table.name, Item: { ...before, merchant_uid: name } }),
    );
  }
  let applied = false;
  for (const write of writes) {
    const result = await real.write(renamed(write, name));
    expect(await memory.write(renamed(write, name))).toEqual(result);
    applied = result !== 'condition_failed';
  }
  const { Item: item } = await table.documents.send(
    new GetCommand({ TableName: table.name, Key: { merchant_uid: name } }),
  );
  expect(item).toEqual(memory.items.get(name));
  return { applied, item };
}

const fresh = shopItem(ORDER);

describe('the emulated table and the one in memory', () => {
  it('agree on every kind of write, on an empty place, a fresh order and one with a refund in flight', async () => {
    for (const write of sampleWrites()) {
      await after(undefined, write);
      await after(fresh, write);
      await after(fresh, claim, write);
      await after(fresh, claim, finish, write);
    }
    expect(orders).toBe(sampleWrites().length * 4);
  });
});

describe('a claim', () => {
  it('makes no item out of nothing', async () => {
    expect(await after(undefined, claim)).toEqual({ applied: false, item: undefined });
  });

  it('puts the order into the index of open refunds, and the end of the refund takes it out again', async () => {
    const claimed = await after(fresh, claim);
    expect(claimed.item).toHaveProperty('open_shard');
    expect(claimed.item).toMatchObject({ resolve_at: 31_000 });
    const { item } = await after(fresh, claim, finish);
    expect(item).not.toHaveProperty('open_shard');
    expect(item).not.toHaveProperty('resolve_at');
  });

  it('is taken only from the balance that was read; an order without cancel_amount has nothing cancelled', async () => {
    expect((await after({ ...fresh, cancel_amount: 500 }, claim)).applied).toBe(false);
    expect((await after({ ...fresh, cancel_amount: 0 }, claim)).applied).toBe(true);
    expect((await after(fresh, claim)).applied).toBe(true);
  });
});

describe('the end of a refund', () => {
  it('erases the account: only a refund in flight holds it', async () => {
    const before = await after(fresh, claim);
    expect(JSON.stringify(before.item)).toContain('110123');
    for (const write of [
      finish,
      { kind: 'reject_attempt', payment: samplePayment, refund: sampleRefund, claimId: 'claim-1' } as const,
    ]) {
      const { item } = await after(fresh, claim, write);
      for (const secret of ['110123', 'HOLDER', '"010"']) expect(JSON.stringify(item)).not.toContain(secret);
    }
  });

  it('never lowers the balance: what the table knows beyond this answer stays', async () => {
    const known = {
      ...fresh,
      pending_refund: (await after(fresh, claim)).item?.['pending_refund'],
      refunds: {},
      cancel_amount: 3_000,
    };
    expect((await after(known, finish)).applied).toBe(false);
    const kept = await after(known, { ...finish, keepBalance: true });
    expect(kept.applied).toBe(true);
    expect(kept.item).toMatchObject({
      cancel_amount: 3_000,
      refunds: { [REFUND_ID]: { status: 'cancelled' } },
    });
  });
});

describe('booking', () => {
  it('makes no item out of nothing, and only ever raises the balance', async () => {
    const book: Write = { kind: 'book', payment: samplePayment, provider: sampleProvider() };
    expect((await after(undefined, book)).applied).toBe(false);
    expect((await after({ ...fresh, cancel_amount: 1_000 }, book)).applied).toBe(false);
    expect((await after({ ...fresh, cancel_amount: 999 }, book)).item).toMatchObject({
      cancel_amount: 1_000,
    });
  });
});

describe('a look at a refund in doubt', () => {
  it('is taken by one of two resolvers, and not for an attempt that is over', async () => {
    const look: Write = {
      kind: 'defer',
      payment: samplePayment,
      claimId: 'claim-1',
      checks: 0,
      resolveAtMs: 50_000,
    };
    expect((await after(fresh, claim, look)).applied).toBe(true);
    expect((await after(fresh, claim, look, look)).applied).toBe(false);
    expect((await after(fresh, claim, { ...look, claimId: 'claim-0' })).applied).toBe(false);
  });
});

describe("a payment brought in from i'mport", () => {
  const provider = sampleProvider();
  it('never replaces one that is there', async () => {
    expect((await after(fresh, { kind: 'insert', provider })).applied).toBe(false);
  });

  it('refreshes only the very state that was read, and never one with a refund in flight', async () => {
    const waiting = { ...fresh, status: 'ready' };
    const read = { ...samplePayment, status: 'ready' };
    const refresh: Write = { kind: 'refresh', payment: read, provider };
    expect((await after(waiting, refresh)).item).toMatchObject({ status: 'cancelled', cancel_amount: 1_000 });
    expect((await after(fresh, refresh)).applied).toBe(false);
    expect((await after({ ...waiting, imp_uid: 'imp_other' }, refresh)).applied).toBe(false);
    expect((await after(waiting, claim, refresh)).applied).toBe(false);
  });
});

describe('a correction', () => {
  it('changes only what was recorded as rejected', async () => {
    const rejected = { ...sampleRefund, status: 'rejected', rejection: { code: 'CANCEL_REJECTED' } } as const;
    const { attribution: _a, corrected: _c, ...record } = rejected;
    const correct: Write = {
      kind: 'correct',
      payment: samplePayment,
      refund: { ...sampleRefund, corrected: true },
    };
    const wasRejected: Write = { ...finish, refund: { ...record, amount: won(1_000) } };
    expect((await after(fresh, claim, wasRejected, correct)).item).toMatchObject({
      refunds: { [REFUND_ID]: { status: 'cancelled', corrected: true } },
    });
    expect((await after(fresh, claim, finish, correct)).applied).toBe(false);
  });
});
