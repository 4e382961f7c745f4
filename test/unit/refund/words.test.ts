import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, idFromBytes, refundIdForKey } from '../../../functions/refund/identity.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import { koreanMonth, nextKoreanWeekdayEnd } from '../../../functions/refund/korea-time.ts';
import {
  differsFromOrder,
  ownerOf,
  paidTwice,
  rightOn,
  withMoneyLeft,
} from '../../../functions/refund/order.ts';
import { blotOut, PROVIDER_TEXT_MAX_CHARACTERS, providerText } from '../../../functions/refund/redact.ts';
import { samplePayment, samplePending } from '../../support/samples.ts';

describe('names of refunds', () => {
  it('a key of the same caller for the same payment is the same refund; of anybody or anything else another', () => {
    const payment = { merchantUid: 'order', impUid: 'imp' };
    const id = refundIdForKey(payment, 'sub', 'key');
    expect(id).toMatch(/^rf_[0-9a-z]{24}$/);
    expect(refundIdForKey({ ...payment }, 'sub', 'key')).toBe(id);
    const others = [
      refundIdForKey(payment, 'sub', 'key2'),
      refundIdForKey(payment, 'sub2', 'key'),
      refundIdForKey({ ...payment, merchantUid: 'order2' }, 'sub', 'key'),
      refundIdForKey({ ...payment, impUid: 'imp2' }, 'sub', 'key'),
      refundIdForKey({ ...payment, impUid: 'impsub' }, '', 'key'),
    ];
    expect(new Set([id, ...others]).size).toBe(6);
  });

  it('any bytes make a name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 32 }), (bytes) => {
        expect(idFromBytes(bytes)).toMatch(/^[0-9a-z]{24}$/);
      }),
    );
  });

  it('the fingerprint tells every field of the body apart, and nothing else', () => {
    const base: CancelRequest = { passedOn: {}, account: {}, actor: { kind: 'customer', sub: 's' } };
    const bodies: readonly CancelRequest[] = [
      base,
      { ...base, amount: 1 },
      { ...base, checksum: 1 },
      { ...base, reason: '1' },
      { ...base, merchantUid: '1' },
      { ...base, impUid: '1' },
      { ...base, passedOn: { taxFree: 1 } },
      { ...base, passedOn: { vatAmount: 1 } },
      { ...base, passedOn: { retainPromotion: true } },
      { ...base, passedOn: { escrowConfirmed: true } },
      { ...base, account: { holder: '1' } },
      { ...base, account: { bank: '1' } },
      { ...base, account: { account: '1' } },
      { ...base, account: { tel: '1' } },
    ];
    expect(new Set(bodies.map((body) => fingerprintOf('key', body))).size).toBe(bodies.length);
    expect(fingerprintOf('key', { ...base, actor: { kind: 'staff', sub: 't' } })).toBe(
      fingerprintOf('key', base),
    );
    expect(fingerprintOf('other', base)).not.toBe(fingerprintOf('key', base));
  });
});

describe('what is blotted out of texts', () => {
  const account = { account: '110-234-567890', holder: '홍길동', tel: '010-1234-5678', bank: '004' };

  it.each(['110234567890', '110 234 567890', '1-1-0234567890', '홍길동', '홍 길동', '01012345678'])(
    'the account, however it is written: %s',
    (written) => {
      expect(blotOut(`계좌 ${written} 오류`, account)).toBe('계좌 *** 오류');
    },
  );

  it('one character alone names nobody', () => {
    expect(blotOut('a b c', { holder: 'b' })).toBe('a b c');
  });

  it('a text of the provider’s is kept to 200 characters, none of them cut in two', () => {
    const text = providerText('😀'.repeat(150).padStart(301, 'x'));
    expect(text.length).toBeLessThanOrEqual(PROVIDER_TEXT_MAX_CHARACTERS);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe('time in Korea', () => {
  it('the month begins nine hours before it does in UTC', () => {
    expect(koreanMonth(Date.UTC(2026, 0, 31, 14, 59, 59))).toBe('2026-01');
    expect(koreanMonth(Date.UTC(2026, 0, 31, 15))).toBe('2026-02');
  });

  it('the next weekday after a Friday is Monday, until its end', () => {
    const friday = Date.UTC(2026, 0, 16, 3);
    expect(nextKoreanWeekdayEnd(friday)).toBe(Date.UTC(2026, 0, 19, 15));
    // Sunday evening in UTC is Monday already in Korea.
    expect(nextKoreanWeekdayEnd(Date.UTC(2026, 0, 18, 15))).toBe(Date.UTC(2026, 0, 20, 15));
  });
});

describe('whose an order is', () => {
  const word = { customerId: 'shop-says', unreadable: [] };
  const payment = { customerId: 'payer-says' };

  it('the shop’s word counts; only where it says nothing does the payer’s', () => {
    expect(ownerOf({ word }, payment)).toBe('shop-says');
    expect(ownerOf({ word: { unreadable: [] } }, payment)).toBe('payer-says');
    expect(ownerOf({}, payment)).toBe('payer-says');
  });

  it('nobody but the owner and staff have a right on it; staff act as the customer of their own order', () => {
    expect(rightOn({ word }, payment, { kind: 'customer', sub: 'payer-says' })).toBeUndefined();
    expect(rightOn({ word }, payment, { kind: 'customer', sub: 'shop-says' })).toMatchObject({
      kind: 'customer',
    });
    expect(rightOn({ word }, payment, { kind: 'staff', sub: 'x' })).toEqual({ kind: 'staff', sub: 'x' });
    expect(rightOn({ word }, payment, { kind: 'staff', sub: 'shop-says' })).toMatchObject({
      kind: 'customer',
    });
  });

  it('a payment of nobody is staff’s alone', () => {
    expect(rightOn({}, {}, { kind: 'customer', sub: '' })).toBeUndefined();
    expect(rightOn({}, {}, { kind: 'staff', sub: 's' })).toBeDefined();
  });
});

describe('several payments of an order', () => {
  const paid = samplePayment();
  const spent = samplePayment({ cancel_amount: 10_000 });
  const failed = samplePayment({ status: 'failed' });

  it('have money left when they are paid and not fully cancelled, or a refund is in flight', () => {
    const inFlight = { ...spent, pending: samplePending() };
    expect(withMoneyLeft([paid, spent, failed, inFlight])).toEqual([paid, inFlight]);
  });

  it('are paid twice only while two have money left', () => {
    expect(paidTwice([paid, spent, failed])).toBe(false);
    expect(paidTwice([paid, paid])).toBe(true);
  });

  it('differ from the order in amount or currency, where the shop said them', () => {
    const order = (amount?: number, currency?: string) => ({
      word: {
        unreadable: [],
        ...(amount === undefined ? {} : { amount }),
        ...(currency === undefined ? {} : { currency }),
      },
    });
    expect(differsFromOrder({}, paid)).toBe(false);
    expect(differsFromOrder(order(10_000, 'KRW'), paid)).toBe(false);
    expect(differsFromOrder(order(9_999), paid)).toBe(true);
    expect(differsFromOrder(order(undefined, 'USD'), paid)).toBe(true);
  });
});
