import { GetItemCommand, PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../../functions/refund/order.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import { rejectedRecord } from '../../../functions/refund/record.ts';
import { attemptOf } from '../../../functions/protocol/write.ts';
import { MORNING_MS, samplePending, sampleProvider, won } from '../../support/samples.ts';
import { tableForTests } from '../../support/table-for-tests.ts';

type Raw = Record<string, AttributeValue>;

const table = await tableForTests();
const store = table.store(2);

let orders = 0;
function newName(): string {
  orders += 1;
  return `order${orders}`;
}

/** A payment as the shop wrote it, with these attributes in DynamoDB's own notation; `undefined` takes one away. */
async function written(
  name: string,
  fields: Readonly<Record<string, AttributeValue | undefined>>,
): Promise<Order> {
  const item = {
    merchant_uid: { S: name },
    imp_uid: { S: `imp_${name}` },
    status: { S: 'paid' },
    amount: { N: '10000' },
    currency: { S: 'KRW' },
    customer_id: { S: 'customer' },
    ...fields,
  };
  const there = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as Raw;
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: there }));
  return store.order(name);
}

async function raw(name: string): Promise<Raw> {
  const Key = { merchant_uid: { S: name }, imp_uid: { S: `imp_${name}` } };
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.name, Key }));
  return Item ?? {};
}

function only({ payments, unreadable }: Order): Payment {
  expect(unreadable).toEqual([]);
  expect(payments).toHaveLength(1);
  return payments[0]!;
}

/** Claimed, refused and finished: every attribute that a refund touches. */
async function refundOf(payment: Payment): Promise<Payment> {
  const pending = samplePending({ seq: payment.seq + 1, checksum: payment.amount });
  const claimed = await store.write({ kind: 'claim', payment, pending, evict: [] });
  if (claimed === 'condition_failed') throw new Error('the claim did not hold');
  const refund = rejectedRecord(
    pending,
    { code: 'CANCEL_REJECTED' },
    { decidedBy: 'answer', nowMs: MORNING_MS },
  );
  const { merchantUid, impUid } = payment;
  const provider = sampleProvider([{ amount: 300 }], { merchantUid, impUid });
  const write = { kind: 'finish', guard: attemptOf(pending), refund, provider, keepBalance: false } as const;
  const finished = await store.write({ ...write, payment: claimed });
  if (finished === 'condition_failed') throw new Error('the final write did not hold');
  return finished;
}

const digits = fc.stringMatching(/^-?[1-9][0-9]{0,36}$/);
const number = fc.oneof(
  digits,
  fc.integer().map(String),
  fc.constantFrom('0.1234567890123456789', '1e120', '1e-120'),
);
const bytes = fc.uint8Array({ minLength: 1, maxLength: 5 });
/** Not `__proto__`: the test's own objects cannot hold it. */
const attributeName = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
const distinct = <T>(of: fc.Arbitrary<T>) =>
  fc.uniqueArray(of, { minLength: 1, maxLength: 3, selector: String });
const { value: anything } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ S: fc.string({ unit: 'grapheme' }) }),
    fc.record({ N: number }),
    fc.record({ B: bytes }),
    fc.record({ BOOL: fc.boolean() }),
    fc.record({ NULL: fc.constant(true) }),
    fc.record({ SS: distinct(fc.string({ minLength: 1 })) }),
    fc.record({ NS: distinct(fc.integer().map(String)) }),
    fc.record({ NS: distinct(digits) }),
    fc.record({ BS: distinct(bytes) }),
    fc.record({ L: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ M: fc.dictionary(attributeName, tie('value'), { maxKeys: 3 }) }),
  ) as fc.Arbitrary<AttributeValue>,
}));

describe('what a shop writes beside', () => {
  const own = fc.dictionary(
    fc.oneof(attributeName, fc.constantFrom('status.code', '#', ':v0', 'size', 'comment', '상품')),
    anything,
    { maxKeys: 4 },
  );
  const unneeded = fc.record(
    {
      pay_method: anything,
      pg_provider: anything,
      paid_at: anything,
      cancelled_at: anything,
      cancel_reason: anything,
      receipt_url: anything,
      cancel_history: anything,
      customer_id: anything,
    },
    { requiredKeys: [] },
  );

  it('under names of its own, or in fields that money does not need, stops no read and no write, and stays', async () => {
    await fc.assert(
      fc.asyncProperty(own, unneeded, async (attributes, fields) => {
        const name = newName();
        const payment = only(await written(name, { ...attributes, ...fields }));
        const before = await raw(name);
        expect(await refundOf(payment)).toMatchObject({ cancelAmount: 300, seq: 1 });
        const after = await raw(name);
        for (const key of Object.keys(attributes)) expect(after[key]).toEqual(before[key]);
        expect(after['customer_id']).toEqual(before['customer_id']);
      }),
      { numRuns: 30 },
    );
  });

  it('in any field at all, hides nothing: the payment is read, or named with the attribute that cannot be', async () => {
    const fields = fc.record(
      {
        amount: anything,
        cancel_amount: anything,
        currency: anything,
        status: anything,
        refund_records: anything,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fields, async (values) => {
        const name = newName();
        const { payments, unreadable } = await written(name, values);
        expect(payments.length + unreadable.length).toBe(1);
        for (const { why } of unreadable) expect(why).toMatch(/^attribute (amount|cancel_amount|refund_\w+)/);
      }),
      { numRuns: 30 },
    );
  });
});

describe('amounts, as shops write them', () => {
  it.each([
    ['numbers', { cancel_amount: { N: '0' } }, 10_000, 0, 'complete'],
    ['no cancel_amount', {}, 10_000, 0, 'complete'],
    ['no currency', { currency: undefined }, 10_000, 0, 'currency_assumed'],
    ['text', { amount: { S: '10000' } }, 10_000, 0, 'incomplete'],
    ['text with commas', { amount: { S: '1,000' }, cancel_amount: { S: '0' } }, 1_000, 0, 'incomplete'],
    ['text with spaces', { amount: { S: ' 14.20 ' }, currency: { S: 'USD' } }, 1_420, 0, 'incomplete'],
    ['NULL', { amount: { NULL: true }, cancel_amount: { NULL: true } }, 0, 0, 'incomplete'],
    ['no amount', { amount: undefined }, 0, 0, 'incomplete'],
    [
      'a currency in small letters',
      { currency: { S: 'usd' }, amount: { N: '14.2' } },
      1_420,
      0,
      'incomplete',
    ],
    ['an unknown currency', { currency: { S: '원' } }, 10_000, 0, 'incomplete'],
    ['decimals without a currency', { currency: undefined, amount: { N: '14.2' } }, 0, 0, 'incomplete'],
    [
      'float dust',
      { cancel_amount: { N: '0.30000000000000004' }, currency: { S: 'USD' } },
      1_000_000,
      30,
      'incomplete',
    ],
    [
      'dust that no double holds',
      { amount: { N: '30.000000000000000000001' }, currency: { S: 'USD' } },
      3_000,
      0,
      'incomplete',
    ],
  ] as const)('%s', async (_what, fields, amount, cancelAmount, completeness) => {
    expect(only(await written(newName(), fields))).toMatchObject({ amount, cancelAmount, completeness });
  });

  it.each([
    ['no amount', { amount: { S: 'abc' } }, 'amount'],
    ['commas in wrong places', { amount: { S: '1,00' } }, 'amount'],
    ['negative', { amount: { N: '-1' } }, 'amount'],
    ['half a won', { cancel_amount: { N: '0.5' } }, 'cancel_amount'],
    ['more than can be counted', { amount: { N: '12345678901234567890123' } }, 'amount'],
    ['no number', { amount: { BOOL: true } }, 'amount'],
    ['our own count, damaged', { refund_seq: { S: '1' } }, 'refund_seq'],
    [
      'our own refund in flight, damaged',
      { refund_pending: { M: { refund_id: { S: 'rf' } } } },
      'refund_pending',
    ],
    ['our own records, damaged', { refund_records: { BOOL: true } }, 'refund_records'],
    ['one of our records, damaged', { refund_records: { M: { rf_1: { S: '' } } } }, 'refund_records.rf_1'],
  ] as const)(
    '%s is named, and another payment of the order is not hidden',
    async (_what, fields, attribute) => {
      const name = newName();
      await written(name, fields);
      const Item = {
        merchant_uid: { S: name },
        imp_uid: { S: 'imp_other' },
        amount: { N: '5' },
        currency: { S: 'KRW' },
      };
      await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
      const { payments, unreadable } = await store.order(name);
      expect(payments).toMatchObject([{ impUid: 'imp_other', amount: won(5) }]);
      expect(unreadable).toMatchObject([{ impUid: `imp_${name}`, customerId: 'customer' }]);
      expect(unreadable[0]?.why).toContain(`attribute ${attribute}`);
    },
  );

  it('that are no numbers are put right by what the provider tells next, also when refunds have been made', async () => {
    const name = newName();
    const { merchantUid, impUid } = await refundOf(only(await written(name, {})));
    const item = await raw(name);
    await table.client.send(
      new PutItemCommand({ TableName: table.name, Item: { ...item, cancel_amount: { S: '0' } } }),
    );
    const payment = only(await store.order(name));
    const provider = sampleProvider([{ amount: 300 }], { merchantUid, impUid });
    expect(await store.write({ kind: 'book', payment, provider })).toMatchObject({
      cancelAmount: 300,
      completeness: 'complete',
    });
    // A copy of it that comes later finds a number.
    expect(await store.write({ kind: 'book', payment, provider })).toBe('condition_failed');
  });
});

describe('an owner', () => {
  it.each([
    ['text', { S: 'customer' }, 'customer'],
    ['a number', { N: '42' }, '42'],
    ['a number that no double holds', { N: '12345678901234567891' }, '12345678901234567891'],
    ['an empty text', { S: '' }, undefined],
    ['NULL', { NULL: true }, undefined],
    ['a list', { L: [{ S: 'customer' }] }, undefined],
    ['a set', { NS: ['1', '12345678901234567891'] }, undefined],
  ] as const)('%s', async (_what, value, owner) => {
    const payment = only(await written(newName(), { customer_id: value as AttributeValue }));
    expect(payment.customerId).toBe(owner);
    expect(await refundOf(payment)).toMatchObject({ cancelAmount: 300 });
  });

  it('that has changed since it was read stops the claim', async () => {
    const name = newName();
    const payment = only(await written(name, { customer_id: { N: '12345678901234567891' } }));
    await written(name, { customer_id: { N: '12345678901234567892' } });
    await expect(refundOf(payment)).rejects.toThrow('the claim did not hold');
  });
});
