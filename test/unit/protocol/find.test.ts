import { describe, expect, it } from 'vitest';
import { lookUpOutcome } from '../../../functions/iamport/outcome.ts';
import type { LookUp } from '../../../functions/protocol/ports.ts';
import { readPayment } from '../../../functions/protocol/read.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { IMP_UID, ORDER, won } from '../../support/ledger-samples.ts';
import { ModelProvider } from '../../support/model-provider.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const staff = { kind: 'staff', sub: 'staff' } as const;
const unknown = { idempotencyKey: 'key', amount: 1_000 };

/** The ledger lacks the payment, and the provider answers with another payment. */
function mistaken(fields: Partial<ProviderPayment>): ScriptedWorld {
  const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
  world.shows = (payment) => ({ ...payment, ...fields });
  return world;
}

describe('the ledger lacks the payment, and the provider answers with another payment', () => {
  it.each([
    ['a customer, by order number', {}, { merchantUid: 'another' }],
    ['staff, by order number', { actor: staff }, { merchantUid: 'another' }],
    ['staff, by imp_uid', { actor: staff, impUid: IMP_UID }, { impUid: 'imp_another' }],
  ])(
    'an answer about another payment is not told as 404, and nothing is sent: %s',
    async (_who, request, shown) => {
      const world = mistaken(shown);
      expect(await world.told({ ...unknown, ...request })).toBe('PROVIDER_UNAVAILABLE');
      expect(world.sent).toEqual([]);
      expect(world.has('unavailable')).toBe(true);
      expect(world.table.items.filter(({ sk }) => String(sk).startsWith('payment'))).toEqual([]);
    },
  );

  it('an answer whose order number differs only in letter case is told as not found', async () => {
    const world = new ScriptedWorld({ isNew: true });
    expect(await world.told({ ...unknown, impUid: IMP_UID.toUpperCase(), actor: staff })).toBe(
      'PAYMENT_NOT_FOUND',
    );
  });
});

describe('the owner of a payment', () => {
  const stranger = { kind: 'customer', sub: 'stranger' } as const;

  it.each([
    ['known to the ledger', {}],
    ['known to the provider alone', { isNew: true }],
  ])('a payment %s is not told to strangers', async (_what, options) => {
    const world = new ScriptedWorld({ customerId: 'stranger', ...options });
    for (const request of [{}, { impUid: IMP_UID }, { impUid: IMP_UID, merchantUid: ORDER }])
      expect(await world.told({ ...unknown, ...request, actor: stranger })).toBe('PAYMENT_NOT_FOUND');
    expect(world.sent).toEqual([]);
  });

  it('the payer is the owner when the shop names nobody', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'payer' });
    world.orders.put({ merchant_uid: ORDER });
    expect(await world.told({ ...unknown, actor: { kind: 'customer', sub: 'payer' } })).toBe('200');
  });

  it('a wrong imp_uid fails, whatever the order number says', async () => {
    const world = new ScriptedWorld();
    world.looks.push(() => ({ kind: 'missing' }));
    expect(await world.told({ ...unknown, merchantUid: ORDER, impUid: 'imp_wrong' })).toBe(
      'PAYMENT_NOT_FOUND',
    );
  });

  it('look-ups of unknown payments are limited per caller and minute, and the provider is not asked beyond the limit', async () => {
    const world = new ScriptedWorld({ isNew: true });
    world.looks.push(...Array.from({ length: 20 }, () => (): LookUp => ({ kind: 'missing' })));
    for (let index = 0; index < 20; index += 1)
      await world.told({ ...unknown, merchantUid: `unknown-${index}` });
    world.looks.push(() => {
      throw new Error('must not be asked');
    });
    expect(await world.told({ ...unknown, merchantUid: 'unknown-21' })).toBe('PAYMENT_NOT_FOUND');
    expect(world.has('too_many_look_ups')).toBe(true);
  });
});

describe('a service where only staff may refund', () => {
  it.each([
    ['staff, for somebody else’s order', { actor: staff }, '200'],
    ['a customer', {}, 'FORBIDDEN'],
    ['staff, for their own order', { actor: { kind: 'staff', sub: 'customer' } } as const, 'FORBIDDEN'],
    [
      'staff, for their own order by imp_uid',
      { actor: { kind: 'staff', sub: 'customer' }, impUid: IMP_UID } as const,
      'FORBIDDEN',
    ],
  ])('%s', async (_who, request, told) => {
    const world = new ScriptedWorld();
    world.settings = { ...world.settings, customersMayRefund: false };
    expect(await world.told({ amount: 1_000, ...request })).toBe(told);
    expect(world.sent).toHaveLength(told === '200' ? 1 : 0);
  });
});

describe('an order paid twice', () => {
  function paidTwice(): ScriptedWorld {
    const world = new ScriptedWorld();
    world.import(new ModelProvider({ merchantUid: ORDER, impUid: 'imp_second', paid: 10_000 }));
    return world;
  }

  it('an order paid twice is refunded by imp_uid; by its number it is 409 with both payments', async () => {
    const world = paidTwice();
    expect(await world.cancel({ amount: 1_000 })).toMatchObject({
      kind: 'refused',
      refusal: { code: 'SEVERAL_PAYMENTS', payments: [{ impUid: IMP_UID }, { impUid: 'imp_second' }] },
    });
    expect(await world.told({ amount: 1_000, impUid: IMP_UID })).toBe('200');
  });

  it('one key at two payments makes two refunds with two ids', async () => {
    const world = paidTwice();
    expect(await world.told({ amount: 1_000, impUid: IMP_UID })).toBe('200');
    world.shows = (payment) => ({
      ...payment,
      impUid: 'imp_second',
      cancelAmount: won(0),
      cancelHistory: [],
    });
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000, impUid: 'imp_second' })).toBe('202');
    expect(new Set(world.sent.map(({ refundId }) => refundId)).size).toBe(2);
  });

  it('a key finds its refund by order number, whichever payment it was for', async () => {
    const world = paidTwice();
    expect(await world.told({ amount: 1_000, impUid: IMP_UID })).toBe('200');
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(await world.told({ amount: 2_000 })).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(world.sent).toHaveLength(1);
  });
});

describe('a malicious payer', () => {
  const thief = { kind: 'customer', sub: 'thief' } as const;
  /** A small payment under somebody else's order number; its payer names an owner of their choice. */
  function squatted(owner: string, word: Readonly<Record<string, unknown>> = {}): ScriptedWorld {
    const world = new ScriptedWorld({ customerId: 'customer' });
    world.orders.put({ merchant_uid: ORDER, ...word });
    world.import(
      new ModelProvider({ merchantUid: ORDER, impUid: 'imp_squat', paid: 100, customerId: owner }),
    );
    return world;
  }

  const showsSquat = (payment: ProviderPayment) => ({ ...payment, impUid: 'imp_squat', amount: won(100) });

  it('a payer who names a staff member as owner gains nothing, and staff keep the role of staff', async () => {
    const world = squatted('staff');
    world.shows = showsSquat;
    expect(await world.told({ actor: thief, impUid: 'imp_squat' })).toBe('PAYMENT_NOT_FOUND');
    // As the customer that the payer names they could not refund it.
    world.settings = { ...world.settings, customersMayRefund: false };
    expect(await world.told({ actor: staff, impUid: 'imp_squat', amount: 100 })).not.toBe('FORBIDDEN');
    expect(world.sent).toMatchObject([{ impUid: 'imp_squat', requester: 'admin' }]);
  });

  it('the order number gives the payer only their own payment, and the owner theirs', async () => {
    const world = squatted('thief');
    expect(await world.told({ actor: thief, impUid: IMP_UID, amount: 100 })).toBe('PAYMENT_NOT_FOUND');
    await world.told({ actor: thief, amount: 100 });
    expect(world.sent.map(({ impUid }) => impUid)).not.toContain(IMP_UID);
    const others = world.sent.length;
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent.slice(others)).toMatchObject([{ impUid: IMP_UID, amount: 1_000 }]);
  });

  it('when the shop names the owner, the payer gains nothing, and the owner is refunded by imp_uid', async () => {
    const world = squatted('thief', { customer_id: 'customer' });
    world.shows = showsSquat;
    for (const request of [{}, { impUid: 'imp_squat' }])
      expect(await world.told({ actor: thief, ...request })).toBe('PAYMENT_NOT_FOUND');
    world.shows = (payment) => payment;
    expect(await world.told({ amount: 1_000 })).toBe('SEVERAL_PAYMENTS');
    expect(await world.told({ amount: 1_000, impUid: IMP_UID })).toBe('200');
  });
});

describe('a payment in a currency unknown to ISO 4217', () => {
  const wire = { imp_uid: IMP_UID, merchant_uid: ORDER, status: 'paid', amount: 5 };
  const look = (currency: unknown): LookUp => {
    const response = { ...wire, currency };
    return lookUpOutcome({ status: 200, body: JSON.stringify({ code: 0, message: null, response }) });
  };

  it('a payment in an unknown currency cannot be refunded, and staff are not told to try again', async () => {
    const world = new ScriptedWorld({ isNew: true });
    world.looks.push(() => look('XBT'));
    expect(await world.told({ ...unknown, actor: staff })).toBe('REFUND_NOT_ALLOWED');
    expect(world.has('unavailable')).toBe(true);
  });

  it('a payment in an unknown currency is 404 for a customer, because its owner cannot be read', async () => {
    const world = new ScriptedWorld({ isNew: true });
    world.looks.push(() => look('XBT'));
    expect(await world.told(unknown)).toBe('PAYMENT_NOT_FOUND');
  });
});

describe('import of a payment', () => {
  it('an import stores earlier cancels as items, and a refund then has the right checksum', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    world.provider.consoleCancel(3_000, world.nowMs);
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toMatchObject([{ checksum: 7_000 }]);
    const items = (await world.items()).map(({ status, amount }) => `${status} ${amount}`);
    expect(items.toSorted()).toEqual(['cancelled 1000', 'elsewhere 3000']);
  });

  it('staff can read a payment only after its import, because a read asks no provider', async () => {
    const world = new ScriptedWorld({ isNew: true });
    world.looks.push(() => {
      throw new Error('must not be asked');
    });
    const read = await readPayment({ merchantUid: ORDER, actor: staff }, world.nowMs + 28_000, world.world);
    expect(read).toMatchObject({ kind: 'refused', refusal: { code: 'PAYMENT_NOT_FOUND' } });
  });

  it('an import that cannot be written is 503', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    world.intercept('import', () => {
      throw new StoreError('throttled', { isKnownNotApplied: true });
    });
    expect(await world.told(unknown)).toBe('STORE_UNAVAILABLE');
    expect(world.sent).toEqual([]);
  });
});
