import { describe, expect, it } from 'vitest';
import { lookUpOutcome } from '../../../functions/iamport/outcome.ts';
import { readPage, readPayment } from '../../../functions/iamport/wire.ts';

const plain = {
  imp_uid: 'imp_1',
  merchant_uid: 'o',
  status: 'cancelled',
  amount: 10_000,
  cancel_amount: 3_000,
  currency: 'KRW',
  cancel_history: [
    { amount: 1_000, cancelled_at: 1_700_000_001 },
    { amount: 2_000, cancelled_at: 1_700_000_002 },
  ],
};
const read = (fields: object) => readPayment({ ...plain, ...fields });
const entry = (fields: object) => read({ cancel_history: [{ amount: 3_000, ...fields }] })?.cancelHistory[0];

describe('a field that money does not depend on', () => {
  const odd = [null, false, true, '', ' ', 0, {}, [], [1], { a: 1 }];
  const fields = [
    'pay_method',
    'pg_provider',
    'paid_at',
    'cancelled_at',
    'cancel_reason',
    'receipt_url',
    'custom_data',
    'sandbox',
    'promotion',
  ];

  it.each(fields)('a wrong field never makes a payment unreadable: %s', (field) => {
    for (const value of odd)
      expect(read({ [field]: value })).toMatchObject({ impUid: 'imp_1', amount: 10_000 });
  });

  it.each(['cancelled_at', 'reason', 'receipt_url', 'cancellation_id', 'pg_tid'])(
    'a wrong field never makes an entry unreadable: %s',
    (field) => {
      for (const value of odd) expect(entry({ [field]: value })).toMatchObject({ amount: 3_000 });
    },
  );

  it('a field that is null, false, empty or an object is absent', () => {
    for (const value of [null, false, '', {}]) {
      expect(
        entry({ reason: value, receipt_url: value, cancellation_id: value, cancelled_at: value }),
      ).toEqual({
        amount: 3_000,
      });
    }
  });

  it('a number is read as text, because an entry needs an id', () => {
    expect(entry({ cancellation_id: 123, reason: 5 })).toMatchObject({ cancellationId: '123', reason: '5' });
  });

  it('the last one of two equal names counts', () => {
    const body = `{"code":0,"response":{"pg_provider":"a",${JSON.stringify({ ...plain, pg_provider: 'b' }).slice(1)}}`;
    expect(lookUpOutcome({ status: 200, body })).toMatchObject({ payment: { pgProvider: 'b' } });
  });
});

describe('a text of the provider', () => {
  it('a text is cut to 200 characters', () => {
    expect(entry({ reason: '가'.repeat(1_000) })?.reason).toHaveLength(200);
    expect(read({ cancel_reason: 'x'.repeat(1_000) })?.cancelReason).toHaveLength(200);
  });

  it('an address is kept whole or not at all, and only when a browser may open it', () => {
    expect(entry({ receipt_url: `https://r.example/${'x'.repeat(300)}` })).not.toHaveProperty('receiptUrl');
    expect(entry({ receipt_url: 'javascript:alert(1)' })).not.toHaveProperty('receiptUrl');
    expect(entry({ receipt_url: 'https://r.example/1' })).toMatchObject({
      receiptUrl: 'https://r.example/1',
    });
  });
});

describe('fields that decide about a refund', () => {
  it('method, PG, paid time and cancelled time are read', () => {
    // unix-seconds.ts tests the formats of a time.
    const told = { pay_method: 'vbank', pg_provider: ' smartro_v2 ', paid_at: '1700000000' };
    expect(read({ ...told, cancelled_at: 1_700_000_002 })).toMatchObject({
      payMethod: 'vbank',
      pgProvider: 'smartro_v2',
      paidAtMs: 1_700_000_000_000,
      cancelledAtMs: 1_700_000_002_000,
    });
  });
});

describe('whether a payment was paid', () => {
  it.each([
    [{ status: 'paid', paid_at: 0, cancel_amount: 0, cancel_history: [] }, true],
    [{ status: 'cancelled', paid_at: 1_700_000_000 }, true],
    // Paid, because something of it was cancelled.
    [{ status: 'cancelled', paid_at: 0 }, true],
    [{ status: 'cancelled', paid_at: null, cancel_amount: null, cancel_history: [] }, true],
    // A virtual account that was revoked before anybody paid.
    [{ status: 'cancelled', paid_at: 0, cancel_amount: 0, cancel_history: [] }, false],
    [{ status: 'ready' }, false],
    [{ status: 'failed' }, false],
    [{ status: 'new word' }, false],
  ])('paid is read from %j: %j', (fields, paid) => {
    expect(read(fields)?.isPaid).toBe(paid);
  });
});

describe('the kind of a payment', () => {
  it.each([
    [true, true],
    ['true', true],
    [1, true],
    [false, false],
    [null, false],
    [undefined, false],
    ['yes', false],
  ])('a test channel is read: sandbox %j', (sandbox, isSandbox) => {
    expect(read({ sandbox })?.isSandbox).toBe(isSandbox);
  });

  it.each([
    [{ id: 'promotion-1', discount: 600 }, true],
    [{ id: 7 }, true],
    [{ id: null, discount: 0 }, false],
    [{}, false],
    [[], false],
    [null, false],
    [undefined, false],
    ['none', false],
  ])('a promotion is recognised by its id: %j', (promotion, hasPromotion) => {
    expect(read({ promotion })?.hasPromotion).toBe(hasPromotion);
  });
});

describe('an amount of the provider', () => {
  it('an amount with floating-point dust is rounded to the minor unit', () => {
    const dollars = { currency: 'USD', amount: 0.1 + 0.2, cancel_amount: 0.1 + 0.2 };
    const history = [{ amount: 0.1 + 0.2 }];
    expect(read({ ...dollars, cancel_history: history })).toMatchObject({
      amount: 30,
      cancelAmount: 30,
      cancelHistory: [{ amount: 30 }],
    });
  });

  it('an amount may be text', () => {
    expect(read({ amount: '10000', cancel_amount: ' 3000 ' })).toMatchObject({
      amount: 10_000,
      cancelAmount: 3_000,
    });
  });

  it('a missing cancel_amount becomes the sum of the history and is marked as not told, so it decides nothing', () => {
    for (const told of [undefined, null, false, '']) {
      expect(read({ cancel_amount: told })).toMatchObject({ cancelAmount: 3_000, sumTold: false });
      expect(read({ cancel_amount: told, cancel_history: null })).toMatchObject({
        cancelAmount: 0,
        sumTold: false,
      });
    }
  });

  it('a given cancel_amount is used even when the history adds up to another', () => {
    expect(read({ cancel_amount: 5_000 })).toMatchObject({ cancelAmount: 5_000, sumTold: true });
    expect(read({ cancel_amount: 0 })).toMatchObject({ cancelAmount: 0, sumTold: true });
    expect(read({ cancel_amount: '0' })).toMatchObject({ cancelAmount: 0, sumTold: true });
  });

  it.each([
    { amount: null },
    { amount: 'many' },
    { amount: 1.5 },
    { amount: -1 },
    { cancel_amount: 'x' },
    { cancel_amount: {} },
    { cancel_amount: 1.5 },
    { cancel_amount: -1 },
  ])('an invalid amount makes the payment unreadable: %j', (fields) => {
    expect(read(fields)).toBeUndefined();
  });
});

describe('the currency of a payment', () => {
  it.each([
    [undefined, 'KRW'],
    [null, 'KRW'],
    ['', 'KRW'],
    [false, 'KRW'],
    ['krw', 'KRW'],
    [' usd ', 'USD'],
  ])('%j is %s', (told, currency) => {
    expect(read({ currency: told, amount: 10, cancel_amount: 0, cancel_history: [] })?.currency).toBe(
      currency,
    );
  });

  it('a currency outside ISO 4217 makes the payment unreadable', () => {
    expect(read({ currency: 'WON' })).toBeUndefined();
  });
});

describe('the history of a payment', () => {
  const amounts = (history: unknown) =>
    read({ cancel_history: history })?.cancelHistory.map(({ amount }) => amount);

  it('the history keeps the provider’s order, whatever its times are', () => {
    expect(amounts(plain.cancel_history.toReversed())).toEqual([2_000, 1_000]);
    expect(amounts(plain.cancel_history)).toEqual([1_000, 2_000]);
  });

  it('an entry listed twice is kept twice, because counting it once needs both', () => {
    const [first] = plain.cancel_history;
    expect(amounts([first, first])).toEqual([1_000, 1_000]);
  });

  it('an entry of the console is recognised', () => {
    expect(entry({ reason: ' 관리자페이지취소 ' })).toMatchObject({ fromConsole: true });
    expect(entry({ reason: '[rf_0] 관리자페이지취소' })).not.toHaveProperty('fromConsole');
  });

  it('the history may be an object of entries, one entry, or their JSON text', () => {
    expect(amounts({ 0: { amount: 1_000 }, 1: { amount: 2_000 } })).toEqual([1_000, 2_000]);
    expect(amounts({ amount: 3_000 })).toEqual([3_000]);
    expect(amounts('[{"amount":3000}]')).toEqual([3_000]);
  });

  it.each([undefined, null, false, '', [], {}, 'null'])('the history %j is empty', (history) => {
    expect(amounts(history)).toEqual([]);
  });

  it.each([[[null]], [[{ amount: 'x' }]], [[{}]], [['x']], [5], ['{'], [[{ amount: 1.5 }]]])(
    'the history %j has an invalid amount and makes the payment unreadable',
    (history) => {
      expect(read({ cancel_history: history })).toBeUndefined();
    },
  );
});

describe('the ids of a payment', () => {
  it.each([{ imp_uid: null }, { imp_uid: '' }, { merchant_uid: {} }, { status: null }])(
    'a payment without an id is unreadable: %j',
    (fields) => {
      expect(read(fields)).toBeUndefined();
    },
  );

  it('an id may be a number', () => {
    expect(read({ merchant_uid: 20_261_125 })?.merchantUid).toBe('20261125');
  });

  it.each([
    ['{"customer_id":"c"}', 'c'],
    [{ customer_id: 'c' }, 'c'],
    ['"{\\"customer_id\\":\\"c\\"}"', 'c'],
    [{ customer_id: 7 }, '7'],
    ['{"customer_id":7}', '7'],
    ['c', undefined],
    [{ customer_id: '' }, undefined],
    [{ customer_id: null }, undefined],
    [{ customer_id: 'x'.repeat(256) }, undefined],
    ['{', undefined],
  ])('custom_data %j names %j', (told, customer) => {
    expect(read({ custom_data: told })?.customerId).toBe(customer);
  });

  /** As raw text: a parsed number of 19 digits has lost its last ones. */
  const overTheWire = (customData: string) => {
    const fields = JSON.stringify({ ...plain, custom_data: 'HERE' }).replace('"HERE"', () => customData);
    return lookUpOutcome({ status: 200, body: `{"code":0,"response":${fields}}` });
  };

  it.each([
    ['{"customer_id":1234567890123456789}', '1234567890123456789'],
    ['{"customer_id":9007199254740993}', '9007199254740993'],
    ['{"customer_id": 100000000000000000000000000000000000001 }', '100000000000000000000000000000000000001'],
    [JSON.stringify('{"customer_id":1234567890123456789}'), '1234567890123456789'],
    [JSON.stringify(JSON.stringify('{"customer_id":1234567890123456789}')), '1234567890123456789'],
    ['{"customer_id":42}', '42'],
    ['{"customer_id":1.5}', undefined],
    ['{"customer_id":1e30}', undefined],
  ])('a numeric customer_id keeps all its digits: %s', (customData, customer) => {
    expect(overTheWire(customData)).toMatchObject({ kind: 'found', payment: { impUid: 'imp_1' } });
    expect((overTheWire(customData) as { payment: { customerId?: string } }).payment.customerId).toBe(
      customer,
    );
  });
});

describe('a page of payments', () => {
  it('a page names what cannot be read and returns everything else', () => {
    const list = [plain, { ...plain, imp_uid: 'imp_2', amount: 'x' }, null];
    const page = readPage({ total: 3, next: 0, list }, 100);
    expect(page).toMatchObject({
      payments: [{ impUid: 'imp_1' }],
      unreadable: ['imp_2', 'without imp_uid'],
      more: false,
    });
  });

  it('a page has a next one when it says so, or when it is full and says nothing', () => {
    expect(readPage({ next: 2, list: [] }, 100)?.more).toBe(true);
    expect(readPage({ list: [plain] }, 1)?.more).toBe(true);
    expect(readPage({ next: null, list: [plain] }, 2)?.more).toBe(false);
  });
});
