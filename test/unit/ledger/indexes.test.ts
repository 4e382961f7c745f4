import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY_SHARDS,
  LEDGER_TABLE,
  OPEN_SHARDS,
  openShardOf,
  refundKeyFrom,
  refundKey,
} from '../../../functions/ledger/keys.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Item } from '../../../functions/ledger/table.ts';
import { ledgerItem, refundId } from '../../support/ledger-arbitraries.ts';
import {
  cancelled,
  elsewhere,
  IMP_UID,
  MORNING_MS,
  notExecuted,
  notSent,
  REFUND_ID,
  rejected,
  requested,
} from '../../support/ledger-samples.ts';

const later = MORNING_MS + 24 * 3_600_000;

/** The indexes that hold an item: those whose keys it all has. */
function indexesOf(item: Item): readonly string[] {
  return [...LEDGER_TABLE.localIndexes, ...LEDGER_TABLE.globalIndexes]
    .filter((index) =>
      [index.partitionKey, 'sortKey' in index ? index.sortKey : 'pk'].every((key) => key in item),
    )
    .map(({ name }) => name);
}

describe('the indexes that hold a refund', () => {
  const listed = ['by_request', 'by_day', 'by_refund_id'];
  it.each([
    ['requested', requested(), ['by_request', 'open_refunds', 'by_day', 'by_refund_id']],
    ['cancelled', cancelled(), listed],
    ['rejected', rejected(), listed],
    ['not_executed', notExecuted(), listed],
    ['not_sent', notSent(), ['by_refund_id']],
    ['elsewhere', elsewhere(), listed],
    ['attributed', elsewhere({ status: 'attributed' }), ['by_refund_id']],
  ])('a refund that is %s is in its indexes', (_status, item, indexes) => {
    expect(indexesOf(refundToItem(item))).toEqual(indexes);
  });

  it('a refund with the shop’s reference is in that index, too, unless it was never sent', () => {
    expect(indexesOf(refundToItem(cancelled({ reference: 'R-1' })))).toContain('by_reference');
    expect(indexesOf(refundToItem(notSent({ reference: 'R-1' })))).toEqual(['by_refund_id']);
  });
});

describe('the time by which a refund is listed', () => {
  it.each([
    ['the provider’s time, when cancelled', cancelled({ cancelledAtMs: later }), later],
    [
      'the time of its end, when the provider tells none',
      cancelled({ finishedAtMs: later, cancelledAtMs: undefined }),
      later,
    ],
    ['the time of its end, when not cancelled', notExecuted({ finishedAtMs: later }), later],
    ['the time of the request, while in doubt', requested({ requestedAtMs: later }), later],
    ['the provider’s time, for a foreign cancel', elsewhere({ cancelledAtMs: later }), later],
    [
      'the time of its first look, for a foreign cancel without a time',
      elsewhere({ cancelledAtMs: undefined, seenAtMs: later }),
      later,
    ],
    [
      'the time of its end, when the provider’s is outside the calendar',
      cancelled({ finishedAtMs: later, cancelledAtMs: 8.6e15 }),
      later,
    ],
  ])('a refund is listed by %s', (_what, item, atMs) => {
    const stored = refundToItem(item);
    expect(stored['listed_at_ms']).toBe(atMs);
    expect(stored['listed_order']).toBe(`000${atMs}#${item.refundId}`);
    expect(stored['day_shard']).toMatch(/^2026-01-16#[0-7]$/);
  });

  it('a refund is listed on its day in Korea', () => {
    const day = (ms: number) => refundToItem(cancelled({ cancelledAtMs: ms }))['day_shard'];
    expect(day(Date.UTC(2026, 0, 31, 14, 59, 59, 999))).toMatch(/^2026-01-31#/);
    expect(day(Date.UTC(2026, 0, 31, 15))).toMatch(/^2026-02-01#/);
  });

  it('the time is a valid index key, whatever the provider tells', () => {
    fc.assert(
      fc.property(ledgerItem, (item) => {
        const { day_shard: day, listed_order: order } = refundToItem(item);
        if (day === undefined) return;
        expect(day).toMatch(/^\d{4}-\d{2}-\d{2}#[0-7]$/);
        expect(order).toMatch(/^\d{16}#/);
      }),
    );
  });
});

describe('the order of a payment’s refunds', () => {
  it('refunds are in the order of their requests, foreign cancels in the order of their cancels', () => {
    const place = (item: Item) => String(item['in_order']);
    expect(place(refundToItem(requested()))).toBe(`${IMP_UID}#000${MORNING_MS}#${REFUND_ID}`);
    const inOrder = [
      requested({ requestedAtMs: 9_999 }),
      elsewhere({ cancelledAtMs: 10_000 }),
      cancelled({ requestedAtMs: 10_001, cancelledAtMs: 1 }),
      elsewhere({ seenAtMs: 10_002, cancelledAtMs: undefined as unknown as number }),
    ].map((item) => place(refundToItem(item)));
    expect(inOrder.toSorted()).toEqual(inOrder);
  });
});

describe('shards of an index', () => {
  it('refunds spread evenly over the shards, and each refund keeps its shard', () => {
    const ids = fc.sample(refundId, { numRuns: 400, seed: 1 });
    expect(new Set(ids.map((id) => openShardOf(id))).size).toBe(OPEN_SHARDS);
    expect(openShardOf(REFUND_ID)).toBe('open#0');
    const days = ids.map((id) => refundToItem(cancelled({ refundId: id }))['day_shard']);
    expect(new Set(days).size).toBe(DAY_SHARDS);
  });
});

describe('the key of a refund', () => {
  it('the key names the refund, even when a number contains the separator', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        refundId,
        (merchantUid, impUid, id) => {
          const key = { merchantUid, impUid, refundId: id };
          expect(refundKeyFrom(refundKey(key))).toEqual(key);
        },
      ),
    );
    const odd = { merchantUid: 'a#refund#b', impUid: 'imp_#1', refundId: REFUND_ID };
    expect(refundKeyFrom(refundKey(odd))).toEqual(odd);
  });
});
