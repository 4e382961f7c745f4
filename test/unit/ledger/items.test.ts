import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import {
  DAY_SHARDS,
  LEDGER_TABLE,
  OPEN_SHARDS,
  paymentKey,
  refundKey,
  refundKeyFrom,
} from '../../../functions/ledger/keys.ts';
import { paymentFromItem, paymentToItem } from '../../../functions/ledger/payment-item.ts';
import { refundFromItem, refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Item } from '../../../functions/ledger/table.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  IMP_UID,
  KEY,
  MORNING_MS,
  notExecuted,
  notSent,
  REFUND_ID,
  rejected,
  requested,
  thePayment,
  theProvider,
  WHOLE_ITEMS,
  WHOLE_PAYMENT,
} from '../../support/ledger-samples.ts';

/** An item after writing to the table and reading back. */
function kept(item: Item): Item {
  return unmarshall(marshall(item, { removeUndefinedValues: true }));
}

/** HEAD after an import. */
function imported(provider: ProviderPayment): Item {
  return paymentToItem({ ...provider, lookedAtMs: MORNING_MS });
}

const LEAST = [requested(), cancelled(), rejected(), notExecuted(), notSent(), elsewhere()];

describe.each(['KRW', 'USD', 'KWD'])('an item in %s that is written is read back the same', (currency) => {
  it.for([
    ...WHOLE_ITEMS.map((item) => ['every field', item] as const),
    ...LEAST.map((item) => ['only what it needs', item] as const),
  ])('with %s: $1.status', ([, item]) => {
    expect(refundFromItem(kept(refundToItem({ ...item, currency })))).toEqual({ ...item, currency });
  });

  it.for([
    ['every field', WHOLE_PAYMENT],
    ['only what it needs', thePayment()],
  ] as const)('a payment with %s', ([, fields]) => {
    const payment = { ...fields, currency };
    expect(paymentFromItem(kept(paymentToItem(payment)))).toEqual(payment);
  });
});

describe('the attributes of an item', () => {
  it('an item uses i’mport’s names and units: decimals and Unix seconds', () => {
    const dollars = theProvider([{ ...entryOf(1_420), cancelledAtMs: 1_768_435_201_500 }], {
      currency: 'USD',
      amount: entryOf(10_050).amount,
      paidAtMs: 1_768_435_200_000,
    });
    expect(imported(dollars)).toMatchObject({
      ...paymentKey(KEY),
      merchant_uid: 'order-1',
      imp_uid: 'imp_123456789012',
      amount: 100.5,
      cancel_amount: 14.2,
      currency: 'USD',
      paid_at: 1_768_435_200,
      cancel_history: [{ amount: 14.2, cancelled_at: 1_768_435_201.5, cancellation_id: 'C1420' }],
      looked_at_ms: MORNING_MS,
    });
  });

  it('an item keeps the newest 20 entries of a history, whatever their order, so that it stays small', () => {
    const entries = Array.from({ length: 1_000 }, (_, index) =>
      entryOf(1, {
        cancelledAtMs: MORNING_MS + ((index * 7) % 1_000) * 1_000,
        cancellationId: `C${index}`,
        reason: '상품 파손'.repeat(40),
      }),
    );
    const item = imported(theProvider(entries));
    const newest = paymentFromItem(item).cancelHistory;
    expect(newest.map(({ cancelledAtMs }) => cancelledAtMs)).toEqual(
      Array.from({ length: 20 }, (_, index) => MORNING_MS + (980 + index) * 1_000),
    );
    expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(30_000);
  });

  it('an item holds no half of a surrogate pair, whoever wrote it', () => {
    const item = refundToItem(requested({ reason: 'broken \uD83D', impUid: 'imp_\uDE00' }));
    expect(JSON.stringify(item)).not.toMatch(/\\u[dD][89a-fA-F]/);
    expect(refundFromItem(kept(item))).toMatchObject({ reason: 'broken \uFFFD' });
  });
});

describe('an item that breaks our own schema is a defect', () => {
  const head = imported(theProvider([entryOf(300)]));
  const refund = refundToItem(cancelled());
  it.for<[what: string, read: (item: Item) => unknown, item: Item, odd: Item, attribute: string]>([
    ['an unknown currency', paymentFromItem, head, { currency: 'XXX' }, 'amount'],
    ['half a won', paymentFromItem, head, { cancel_amount: 0.5 }, 'cancel_amount'],
    ['a number for a text', paymentFromItem, head, { in_flight: 1 }, 'in_flight'],
    ['a map for a list', paymentFromItem, head, { cancel_history: {} }, 'cancel_history'],
    ['an entry without an amount', paymentFromItem, head, { cancel_history: [{}] }, 'amount of a cancel_'],
    ['an unknown status', refundFromItem, refund, { status: 'done' }, 'status'],
    ['the name of a method as its status', refundFromItem, refund, { status: 'toString' }, 'status'],
    ['no gen', refundFromItem, refund, { gen: undefined }, 'gen of a refund is missing'],
    ['a text for a time', refundFromItem, refund, { finished_at_ms: 'now' }, 'finished_at_ms'],
    [
      'an amount passed on of half a won',
      refundFromItem,
      refund,
      { passed_on: { tax_free: 0.5 } },
      'tax_free',
    ],
    // The message contains none of its values.
    ['a list for a text', refundFromItem, refund, { reason: ['mine'] }, 'reason of a refund cannot be read$'],
  ])('an item with %s is a defect', ([, read, item, odd, attribute]) => {
    expect(() => read({ ...item, ...odd })).toThrow(new RegExp(`^Bug: attribute ${attribute}`));
  });
});

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
  expect(items[1]).toMatchObject({ open_shard: 'open#6', day_shard: '2026-01-15#6' });
});

it('a key names the refund, even when a number contains the separator', () => {
  const odd = { merchantUid: 'a#refund#b', impUid: 'imp_#1', refundId: REFUND_ID };
  expect(refundKeyFrom(refundKey(odd))).toEqual(odd);
});
