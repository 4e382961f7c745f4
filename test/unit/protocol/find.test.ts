import { describe, expect, it } from 'vitest';
import { lookUpOutcome } from '../../../functions/iamport/outcome.ts';
import { importPayment } from '../../../functions/protocol/find.ts';
import type { LookUp } from '../../../functions/protocol/ports.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { IMP_UID, ORDER, won } from '../../support/ledger-samples.ts';
import { ModelProvider } from '../../support/model-provider.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const staff = { kind: 'staff', sub: 'staff' } as const;
const stranger = { kind: 'customer', sub: 'stranger' } as const;

describe('the payment that a request names', () => {
  it('one key with the order number, the imp_uid or both names one refund', async () => {
    const world = new ScriptedWorld();
    for (const named of [{}, { impUid: IMP_UID }, { impUid: IMP_UID, merchantUid: ORDER }])
      expect(await world.told({ ...part, ...named })).toBe('200');
    expect(world.sent).toMatchObject([{ requester: 'customer' }]);
  });

  it.for<[string, Partial<CancelRequest>]>([
    ['a wrong imp_uid, whatever the order number is', { merchantUid: ORDER, impUid: 'imp_wrong' }],
    ['an order number in another letter case', { merchantUid: ORDER.toUpperCase() }],
    ['an order number with a space at its end', { merchantUid: `${ORDER} `, actor: staff }],
    ['an imp_uid in another letter case', { impUid: IMP_UID.toUpperCase(), actor: staff }],
    ['somebody else’s order', { actor: stranger }],
    ['somebody else’s payment', { actor: stranger, impUid: IMP_UID }],
    ['both names of somebody else’s', { actor: stranger, impUid: IMP_UID, merchantUid: ORDER }],
  ])('404 for %s, whether the ledger or only the provider knows the payment', async ([, request]) => {
    // The provider ignores letter case and spaces, and the payer has named the stranger.
    for (const isNew of [false, true]) {
      const world = new ScriptedWorld({ isNew, customerId: 'stranger' });
      if (request.impUid === 'imp_wrong') world.looks.push(() => ({ kind: 'missing' }));
      expect(await world.told({ ...part, ...request })).toBe('PAYMENT_NOT_FOUND');
      expect(world.sent).toEqual([]);
      expect(await world.world.ledger.orderOf(IMP_UID)).toBe(isNew ? undefined : ORDER);
    }
  });

  it('a payment is stored once for its imp_uid, under the first number that the provider told', async () => {
    const world = new ScriptedWorld();
    const renamed = { ...world.provider.snapshot(), merchantUid: 'another number' };
    expect(await importPayment(renamed, world.world)).toMatchObject({ merchantUid: ORDER });
    expect(await world.world.ledger.payments('another number')).toEqual([]);
  });

  it('a payment whose imp_uid the order item names belongs to that order, by either name', async () => {
    const world = new ScriptedWorld({ isNew: true, merchantUid: 'provider-1' });
    world.orders.put({ merchant_uid: 'shop-1', customer_id: 'buyer', imp_uid: IMP_UID });
    const buyer = { ...part, actor: { kind: 'customer', sub: 'buyer' }, merchantUid: 'shop-1' } as const;
    expect(await world.told(buyer)).toBe('200');
    expect(await world.told({ ...buyer, impUid: IMP_UID })).toBe('200');
    expect(world.sent).toHaveLength(1);
    expect(await world.told({ ...buyer, idempotencyKey: 'next' })).toBe('200');
  });

  it('the payer is the owner when the shop names nobody', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'payer' });
    world.orders.put({ merchant_uid: ORDER });
    expect(await world.told({ ...part, actor: { kind: 'customer', sub: 'payer' } })).toBe('200');
  });

  it.for<[string, Partial<CancelRequest>, Partial<ProviderPayment>]>([
    ['order number', {}, { merchantUid: 'another' }],
    ['imp_uid', { actor: staff, impUid: IMP_UID }, { impUid: 'imp_another' }],
  ])('an answer about another payment is not told as 404: by %s', async ([, request, shown]) => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    world.shows = (payment) => ({ ...payment, ...shown });
    expect(await world.told({ ...part, ...request })).toBe('PROVIDER_UNAVAILABLE');
    expect(world.has('unavailable')).toBe(true);
    expect(world.table.items.filter(({ sk }) => String(sk).startsWith('payment'))).toEqual([]);
  });

  it.for([
    ['an unknown payment', { isNew: true, customerId: 'customer' }],
    ['a known payment', {}],
  ] as const)('a look without the secret counts as the failure of the secret: %s', async ([, payment]) => {
    const world = new ScriptedWorld(payment);
    world.looks.push(() => ({ kind: 'failed', cause: 'x', secret: true }));
    expect(await world.told(part)).toBe('PROVIDER_UNAVAILABLE');
    expect(world.events.filter(({ event }) => event === 'unavailable')).toMatchObject([{ secret: true }]);
  });

  it('look-ups of unknown payments are limited per caller and minute, and the provider is not asked beyond the limit', async () => {
    const world = new ScriptedWorld({ isNew: true });
    world.looks.push(...Array.from({ length: 20 }, () => (): LookUp => ({ kind: 'missing' })));
    for (let index = 0; index < 20; index += 1) await world.told({ merchantUid: `unknown-${index}` });
    world.looks.push(() => {
      throw new Error('must not be asked');
    });
    expect(await world.told({ merchantUid: 'unknown-21' })).toBe('PAYMENT_NOT_FOUND');
    expect(world.has('too_many_look_ups')).toBe(true);
  });

  it('a payment in a currency unknown to ISO 4217 is refused for staff, and 404 for a customer, because its owner cannot be read', async () => {
    const response = { imp_uid: IMP_UID, merchant_uid: ORDER, status: 'paid', amount: 5, currency: 'XBT' };
    const look = lookUpOutcome({ status: 200, body: JSON.stringify({ code: 0, message: null, response }) });
    const world = new ScriptedWorld({ isNew: true });
    world.looks.push(
      () => look,
      () => look,
    );
    expect(await world.told({ ...part, actor: staff })).toBe('REFUND_NOT_ALLOWED');
    expect(world.has('unavailable')).toBe(true);
    expect(await world.told(part)).toBe('PAYMENT_NOT_FOUND');
  });
});

it.for<[string, Partial<CancelRequest>, string]>([
  ['staff, for somebody else’s order', { actor: staff }, '200'],
  ['a customer', {}, 'FORBIDDEN'],
  ['staff, for their own order', { actor: { kind: 'staff', sub: 'customer' }, impUid: IMP_UID }, 'FORBIDDEN'],
])('where only staff may refund: %s', async ([, request, told]) => {
  const world = new ScriptedWorld();
  world.settings = { ...world.settings, customersMayRefund: false };
  expect(await world.told({ ...part, ...request })).toBe(told);
  expect(world.sent.map(({ requester }) => requester)).toEqual(told === '200' ? ['admin'] : []);
});

describe('an order paid twice', () => {
  function paidTwice(second: Partial<ConstructorParameters<typeof ModelProvider>[0]> = {}): ScriptedWorld {
    const world = new ScriptedWorld();
    world.import(new ModelProvider({ merchantUid: ORDER, impUid: 'imp_second', paid: 10_000, ...second }));
    return world;
  }

  it('an order paid twice is refunded by imp_uid; by its number it is 409 with both payments', async () => {
    const world = paidTwice();
    expect(await world.cancel(part)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'SEVERAL_PAYMENTS', payments: [{ impUid: IMP_UID }, { impUid: 'imp_second' }] },
    });
    expect(await world.told({ ...part, impUid: IMP_UID })).toBe('200');
  });

  it('a payment that the order item names counts beside the order’s own, each once', async () => {
    const world = new ScriptedWorld();
    world.import(new ModelProvider({ merchantUid: 'other-1', impUid: 'imp_other', paid: 10_000 }));
    world.orders.put({ merchant_uid: ORDER, customer_id: 'customer', imp_uid: [IMP_UID, 'imp_other'] });
    const payments = [{ impUid: IMP_UID }, { impUid: 'imp_other' }];
    expect(await world.cancel(part)).toMatchObject({ refusal: { code: 'SEVERAL_PAYMENTS', payments } });
  });

  it('a key finds its refund by order number, whichever payment it was for', async () => {
    const world = paidTwice();
    expect(await world.told({ ...part, impUid: IMP_UID })).toBe('200');
    expect(await world.told(part)).toBe('200');
    expect(await world.told({ amount: 2_000 })).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(world.sent).toHaveLength(1);
  });

  it('of two payments one with nothing left is not meant; when neither has anything left, the newest tells so', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ idempotencyKey: 'all' })).toBe('200');
    const second = new ModelProvider({ merchantUid: ORDER, impUid: 'imp_second', paid: 10_000 });
    world.import(second);
    world.shows = () => second.snapshot();
    await world.told({ amount: 10_000 });
    expect(world.sent.at(-1)).toMatchObject({ impUid: 'imp_second' });
  });

  it('a payer who squats on an order number gains nothing, and the owner is refunded', async () => {
    const thief = { kind: 'customer', sub: 'thief' } as const;
    const world = paidTwice({ impUid: 'imp_squat', paid: 100, customerId: 'thief' });
    const squat = { impUid: 'imp_squat', amount: won(100), cancelAmount: won(0), cancelHistory: [] };
    const showsSquat = (payment: ProviderPayment) => ({ ...payment, ...squat });
    world.shows = showsSquat;
    for (const named of [{}, { impUid: 'imp_squat' }])
      expect(await world.told({ ...part, actor: thief, ...named })).toBe('PAYMENT_NOT_FOUND');
    world.shows = (payment) => payment;
    expect(await world.told({ ...part, impUid: IMP_UID })).toBe('200');
    // Where the shop names nobody, the payer owns the payment made under its number, and no other.
    world.orders.put({ merchant_uid: ORDER });
    expect(await world.told({ ...part, actor: thief, impUid: IMP_UID })).toBe('PAYMENT_NOT_FOUND');
    world.shows = showsSquat;
    await world.told({ actor: thief, idempotencyKey: 'own' });
    expect(world.sent.at(-1)).toMatchObject({ impUid: 'imp_squat' });
  });
});

describe('import of a payment', () => {
  it('an import stores earlier cancels as items, and a refund then has the right checksum', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    world.provider.consoleCancel(3_000, world.nowMs);
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toMatchObject([{ checksum: 7_000 }]);
    const items = (await world.items()).map(({ status, amount }) => `${status} ${amount}`);
    expect(items.toSorted()).toEqual(['cancelled 1000', 'elsewhere 3000']);
  });

  it('an import that cannot be written is 503', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    world.intercept('import', () => {
      throw new StoreError('throttled', { isKnownNotApplied: true });
    });
    expect(await world.told(part)).toBe('STORE_UNAVAILABLE');
    expect(world.sent).toEqual([]);
  });

  it('an unpaid payment is 409, and the provider is asked each time, because it may have been paid since', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    world.shows = (payment) => ({ ...payment, status: 'ready', isPaid: false });
    expect(await world.told(part)).toBe('PAYMENT_NOT_PAID');
    world.looks.push(() => ({ kind: 'failed', cause: 'HTTP 502' }));
    expect(await world.told(part)).toBe('PROVIDER_UNAVAILABLE');
    expect(world.sent).toEqual([]);
    world.shows = (payment) => payment;
    expect(await world.told(part)).toBe('200');
  });
});
