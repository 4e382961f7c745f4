import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedHistoryToItem } from '../../../functions/payments-store/history-item.ts';
import { finalToItem } from '../../../functions/payments-store/refund-item.ts';
import { attemptOf } from '../../../functions/protocol/write.ts';
import { roomFor, weigh } from '../../../functions/refund/item-size.ts';
import type { Payment, PendingRefund, RejectedRefund } from '../../../functions/refund/payment.ts';
import { rejectedRecord } from '../../../functions/refund/record.ts';
import { shopItem, type Item } from '../../support/memory-store.ts';
import {
  MORNING_MS,
  ORDER,
  samplePayment,
  samplePending,
  sampleProvider,
  won,
} from '../../support/samples.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';
import { cancelEntry, finalRefund } from '../../support/stored-arbitraries.ts';
import { tableForTests } from '../../support/table-for-tests.ts';

const LIMIT_BYTES = 400 * 1024;
const LONG = '가'.repeat(256);
const TOLD = '나'.repeat(200);
const STAFF = { kind: 'staff', sub: '직'.repeat(60) } as const;

/** What DynamoDB counts (its guide, "Item sizes and formats"): names, texts, half a byte a digit, three a map and one an element. */
function bytesOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replaceAll(/[-.]/g, '').length / 2) + 2;
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + bytesOf(each), 3);
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  return 1;
}

function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  const each = Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + bytesOf(value));
  return each.reduce((sum, bytes) => sum + bytes, 0);
}

const marshalled = (value: unknown) => marshall({ value })['value']!;

const table = await tableForTests();

/** A world of its own order on the emulated table, with these attributes of the shop's. */
async function onTable(fields: Item = {}): Promise<ScriptedWorld> {
  // The scripted order has one name: the table is cleared of it by writing it anew.
  await table.documents.send(new PutCommand({ TableName: table.name, Item: shopItem(ORDER, fields) }));
  const store = table.store(2);
  const world = new ScriptedWorld();
  Object.assign(world, { store });
  return world;
}

describe('what a value weighs', () => {
  it('is never less than what it takes in the table, and not much more', () => {
    fc.assert(
      fc.property(finalRefund, fc.array(cancelEntry), (refund, history) => {
        const items = [finalToItem(refund, 'KRW'), boundedHistoryToItem(history, 'KRW')];
        for (const [index, stored] of items.entries()) {
          const real = bytesOf(marshalled(stored));
          expect(weigh(index === 0 ? refund : history)).toBeGreaterThanOrEqual(real - 40);
          expect(weigh(stored)).toBeGreaterThanOrEqual(real);
          expect(weigh(stored)).toBeLessThanOrEqual(2 * real + 40);
        }
      }),
    );
  });
});

describe('a payment of which others have cancelled a thousand times', () => {
  it('is brought in, booked and refunded; its newest entries are told whole', async () => {
    const entries = Array.from({ length: 1_001 }, (_, index) => {
      const texts = { reason: TOLD, receiptUrl: TOLD, pgTid: TOLD };
      return { amount: 1, cancellationId: `${index}`, ...texts };
    });
    const store = table.store(2);
    const [before, after] = [entries.slice(0, 1_000), entries].map((some) =>
      sampleProvider(some, { merchantUid: 'thousand', impUid: 'imp_thousand' }),
    );
    const inserted = await store.write({ kind: 'insert', provider: before! });
    if (inserted === 'condition_failed') throw new Error('the table is not empty');
    const booked = await store.write({ kind: 'book', payment: inserted, provider: after! });
    if (booked === 'condition_failed') throw new Error('the balance is not below');
    expect(booked.cancelAmount).toBe(1_001);
    expect(booked.cancelHistory.at(-1)).toEqual(after!.cancelHistory.at(-1));
    const pending = samplePending({ checksum: won(8_999) });
    const claim = { kind: 'claim', payment: booked, pending, evict: [] } as const;
    expect(await store.write(claim)).toMatchObject({ pending });
    const again = (await store.order('thousand')).payments[0];
    expect(again?.cancelHistory).toEqual(booked.cancelHistory);
  });
});

describe('an item at the brim', () => {
  it('holds a hundred refusals with long Korean texts, and the next is refused before anything is sent', async () => {
    const world = new ScriptedWorld();
    const told: string[] = [];
    for (let index = 0; index < 100; index += 1) {
      world.cancels.push(() => refusedByPg(TOLD));
      told.push(await world.told({ amount: 10, reason: LONG, idempotencyKey: `k${index}`, actor: STAFF }));
    }
    expect(new Set(told)).toEqual(new Set(['CANCEL_REJECTED', 'REFUND_LIMIT_REACHED']));
    expect(told.filter((code) => code === 'CANCEL_REJECTED')).toHaveLength(world.sent.length);
    // The last place is kept for a refund of everything that is left.
    expect(world.sent).toHaveLength(99);
    expect(itemBytes(marshall(world.store.item(ORDER) ?? {}))).toBeLessThan(LIMIT_BYTES);
    world.cancels.length = 0;
    expect(await world.told({ reason: LONG, idempotencyKey: 'all', actor: STAFF })).toBe('200');
    expect((await world.payment()).refunds.size).toBe(100);
  });

  it.each([200, 240, 250, 260, 270, 280, 300, 380])(
    'with %d KB of the shop’s own, a refund is either recorded to its end or refused before it is sent',
    async (kilobytes) => {
      const world = await onTable({ memo: 'x'.repeat(kilobytes * 1024) });
      // The worst of everything happens while it is in flight: lost answers, others' cancels with long texts.
      world.cancels.push((call) => {
        for (let index = 0; index < 300; index += 1)
          world.book({
            amount: 1,
            reason: TOLD,
            receiptUrl: TOLD,
            cancellationId: `${index}${TOLD.slice(10)}`,
          });
        world.bookOurs(call, { receiptUrl: TOLD, cancellationId: TOLD, pgTid: TOLD });
        return lost();
      });
      const first = await world.told({ amount: 1_000, reason: LONG, actor: STAFF });
      const isRefused = first === 'REFUND_LIMIT_REACHED';
      expect(isRefused || first === '202').toBe(true);
      expect(world.sent).toHaveLength(isRefused ? 0 : 1);
      await world.look();
      const { pending, refunds, cancelAmount } = await world.payment();
      expect(pending).toBeUndefined();
      expect(refunds.size).toBe(isRefused ? 0 : 1);
      expect(cancelAmount).toBe(isRefused ? 0 : 1_300);
    },
  );

  /** As long as a record can get. */
  function worst(pending: PendingRefund): RejectedRefund {
    const note = { attempt: 1_000_000, sentAtMs: MORNING_MS, answeredAtMs: MORNING_MS, answer: TOLD };
    const people = { proposedBy: '가'.repeat(255), approvedBy: '나'.repeat(255), proposedAtMs: MORNING_MS };
    const closing = { verdict: 'not_executed', evidence: '가'.repeat(500), ...people } as const;
    const rejection = { code: 'CANCEL_REJECTED', provider: { code: -1_234_567, message: TOLD } } as const;
    const record = rejectedRecord(pending, rejection, { decidedBy: 'people', nowMs: MORNING_MS, closing });
    return { ...record, attempts: Array.from({ length: 10 }, () => note) };
  }

  /** The payment with as much in its item as leaves room for this refund. */
  function brim(payment: Payment, pending: PendingRefund): Payment {
    let [fits, full] = [0, LIMIT_BYTES];
    const holding = (bytes: number): Payment => ({ ...payment, stored: { ...payment.stored, bytes } });
    while (full - fits > 1) {
      const bytes = Math.floor((fits + full) / 2);
      if (roomFor(holding(bytes), pending)) fits = bytes;
      else full = bytes;
    }
    return holding(fits);
  }

  const texts = { reason: TOLD, receiptUrl: TOLD, cancellationId: TOLD };
  const provider = sampleProvider(Array.from({ length: 500 }, () => ({ amount: 1, ...texts })));
  // Everything that is left: no room is kept for another refund after it.
  const pending = samplePending({ reason: LONG, actor: STAFF, checksum: won(1_000) });

  it('has room for all that may be said of a refund in flight', async () => {
    await onTable();
    const store = table.store(2);
    const [small] = (await store.order(ORDER)).payments as readonly [Payment];
    const { bytes } = brim(small, pending).stored;
    const history = bytesOf(marshalled(boundedHistoryToItem(provider.cancelHistory, 'KRW')));
    const record = bytesOf(marshalled(finalToItem(worst(pending), 'KRW')));
    expect(bytes + history + record).toBeLessThan(LIMIT_BYTES);

    await onTable({ memo: 'x'.repeat(bytes - small.stored.bytes - 10) });
    const [payment] = (await store.order(ORDER)).payments as readonly [Payment];
    expect(roomFor(payment, pending)).toBe(true);
    const claimed = await store.write({ kind: 'claim', payment, pending, evict: [] });
    if (claimed === 'condition_failed') throw new Error('the claim did not hold');
    const finish = { kind: 'finish', guard: attemptOf(pending), provider, keepBalance: false } as const;
    const finished = await store.write({ ...finish, payment: claimed, refund: worst(pending) });
    expect(finished).toMatchObject({ cancelAmount: 500 });
  });

  it('keeps the last room for a refund of everything that is left', async () => {
    const payment = samplePayment();
    const partial = samplePending({ reason: LONG, actor: STAFF });
    const { bytes } = brim(payment, partial).stored;
    const after = { ...payment, stored: { ...payment.stored, bytes: bytes + weigh(worst(partial)) } };
    expect(roomFor(after, partial)).toBe(false);
    expect(roomFor(after, pending)).toBe(true);
  });
});
