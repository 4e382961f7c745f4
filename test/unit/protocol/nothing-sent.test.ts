import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { ORDER, won } from '../../support/ledger-samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const throttled = (): StoreError => new StoreError('throttled', { isKnownNotApplied: true });
const conflict = (): StoreError => new StoreError('conflict', { isKnownNotApplied: true, isConflict: true });

const shows =
  (fields: Partial<ProviderPayment>) =>
  (world: ScriptedWorld): void => {
    world.shows = (payment) => ({ ...payment, ...fields });
  };

const withTheClaim =
  (happens: (world: ScriptedWorld) => void) =>
  (world: ScriptedWorld): void =>
    world.intercept('claim', ({ apply }) => {
      happens(world);
      return apply();
    });

const claimFails = (error: () => StoreError) => (world: ScriptedWorld) =>
  world.intercept('claim', () => {
    throw error();
  });

function orderIsReadOnce({ orders }: ScriptedWorld): void {
  const read = orders.order.bind(orders);
  let reads = 0;
  orders.order = async (merchantUid) => {
    reads += 1;
    if (reads > 1) throw throttled();
    return read(merchantUid);
  };
}

describe('nothing is sent, and the claim is released', () => {
  it.each<[string, (world: ScriptedWorld) => unknown, string]>([
    ['the provider shows another payment', shows({ impUid: 'imp_another' }), 'PAYMENT_MISMATCH'],
    ['the provider has it under another order', shows({ merchantUid: 'another' }), 'PAYMENT_MISMATCH'],
    ['the provider has it in another currency', shows({ currency: 'USD' }), 'PAYMENT_MISMATCH'],
    ['another amount was paid', shows({ amount: won(9_000) }), 'PAYMENT_MISMATCH'],
    ['the provider tells no cancel_amount', shows({ sumTold: false }), 'PAYMENT_MISMATCH'],
    [
      'the provider does not know the payment',
      (world) => world.looks.push(() => ({ kind: 'missing' })),
      'PAYMENT_MISMATCH',
    ],
    [
      'a part of the refund is listed with our tag',
      (world) => world.provider.cancelElsewhere(400, world.nowMs, { reason: `[${world.refundId()}]` }),
      'PAYMENT_MISMATCH',
    ],
    ['the payment is not paid', shows({ status: 'ready', isPaid: false }), 'PAYMENT_NOT_PAID'],
    [
      'the order gets another owner (A1)',
      withTheClaim(({ orders }) => orders.put({ merchant_uid: ORDER, customer_id: 'somebody else' })),
      'PAYMENT_NOT_FOUND',
    ],
    [
      'the shop no longer names an owner (A1)',
      withTheClaim(({ orders }) => orders.put({ merchant_uid: ORDER })),
      'PAYMENT_NOT_FOUND',
    ],
    ['the order item cannot be read after the claim', orderIsReadOnce, 'STORE_UNAVAILABLE'],
    ['the table refuses each try (A6)', claimFails(throttled), 'STORE_UNAVAILABLE'],
    ['each claim meets another transaction (D1)', claimFails(conflict), 'STORE_UNAVAILABLE'],
    [
      'the claim was confirmed too late',
      withTheClaim((world) => void (world.nowMs += 10_001)),
      'PROVIDER_UNAVAILABLE',
    ],
    [
      'too little time is left to wait for the answer',
      (world) =>
        world.looks.push(() => {
          world.nowMs += 20_000;
          return { kind: 'found', payment: world.provider.snapshot() };
        }),
      'PROVIDER_UNAVAILABLE',
    ],
  ])('nothing is sent when %s', async (_what, happens, told) => {
    const world = new ScriptedWorld();
    happens(world);
    expect(await world.told(part)).toBe(told);
    expect(world.sent).toEqual([]);
    expect((await world.payment()).inFlight).toBeUndefined();
    expect(world.has('payment_mismatch')).toBe(told === 'PAYMENT_MISMATCH');
  });
});
