import { describe, expect, it } from 'vitest';
import {
  DAY_SHARDS,
  LEDGER_TABLE,
  OPEN_SHARDS,
  refundKey,
  refundKeyFrom,
} from '../../../functions/ledger/keys.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Item } from '../../../functions/ledger/table.ts';
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

/** The indexes that hold an item: those whose keys it all has. */
function indexesOf(item: Item): readonly string[] {
  return [...LEDGER_TABLE.localIndexes, ...LEDGER_TABLE.globalIndexes]
    .filter((index) =>
      [index.partitionKey, 'sortKey' in index ? index.sortKey : 'pk'].every((key) => key in item),
    )
    .map(({ name }) => name);
}

const LISTED = ['by_request', 'by_day', 'by_refund_id'];

it.for([
  ['requested', requested(), ['by_request', 'open_refunds', 'by_day', 'by_refund_id']],
  ['cancelled', cancelled(), LISTED],
  ['cancelled, with the shop’s reference', cancelled({ reference: 'R-1' }), [...LISTED, 'by_reference']],
  ['rejected', rejected(), LISTED],
  ['not_executed', notExecuted(), LISTED],
  ['not_sent, with the shop’s reference', notSent({ reference: 'R-1' }), ['by_refund_id']],
  ['elsewhere', elsewhere(), LISTED],
  ['attributed', elsewhere({ status: 'attributed' }), ['by_refund_id']],
] as const)('a refund that is %s is in its indexes', ([, item, indexes]) => {
  expect(indexesOf(refundToItem(item))).toEqual(indexes);
});

const later = MORNING_MS + 24 * 3_600_000;

describe('the time by which a refund is listed', () => {
  it.for([
    ['the provider’s time, when cancelled', cancelled({ cancelledAtMs: later })],
    [
      'the time of its end, when the provider tells none',
      cancelled({ finishedAtMs: later, cancelledAtMs: undefined }),
    ],
    [
      'the time of its end, when the provider’s is outside the calendar',
      cancelled({ finishedAtMs: later, cancelledAtMs: 8.6e15 }),
    ],
    ['the time of its end, when not cancelled', notExecuted({ finishedAtMs: later })],
    ['the time of the request, while in doubt', requested({ requestedAtMs: later })],
    ['the provider’s time, for a foreign cancel', elsewhere({ cancelledAtMs: later })],
    [
      'the time of its first look, for a foreign cancel without a time',
      elsewhere({ cancelledAtMs: undefined, seenAtMs: later }),
    ],
  ] as const)('a refund is listed by %s', ([, item]) => {
    const stored = refundToItem(item);
    expect(stored['listed_at_ms']).toBe(later);
    expect(stored['listed_order']).toBe(`000${later}#${item.refundId}`);
    expect(stored['day_shard']).toMatch(/^2026-01-16#[0-7]$/);
  });

  it('a refund is listed on its day in Korea', () => {
    const day = (ms: number) => refundToItem(cancelled({ cancelledAtMs: ms }))['day_shard'];
    expect(day(Date.UTC(2026, 0, 31, 14, 59, 59, 999))).toMatch(/^2026-01-31#/);
    expect(day(Date.UTC(2026, 0, 31, 15))).toMatch(/^2026-02-01#/);
  });
});

it('a payment’s refunds are in the order of their requests, foreign cancels in the order of their cancels', () => {
  const inOrder = [
    requested({ requestedAtMs: 9_999 }),
    elsewhere({ cancelledAtMs: 10_000 }),
    cancelled({ requestedAtMs: 10_001, cancelledAtMs: 1 }),
    elsewhere({ seenAtMs: 10_002, cancelledAtMs: undefined }),
  ].map((item) => String(refundToItem(item)['in_order']));
  expect(inOrder[0]).toBe(`${IMP_UID}#0000000000009999#${REFUND_ID}`);
  expect(inOrder.toSorted()).toEqual(inOrder);
});

it('refunds spread over all shards of an index, and each refund keeps its shard', () => {
  const items = Array.from({ length: 400 }, (_, index) =>
    refundToItem(requested({ refundId: `rf_${index}` })),
  );
  expect(new Set(items.map((item) => item['open_shard'])).size).toBe(OPEN_SHARDS);
  expect(new Set(items.map((item) => item['day_shard'])).size).toBe(DAY_SHARDS);
  expect(refundToItem(requested())['open_shard']).toBe('open#0');
});

it('a key names the refund, even when a number contains the separator', () => {
  const odd = { merchantUid: 'a#refund#b', impUid: 'imp_#1', refundId: REFUND_ID };
  expect(refundKeyFrom(refundKey(odd))).toEqual(odd);
});
