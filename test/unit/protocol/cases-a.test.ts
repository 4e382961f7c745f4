import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import { importPayment } from '../../../functions/protocol/find.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import type { FakeTable } from '../../support/fake-table.ts';
import { IMP_UID, ORDER, won } from '../../support/ledger-samples.ts';
import { ModelProvider } from '../../support/model-provider.ts';
import { refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

type Outcome = Awaited<ReturnType<FakeTable['transact']>>;

const staff = { kind: 'staff', sub: 'staff' } as const;
const noAnswer = (): StoreError => new StoreError('time-out', { isKnownNotApplied: false });

describe('A1: the owner in the order item changes between decision and send', () => {
  it('staff who become the owner between decision and send act as a customer from then on', async () => {
    const world = new ScriptedWorld();
    world.settings = { ...world.settings, customersMayRefund: false };
    world.intercept('claim', ({ apply }) => {
      const outcome = apply();
      world.orders.put({ merchant_uid: ORDER, customer_id: 'staff' });
      return outcome;
    });
    expect(await world.told({ amount: 1_000, actor: staff })).toBe('FORBIDDEN');
    expect(world.sent).toEqual([]);
  });
});

describe('A2: an order and its payment in two spellings', () => {
  it('a key used by order number and then by imp_uid names one refund', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(await world.cancel({ amount: 1_000, impUid: IMP_UID })).toMatchObject({
      kind: 'final',
      replayed: true,
      refund: { refundId: world.refundId() },
    });
    expect(await world.told({ amount: 1_000, impUid: IMP_UID, merchantUid: ORDER })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('an order number in another letter case finds nothing, even where the provider ignores case', async () => {
    const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
    for (const merchantUid of [ORDER.toUpperCase(), ` ${ORDER}`, `${ORDER} `]) {
      expect(await world.told({ amount: 1_000, merchantUid })).toBe('PAYMENT_NOT_FOUND');
      expect(await world.told({ amount: 1_000, merchantUid, actor: staff })).toBe('PAYMENT_NOT_FOUND');
    }
    expect(world.sent).toEqual([]);
    expect(await world.world.ledger.orderOf(IMP_UID)).toBeUndefined();
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });

  it('a payment is stored once for its imp_uid, under the first number that the provider told', async () => {
    const world = new ScriptedWorld();
    const renamed = { ...world.provider.snapshot(), merchantUid: 'another number' };
    expect(await importPayment(renamed, world.world)).toMatchObject({ merchantUid: ORDER });
    expect(await world.world.ledger.payments('another number')).toEqual([]);
  });
});

describe('A3: an order number that is only partly equal', () => {
  const long = 'order-'.padEnd(55, '7');

  it.each([
    ['in its first 40 characters', long, long.slice(0, 40)],
    ['after trimming', ' 20261125-1', '20261125-1'],
  ])(
    'a stranger who owns an order whose number is equal only %s gets 404',
    async (_how, merchantUid, theirs) => {
      const world = new ScriptedWorld({ isNew: true, merchantUid: theirs });
      world.orders.put({ merchant_uid: merchantUid, customer_id: 'stranger' });
      const stranger = { merchantUid, actor: { kind: 'customer', sub: 'stranger' } } as const;
      expect(await world.told({ ...stranger, amount: 1_000 })).toBe('PAYMENT_NOT_FOUND');
      expect(await world.told({ ...stranger, impUid: IMP_UID, amount: 1_000 })).toBe('PAYMENT_NOT_FOUND');
      expect(world.sent).toEqual([]);
    },
  );

  it('a payment whose imp_uid the order item names belongs to that order, by either name', async () => {
    const world = new ScriptedWorld({ isNew: true, merchantUid: long.slice(0, 40) });
    world.orders.put({ merchant_uid: long, customer_id: 'buyer', imp_uid: IMP_UID });
    const buyer: Partial<CancelRequest> = { actor: { kind: 'customer', sub: 'buyer' }, merchantUid: long };
    expect(await world.told({ ...buyer, amount: 1_000 })).toBe('200');
    expect(await world.told({ ...buyer, impUid: IMP_UID, amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
    expect(await world.told({ ...buyer, amount: 500, idempotencyKey: 'next' })).toBe('200');
  });
});

describe('A4: 99 requests that the PG refused', () => {
  it('after 99 refused requests a partial refund still works; only the rate limit refuses', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(...Array.from({ length: 99 }, () => () => refusedByPg()));
    for (let index = 0; index < 99; index += 1) {
      expect(await world.told({ amount: 1_000, idempotencyKey: `try ${index}` })).toBe('CANCEL_REJECTED');
      world.nowMs += 6_000;
    }
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(await world.told({ amount: 500, idempotencyKey: 'next' })).toBe('200');
    const fast = Array.from({ length: 11 }, (_, index) => `fast ${index}`);
    const told: string[] = [];
    for (const idempotencyKey of fast) told.push(await world.told({ amount: 100, idempotencyKey }));
    expect(told).toContain('TOO_MANY_REFUNDS');
    expect(await world.told({ amount: 100, idempotencyKey: 'desk', actor: staff })).toBe('200');
  });
});

describe('A6: a claim that the table never confirms', () => {
  it('a claim that is never confirmed is told 202, and 404 when it can no longer arrive: the same key may ask again', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', () => {
      throw noAnswer();
    });
    const askedAtMs = world.nowMs;
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(await world.read(world.refundId(), askedAtMs)).toMatchObject({ kind: 'not_yet' });
    world.quietPeriodPasses();
    const notFound = { kind: 'refused', refusal: { code: 'REFUND_NOT_FOUND' } };
    expect(await world.read(world.refundId(), askedAtMs)).toEqual(notFound);
    expect(world.sent).toEqual([]);
    world.table.arrives = ({ apply }) => apply();
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });

  it.each([
    ['an answer that is lost', true, 1],
    ['a try that is lost', false, 1],
    ['answers that are lost for seconds', true, 5],
  ])('a claim is sent once the table answers, after %s', async (_what, isApplied, times) => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }, count) => {
      if (count > times) return apply();
      if (isApplied) apply();
      throw noAnswer();
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('a claim is told 202 when one try was lost and the others were refused, because the lost one may have been applied', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }, count) => {
      if (count > 1) throw new StoreError('throttled', { isKnownNotApplied: true });
      apply();
      throw noAnswer();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.table.arrives = ({ apply }) => apply();
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told({ amount: 1_000 })).toBe('NOT_EXECUTED');
    expect(world.sent).toEqual([]);
  });
});

describe('A7: a claim that arrives late, after another refund has started and ended', () => {
  async function claimThatIsLate() {
    const world = new ScriptedWorld();
    let arrive = (): Outcome => 'applied';
    world.intercept('claim', ({ apply }) => {
      arrive = apply;
      throw noAnswer();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.table.arrives = ({ apply }) => apply();
    return { world, arrive: () => arrive() };
  }

  it('a late claim is refused when the balance has changed', async () => {
    const { world, arrive } = await claimThatIsLate();
    expect(await world.told({ amount: 2_000, idempotencyKey: 'other' })).toBe('200');
    expect(arrive()).not.toBe('applied');
    expect(await world.read(world.refundId())).toMatchObject({ refusal: { code: 'REFUND_NOT_FOUND' } });
    expect(world.sent).toHaveLength(1);
  });

  it('a late claim with an unchanged balance ends as NOT_EXECUTED and is never sent', async () => {
    const { world, arrive } = await claimThatIsLate();
    world.cancels.push(() => refusedByPg());
    expect(await world.told({ amount: 2_000, idempotencyKey: 'other' })).toBe('CANCEL_REJECTED');
    world.nowMs += 3_600_000;
    expect(arrive()).toBe('applied');
    expect(await world.look()).toBe('waiting');
    world.nowMs += 30_000;
    expect(await world.look()).toBe('settled');
    expect(await world.told({ amount: 1_000 })).toBe('NOT_EXECUTED');
    expect(world.sent.map(({ refundId }) => refundId)).toEqual([world.refundId('other')]);
  });
});

describe('A9: a key used again by order number after the order was paid a second time', () => {
  it('the same key returns the first refund, and nothing is sent for the second payment', async () => {
    const world = new ScriptedWorld();
    expect(await world.told()).toBe('200');
    const second = new ModelProvider({ merchantUid: ORDER, impUid: 'imp_second', paid: 10_000 });
    world.import(second);
    expect(await world.cancel()).toMatchObject({
      kind: 'final',
      replayed: true,
      payment: { impUid: IMP_UID },
      refund: { refundId: world.refundId(), amount: won(10_000) },
    });
    expect(world.sent).toHaveLength(1);
    expect(await world.payment('imp_second')).toMatchObject({ cancelAmount: 0 });
  });
});
