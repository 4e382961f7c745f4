import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../functions/protocol/write.ts';
import { won } from '../../support/ledger-samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const conflict = (): StoreError => new StoreError('conflict', { isKnownNotApplied: true, isConflict: true });

describe('D1: a claim that conflicts with another transaction of the payment', () => {
  it('a claim with a transaction conflict is decided again and succeeds', async () => {
    const world = new ScriptedWorld();
    const tokens = new Set<string>();
    world.intercept('claim', ({ apply, token }, count) => {
      tokens.add(token);
      if (count <= 2) throw conflict();
      return apply();
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
    // Each decision has its own claim.
    expect(tokens.size).toBe(3);
  });

  it('a claim with a transaction conflict is decided again from the ledger’s new state', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', async ({ apply }, count) => {
      if (count > 1) return apply();
      world.provider.consoleCancel(9_500, world.nowMs);
      await world.webhook();
      throw conflict();
    });
    expect(await world.told({ amount: 1_000 })).toBe('AMOUNT_EXCEEDS_CANCELABLE');
    expect(world.sent).toEqual([]);
  });

  it('a claim is not decided again after an unanswered try, because that try may have been applied', async () => {
    const world = new ScriptedWorld();
    world.intercept('claim', ({ apply }, count) => {
      if (count === 2) throw conflict();
      const outcome = apply();
      if (count === 1) throw new StoreError('time-out', { isKnownNotApplied: false });
      return outcome;
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });
});

describe('D6: an unpaid payment', () => {
  it.each(['ready', 'failed', 'cancelled'])(
    'a refund of an unpaid payment is 409 PAYMENT_NOT_PAID, and nothing is sent (%s)',
    async (status) => {
      const world = new ScriptedWorld({ isNew: true, customerId: 'customer' });
      world.shows = (payment) => ({ ...payment, status, isPaid: false });
      expect(await world.told({ amount: 1_000 })).toBe('PAYMENT_NOT_PAID');
      expect(world.sent).toEqual([]);
      // The provider is asked each time, because the payment may have been paid since.
      world.shows = (payment) => payment;
      expect(await world.told({ amount: 1_000 })).toBe('200');
    },
  );
});

describe('D7: a payment with a promotion: 2,000 asked, 1,400 in the history', () => {
  it('a refund on a promotion is told as executed with 1,400, and later checksums subtract the amount asked', async () => {
    const world = new ScriptedWorld({ shows: 70 });
    expect(await world.told({ amount: 2_000 })).toBe('200');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', executedAmount: 1_400, amount: 2_000 });
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_400, askedAmount: 2_000 });
    expect(await world.told({ amount: 3_000, idempotencyKey: 'second' })).toBe('200');
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
    expect(world.sent.map(({ amount, checksum }) => [amount, checksum])).toEqual([
      [2_000, 10_000],
      [3_000, 8_000],
      [5_000, 5_000],
    ]);
    expect(await world.told({ idempotencyKey: 'more' })).toBe('ALREADY_FULLY_REFUNDED');
  });

  it('at a PG that drops tags, a code 0 on a promotion is proven when R is above its value at the claim', async () => {
    const world = new ScriptedWorld({ shows: 70, reasons: 'dropped' });
    expect(await world.told({ amount: 2_000 })).toBe('200');
    expect(await world.told({ amount: 1_000, idempotencyKey: 'second' })).toBe('200');
    expect(world.sent.at(-1)).toMatchObject({ checksum: 8_000 });
  });

  it('a lost answer on a promotion is decided by comparing R with the balance at the claim', async () => {
    const world = new ScriptedWorld({ shows: 70 });
    expect(await world.told({ amount: 2_000 })).toBe('200');
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000, idempotencyKey: 'lost' })).toBe('202');
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told({ amount: 1_000, idempotencyKey: 'lost' })).toBe('NOT_EXECUTED');
    expect(await world.payment()).toMatchObject({ askedAmount: won(2_000) });
    expect(await world.told({ amount: 1_000, idempotencyKey: 'again' })).toBe('200');
    expect(world.sent.at(-1)).toMatchObject({ checksum: 8_000 });
  });
});
