import { describe, expect, it } from 'vitest';
import { lookUpOutcome } from '../../../functions/iamport/outcome.ts';
import { cancelBody, readPage, readPayment } from '../../../functions/iamport/wire.ts';
import type { Minor } from '../../../functions/refund/money.ts';

describe('the body of a cancel', () => {
  const minor = (amount: number) => amount as Minor;
  const CALL = {
    impUid: 'imp_1',
    currency: 'USD',
    amount: minor(1_420),
    checksum: minor(10_000),
    refundId: 'rf_000000000000000000000000',
    reason: '색상',
    passedOn: {},
    requester: 'customer',
  } as const;

  it('the body always has amount and checksum, names the payment only by imp_uid and asks for the webhook', () => {
    expect(cancelBody(CALL)).toEqual({
      imp_uid: 'imp_1',
      amount: 14.2,
      checksum: 100,
      reason: '[rf_000000000000000000000000] 색상',
      enable_webhook: true,
      extra: { requester: 'customer' },
    });
  });

  it("the body has the optional fields of the request, amounts in the payment's unit, and the digits of the account", () => {
    const taxes = { taxFree: minor(100), vatAmount: minor(0) };
    const passedOn = { ...taxes, retainPromotion: false, escrowConfirmed: true };
    const account = { holder: '김', bank: '088', account: '123-456789-01-012', tel: '010-1234-5678' };
    expect(cancelBody({ ...CALL, passedOn, requester: 'admin', account })).toMatchObject({
      tax_free: 1,
      vat_amount: 0,
      retain_promotion: false,
      escrow_confirmed: true,
      refund_holder: '김',
      refund_bank: '088',
      refund_account: '12345678901012',
      refund_tel: '010-1234-5678',
      extra: { requester: 'admin' },
    });
  });

  it.each(['NFC', 'NFD'])(
    'the body never has the console’s own text, because our entry would count as a foreign cancel: %s',
    (form) => {
      const { reason } = cancelBody({ ...CALL, reason: '관리자페이지취소  '.normalize(form) });
      // A PG may drop our tag, remove spaces, and compose letters.
      expect(String(reason).normalize('NFC').replaceAll(' ', '')).not.toContain('관리자페이지취소');
    },
  );

  it('a cancel without an amount is never sent, because i’mport would cancel everything', () => {
    expect(() => cancelBody({ ...CALL, amount: minor(0) })).toThrow(/Bug/);
  });
});

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
  const OF_PAYMENT =
    'pay_method pg_provider paid_at cancelled_at cancel_reason receipt_url custom_data sandbox promotion';
  const OF_ENTRY = 'cancelled_at reason receipt_url cancellation_id pg_tid';

  it('a wrong field never makes a payment or an entry unreadable', () => {
    for (const value of [null, false, true, '', ' ', 0, {}, [], [1], { a: 1 }]) {
      for (const field of OF_PAYMENT.split(' ')) expect(read({ [field]: value }), field).toBeDefined();
      for (const field of OF_ENTRY.split(' '))
        expect(entry({ [field]: value }), field).toMatchObject({ amount: 3_000 });
    }
  });

  it.each([null, false, '', {}])('a field that is %j is absent', (value) => {
    const fields = { reason: value, receipt_url: value, cancellation_id: value, cancelled_at: value };
    expect(entry(fields)).toEqual({ amount: 3_000 });
  });

  it('method, PG and times are read; a number is read as text, because an entry needs an id', () => {
    const told = { pay_method: 'vbank', pg_provider: ' smartro_v2 ', paid_at: '1700000000' };
    expect(read({ ...told, cancelled_at: 1_700_000_002 })).toMatchObject({
      payMethod: 'vbank',
      pgProvider: 'smartro_v2',
      paidAtMs: 1_700_000_000_000,
      cancelledAtMs: 1_700_000_002_000,
    });
    expect(entry({ cancellation_id: 123, reason: 5 })).toMatchObject({ cancellationId: '123', reason: '5' });
  });

  it('a text is cut to 200 characters; an address is kept whole or not at all, and only when a browser may open it', () => {
    expect(entry({ reason: '가'.repeat(1_000) })?.reason).toHaveLength(200);
    for (const receipt of [`https://r.example/${'x'.repeat(300)}`, 'javascript:alert(1)'])
      expect(entry({ receipt_url: receipt })).not.toHaveProperty('receiptUrl');
    const receiptUrl = 'https://r.example/1';
    expect(entry({ receipt_url: receiptUrl })).toMatchObject({ receiptUrl });
  });

  const promotions = [{ id: 'p', discount: 600 }, { id: 7 }];
  it.each([
    ['sandbox', 'isSandbox', [true, 'true', 1], [false, null, undefined, 'yes']],
    ['promotion', 'hasPromotion', promotions, [{ id: null }, {}, [], null, 'none']],
  ] as const)('%s counts only when it clearly says yes', (field, name, yes, no) => {
    for (const value of yes) expect(read({ [field]: value })?.[name], JSON.stringify(value)).toBe(true);
    for (const value of no) expect(read({ [field]: value })?.[name], JSON.stringify(value)).toBe(false);
  });
});

it.each([
  [{ status: 'paid', paid_at: 0, cancel_amount: 0, cancel_history: [] }, true],
  [{ status: 'cancelled', paid_at: 1_700_000_000, cancel_amount: 0, cancel_history: [] }, true],
  // Paid, because something of it was cancelled, or may have been.
  [{ status: 'cancelled', paid_at: 0 }, true],
  [{ status: 'cancelled', paid_at: null, cancel_amount: null, cancel_history: [] }, true],
  // A virtual account that was revoked before anybody paid.
  [{ status: 'cancelled', paid_at: 0, cancel_amount: 0, cancel_history: [] }, false],
  [{ status: 'failed' }, false],
  [{ status: 'new word' }, false],
])('whether a payment was paid is read from %j: %s', (fields, paid) => {
  expect(read(fields)?.isPaid).toBe(paid);
});

describe('an amount of the provider', () => {
  const DUST = 0.1 + 0.2;
  const dollars = { currency: 'USD', amount: DUST, cancel_amount: DUST, cancel_history: [{ amount: DUST }] };
  const cents = { amount: 30, cancelAmount: 30, cancelHistory: [{ amount: 30 }] };
  const sum = (cancelAmount: number, sumTold: boolean) => ({ cancelAmount, sumTold });
  it.each([
    ['with floating-point dust is rounded', dollars, cents],
    ['may be text', { amount: '10000', cancel_amount: ' 3000 ' }, { amount: 10_000, ...sum(3_000, true) }],
    ['is used whatever the history adds up to', { cancel_amount: 5_000 }, sum(5_000, true)],
    ['may be 0', { cancel_amount: '0' }, sum(0, true)],
    ['that is missing is not told', { cancel_amount: undefined }, sum(3_000, false)],
    ['that is false is not told', { cancel_amount: false }, sum(3_000, false)],
    ['that is empty is not told', { cancel_amount: '', cancel_history: null }, sum(0, false)],
  ])('an amount %s', (_what, fields, payment) => {
    expect(read(fields)).toMatchObject(payment);
  });

  it.each([
    ['amount', [null, 'many', 1.5, -1, 1e21]],
    ['cancel_amount', [{}, 1.5, -1]],
    ['currency', ['WON']],
    ['imp_uid', ['']],
    ['merchant_uid', [{}]],
    ['status', [null]],
  ])('a payment is unreadable when its %s is one of %j', (field, values) => {
    for (const value of values) expect(read({ [field]: value }), JSON.stringify(value)).toBeUndefined();
  });

  it.each([
    [undefined, 'KRW'],
    [false, 'KRW'],
    ['krw', 'KRW'],
    [' usd ', 'USD'],
  ])('the currency %j is %s', (currency, code) => {
    expect(read({ currency, amount: 10, cancel_amount: 0, cancel_history: [] })?.currency).toBe(code);
  });
});

describe('the history of a payment', () => {
  const [first, last] = plain.cancel_history;
  const inTurn = (...entries: readonly unknown[]) => entries;
  it.each<[unknown, readonly number[] | undefined]>([
    [inTurn(last, first), [2_000, 1_000]],
    // Kept twice, because counting it once needs both.
    [inTurn(first, first), [1_000, 1_000]],
    [{ 0: first, 1: last }, [1_000, 2_000]],
    [{ amount: 3_000 }, [3_000]],
    ['[{"amount":3000}]', [3_000]],
    [undefined, []],
    [null, []],
    [false, []],
    ['', []],
    [{}, []],
    ['null', []],
    // With an invalid amount the payment is unreadable.
    [[null], undefined],
    [[{ amount: 'x' }], undefined],
    [[{ amount: 1.5 }], undefined],
    [5, undefined],
    ['{', undefined],
  ])('the history %j has the amounts %j, in the provider’s order', (history, amounts) => {
    expect(read({ cancel_history: history })?.cancelHistory.map(({ amount }) => amount)).toEqual(amounts);
  });

  it('an entry of the console is recognised', () => {
    expect(entry({ reason: ' 관리자페이지취소 ' })).toMatchObject({ fromConsole: true });
    expect(entry({ reason: '[rf_0] 관리자페이지취소' })).not.toHaveProperty('fromConsole');
  });
});

describe('the ids of a payment', () => {
  it('an order number may be a number, and keeps its spaces', () => {
    expect(read({ merchant_uid: 20_261_125 })?.merchantUid).toBe('20261125');
    expect(read({ merchant_uid: ' o ' })?.merchantUid).toBe(' o ');
  });

  const inText = (value: unknown) => JSON.stringify(value);
  /** As raw text: a parsed number of 19 digits has lost its last ones. */
  it.each([
    ['{"customer_id":"c"}', 'c'],
    [inText('{"customer_id":"c"}'), 'c'],
    [inText(inText('{"customer_id":1234567890123456789}')), '1234567890123456789'],
    ['{"customer_id":9007199254740993}', '9007199254740993'],
    ['{"customer_id": 100000000000000000000000000000000000001 }', '100000000000000000000000000000000000001'],
    ['{"customer_id":42}', '42'],
    ['{"customer_id":1.5}', undefined],
    ['{"customer_id":1e30}', undefined],
    ['"c"', undefined],
    ['{"customer_id":""}', undefined],
    [inText({ customer_id: 'x'.repeat(256) }), undefined],
  ])('custom_data %s names the customer %j', (customData, customerId) => {
    const fields = inText({ ...plain, custom_data: 'HERE' }).replace('"HERE"', () => customData);
    const found = lookUpOutcome({ status: 200, body: `{"code":0,"response":${fields}}` });
    expect(found.kind === 'found' && found.payment.impUid).toBe('imp_1');
    expect(found.kind === 'found' && found.payment.customerId).toBe(customerId);
  });
});

it('a page names what cannot be read and returns everything else', () => {
  const list = [plain, { ...plain, imp_uid: 'imp_2', amount: 'x' }, null];
  expect(readPage({ total: 3, next: 0, list }, 100)).toMatchObject({
    payments: [{ impUid: 'imp_1' }],
    unreadable: ['imp_2', 'without imp_uid'],
    more: false,
  });
});

it.each([
  [{ next: 2, list: [] }, true],
  [{ next: 0, list: [plain] }, false],
  [{ list: [plain] }, true],
  [{ next: null, list: [] }, false],
])('a page of one has a next one when it says so, or when it is full and says nothing: %#', (page, more) => {
  expect(readPage(page, 1)?.more).toBe(more);
});
