import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { paymentKey } from '../../../functions/ledger/keys.ts';
import { paymentFromItem, paymentToItem } from '../../../functions/ledger/payment-item.ts';
import { refundFromItem, refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Item } from '../../../functions/ledger/table.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  KEY,
  MORNING_MS,
  notExecuted,
  notSent,
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
