import { describe, expect, it } from 'vitest';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { shopItem } from '../../support/memory-store.ts';
import { ORDER } from '../../support/samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const FIRST = `imp_${ORDER}`;
const SECOND = 'imp_second';

/** An order that was paid twice; the provider's second payment looks like its first. */
function paidTwice(): ScriptedWorld & { second: ProviderPayment } {
  const world = new ScriptedWorld();
  world.store.put({ ...shopItem(ORDER), imp_uid: SECOND });
  return Object.assign(world, { second: { ...world.provider, impUid: SECOND } });
}

describe('one idempotency key for two payments of an order', () => {
  it('is another body: the second payment keeps its money', async () => {
    const world = paidTwice();
    expect(await world.told({ impUid: FIRST, amount: 1_000 })).toBe('200');
    world.looks.push(() => ({ kind: 'found', payment: world.second }));
    expect(await world.told({ impUid: SECOND, amount: 1_000 })).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(world.sent).toHaveLength(1);
  });

  it('finds its refund by the order number alone, whichever payment has money left', async () => {
    const world = paidTwice();
    expect(await world.told({ merchantUid: ORDER, impUid: FIRST })).toBe('200');
    // What is left is on the second payment; the key was the first's.
    expect(await world.told({ merchantUid: ORDER })).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(world.sent).toHaveLength(1);
  });

  it('never gives two payments one refund id, also when both are asked at the same moment', async () => {
    const world = paidTwice();
    world.looks.push(
      () => ({ kind: 'found', payment: world.provider }),
      () => ({ kind: 'found', payment: world.second }),
    );
    world.cancels.push(
      (call) => world.bookAndAnswer(call),
      (call) => world.bookAndAnswer(call),
    );
    await Promise.all([
      world.told({ impUid: FIRST, amount: 1_000 }),
      world.told({ impUid: SECOND, amount: 1_000 }),
    ]);
    const ids = world.sent.map(({ pending }) => pending.refundId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
