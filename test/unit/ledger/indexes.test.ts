import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY_SHARDS,
  LEDGER_TABLE,
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

const SHARDS = 8;
const later = MORNING_MS + 24 * 3_600_000;

/** Which indexes an item stands in: those all of whose keys it has. */
function indexesOf(item: Item): readonly string[] {
  return [...LEDGER_TABLE.localIndexes, ...LEDGER_TABLE.globalIndexes]
    .filter((index) =>
      [index.partitionKey, 'sortKey' in index ? index.sortKey : 'pk'].every((key) => key in item),
    )
    .map(({ name }) => name);
}

describe('a refund stands in the indexes that its state wants', () => {
  const listed = ['by_request', 'by_day', 'by_refund_id'];
  it.each([
    ['requested', requested(), ['by_request', 'open_refunds', 'by_day', 'by_refund_id']],
    ['cancelled', cancelled(), listed],
    ['rejected', rejected(), listed],
    ['not_executed', notExecuted(), listed],
    ['not_sent', notSent(), ['by_refund_id']],
    ['elsewhere', elsewhere(), listed],
    ['attributed', elsewhere({ status: 'attributed' }), ['by_refund_id']],
  ])('%s', (_status, item, indexes) => {
    expect(indexesOf(refundToItem(item, SHARDS))).toEqual(indexes);
  });

  it('with a reference of the shop’s also by that; one that was never sent does not', () => {
    expect(indexesOf(refundToItem(cancelled({ reference: 'R-1' }), SHARDS))).toContain('by_reference');
    expect(indexesOf(refundToItem(notSent({ reference: 'R-1' }), SHARDS))).toEqual(['by_refund_id']);
  });
});

describe('the time at which a refund is listed', () => {
  it.each([
    ['the provider’s, once it is cancelled', cancelled({ cancelledAtMs: later }), later],
    [
      'that of its end, where the provider tells none',
      cancelled({ finishedAtMs: later, cancelledAtMs: undefined }),
      later,
    ],
    ['that of its end, when it was not done', notExecuted({ finishedAtMs: later }), later],
    ['that of the request, while it is in doubt', requested({ requestedAtMs: later }), later],
    ['the provider’s, of a foreign cancel', elsewhere({ cancelledAtMs: later }), later],
    [
      'when it was first seen, of a foreign cancel without a time',
      elsewhere({ cancelledAtMs: undefined, seenAtMs: later }),
      later,
    ],
    [
      'that of its end, where the provider’s is beyond all calendars',
      cancelled({ finishedAtMs: later, cancelledAtMs: 8.6e15 }),
      later,
    ],
  ])('is %s', (_what, item, atMs) => {
    const stored = refundToItem(item, SHARDS);
    expect(stored['listed_at_ms']).toBe(atMs);
    expect(stored['listed_order']).toBe(`000${atMs}#${item.refundId}`);
    expect(stored['day_shard']).toMatch(/^2026-01-16#[0-7]$/);
  });

  it('falls on the day by Korea’s calendar', () => {
    const day = (ms: number) => refundToItem(cancelled({ cancelledAtMs: ms }), SHARDS)['day_shard'];
    expect(day(Date.UTC(2026, 0, 31, 14, 59, 59, 999))).toMatch(/^2026-01-31#/);
    expect(day(Date.UTC(2026, 0, 31, 15))).toMatch(/^2026-02-01#/);
  });

  it('is a key of the index whatever the provider tells', () => {
    fc.assert(
      fc.property(ledgerItem, (item) => {
        const { day_shard: day, listed_order: order } = refundToItem(item, SHARDS);
        if (day === undefined) return;
        expect(day).toMatch(/^\d{4}-\d{2}-\d{2}#[0-7]$/);
        expect(order).toMatch(/^\d{16}#/);
      }),
    );
  });
});

describe('the order of a payment’s refunds', () => {
  it('is that of the requests, and of the cancels themselves where others made them', () => {
    const place = (item: Item) => String(item['in_order']);
    expect(place(refundToItem(requested(), SHARDS))).toBe(`${IMP_UID}#000${MORNING_MS}#${REFUND_ID}`);
    const inOrder = [
      requested({ requestedAtMs: 9_999 }),
      elsewhere({ cancelledAtMs: 10_000 }),
      cancelled({ requestedAtMs: 10_001, cancelledAtMs: 1 }),
      elsewhere({ seenAtMs: 10_002, cancelledAtMs: undefined as unknown as number }),
    ].map((item) => place(refundToItem(item, SHARDS)));
    expect(inOrder.toSorted()).toEqual(inOrder);
  });
});

describe('shards', () => {
  it('are used evenly, and each refund is always in the same', () => {
    const ids = fc.sample(refundId, { numRuns: 400, seed: 1 });
    expect(new Set(ids.map((id) => openShardOf(id, SHARDS))).size).toBe(SHARDS);
    expect(openShardOf(REFUND_ID, 8)).toBe('open#0');
    const days = ids.map((id) => refundToItem(cancelled({ refundId: id }), SHARDS)['day_shard']);
    expect(new Set(days).size).toBe(DAY_SHARDS);
  });
});

describe('the key of a refund', () => {
  it('tells which refund it is, also where a number holds the sign between its parts', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        refundId,
        (merchantUid, impUid, id) => {
          const key = { merchantUid, impUid, refundId: id };
          expect(refundKeyFrom(refundKey(key), id)).toEqual(key);
        },
      ),
    );
    const odd = { merchantUid: 'a#refund#b', impUid: 'imp_#1', refundId: REFUND_ID };
    expect(refundKeyFrom(refundKey(odd), REFUND_ID)).toEqual(odd);
  });
});

describe('the table’s description', () => {
  it('names the type of every key, and of nothing else', () => {
    const { attributes, localIndexes, globalIndexes } = LEDGER_TABLE;
    const keys = [LEDGER_TABLE, ...localIndexes, ...globalIndexes].flatMap((each) => [
      each.partitionKey,
      ...('sortKey' in each ? [each.sortKey] : []),
    ]);
    expect(new Set(Object.keys(attributes))).toEqual(new Set(keys));
  });
});
