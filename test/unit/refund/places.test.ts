import { describe, expect, it } from 'vitest';
import { takeToken } from '../../../functions/refund/bucket.ts';
import type { FinalRefund, Payment } from '../../../functions/refund/payment.ts';
import { MAX_CUSTOMER_RECORDS, MAX_RECORDS, placeFor } from '../../../functions/refund/places.ts';
import { cancelledRecord, notExecutedRecord, rejectedRecord } from '../../../functions/refund/record.ts';
import { MORNING_MS, samplePayment, samplePending, won } from '../../support/samples.ts';

type Status = FinalRefund['status'];

function record(index: number, status: Status, kind: 'customer' | 'staff'): FinalRefund {
  const pending = samplePending({ refundId: `rf_${status}_${index}`, actor: { kind, sub: kind } });
  const settling = { decidedBy: 'answer', nowMs: MORNING_MS + index } as const;
  if (status === 'not_executed') return notExecutedRecord(pending, 'cause', settling.nowMs);
  return status === 'rejected'
    ? rejectedRecord(pending, { code: 'CANCEL_REJECTED' }, settling)
    : cancelledRecord(pending, { by: 'tag', entry: { amount: won(1) } }, settling);
}

function holding(...groups: readonly [number, Status, ('customer' | 'staff')?][]): Payment {
  const refunds = groups.flatMap(([count, status, kind = 'customer']) =>
    Array.from({ length: count }, (_, index) => record(index, status, kind)),
  );
  return { ...samplePayment(), refunds: new Map(refunds.map((refund) => [refund.refundId, refund])) };
}

describe('places for records: no caller can lock an order by asking', () => {
  it('a customer has twenty, staff the rest', () => {
    const full = holding([MAX_CUSTOMER_RECORDS, 'rejected']);
    expect(placeFor(full, 'customer', false)).toEqual({ kind: 'none' });
    expect(placeFor(full, 'staff', false)).toEqual({ kind: 'place', evict: [] });
    const staff = holding([MAX_RECORDS - 1, 'rejected', 'staff']);
    expect(placeFor(staff, 'staff', false)).toEqual({ kind: 'none' });
  });

  it('a full refund always has a place: the oldest refusal of its own kind of caller goes', () => {
    const full = holding([MAX_CUSTOMER_RECORDS, 'rejected']);
    expect(placeFor(full, 'customer', true)).toEqual({ kind: 'place', evict: ['rf_rejected_0'] });
  });

  it.each([
    ['customer', 'staff'],
    ['staff', 'customer'],
  ] as const)('nor can a %s take the last place from the %s', (asked, wants) => {
    const brim = holding([MAX_RECORDS - 1, 'cancelled', 'staff'], [1, 'rejected', asked]);
    expect(placeFor(brim, wants, true)).toEqual({ kind: 'place', evict: ['rf_rejected_0'] });
    expect(placeFor(brim, wants, false)).toEqual({ kind: 'none' });
    expect(placeFor(holding([MAX_RECORDS, 'cancelled', 'staff']), wants, true)).toEqual({ kind: 'none' });
  });

  it('a cancelled refund is never forgotten', () => {
    const full = holding([MAX_CUSTOMER_RECORDS, 'cancelled']);
    expect(placeFor(full, 'customer', true)).toEqual({ kind: 'place', evict: [] });
  });

  it('mere tries take no place of the others, and the oldest of them go', () => {
    const tries = holding([30, 'not_executed']);
    const place = placeFor(tries, 'customer', false);
    expect(place.kind === 'place' && place.evict).toHaveLength(25);
    expect(place.kind === 'place' && place.evict[0]).toBe('rf_not_executed_0');
  });
});

describe('how often one customer may ask', () => {
  it('ten at once, then one every six seconds', () => {
    let bucket: Parameters<typeof takeToken>[0];
    for (let asked = 0; asked < 10; asked += 1) {
      const taken = takeToken(bucket, MORNING_MS);
      expect(taken.kind).toBe('taken');
      if (taken.kind === 'taken') ({ bucket } = taken);
    }
    expect(takeToken(bucket, MORNING_MS)).toEqual({ kind: 'empty', retryAfterSeconds: 6 });
    expect(takeToken(bucket, MORNING_MS + 5_999)).toEqual({ kind: 'empty', retryAfterSeconds: 1 });
    expect(takeToken(bucket, MORNING_MS + 6_000)).toMatchObject({ kind: 'taken', bucket: { tokens: 0 } });
  });

  it('never holds more than ten, and a clock that goes back takes nothing away', () => {
    const bucket = { tokens: 3, atMs: MORNING_MS };
    expect(takeToken(bucket, MORNING_MS + 86_400_000)).toMatchObject({ bucket: { tokens: 9 } });
    expect(takeToken(bucket, MORNING_MS - 60_000)).toMatchObject({ bucket: { tokens: 2 } });
  });
});
