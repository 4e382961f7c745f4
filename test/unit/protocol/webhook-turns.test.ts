import { describe, expect, it } from 'vitest';
import type { LookUp } from '../../../functions/protocol/ports.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { shopItem } from '../../support/memory-store.ts';
import { MORNING_MS, ORDER, won } from '../../support/samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

/** The console has cancelled 3,000, and i'mport tells of it once; the table says when the last webhook was looked into. */
async function booked(heardAtMs: unknown): Promise<number> {
  const world = new ScriptedWorld({ refund_heard_at: heardAtMs });
  world.book({ amount: 3_000, reason: CONSOLE_REASON });
  await hearWebhook(`imp_${ORDER}`, world.nowMs + 28_000, world.world);
  return (await world.payment()).cancelAmount;
}

describe('a webhook', () => {
  it.each([
    ['an hour ahead', MORNING_MS + 3_600_000],
    ['a second ahead, of clocks that may differ by five', MORNING_MS + 1_000],
    ['just short of the difference that two clocks may have', MORNING_MS + 4_999],
    ['no time at all', 'soon'],
    ['beyond all times', Number.MAX_SAFE_INTEGER],
  ])('is heard although the last look bears a time that is %s', async (_what, heardAtMs) => {
    expect(await booked(heardAtMs)).toBe(won(3_000));
  });

  it('is booked in the order that i’mport names, also where the shop has written the payment under another one, too', async () => {
    const world = new ScriptedWorld();
    world.store.items.clear();
    world.store.put(shopItem('mistaken', { imp_uid: `imp_${ORDER}` }));
    world.store.put(shopItem(ORDER));
    world.book({ amount: 3_000, reason: CONSOLE_REASON });
    await hearWebhook(`imp_${ORDER}`, world.nowMs + 28_000, world.world);
    expect((await world.payment()).cancelAmount).toBe(won(3_000));
    expect(world.store.item('mistaken', `imp_${ORDER}`)).not.toHaveProperty('cancel_amount');
    expect(world.has('payment_mismatch')).toBe(true);
  });

  it('of a payment that i’mport then does not know is told to people: the secret may be another account’s', async () => {
    const world = new ScriptedWorld();
    world.looks.push(() => ({ kind: 'missing' }));
    expect(await hearWebhook(`imp_${ORDER}`, world.nowMs + 28_000, world.world)).toBe('unknown_payment');
    expect(world.has('webhook_unheard')).toBe(true);
  });

  it('that came before another’s look began, by whatever clock, needs none of its own', async () => {
    const world = new ScriptedWorld();
    let looks = 0;
    const look = (): LookUp => {
      looks += 1;
      return { kind: 'found', payment: world.provider };
    };
    world.looks.push(...Array.from({ length: 20 }, () => look));
    const deadlineMs = world.nowMs + 28_000;
    const heard = Array.from({ length: 20 }, async () =>
      hearWebhook(`imp_${ORDER}`, deadlineMs, world.world),
    );
    await Promise.all(heard);
    expect(looks).toBeLessThan(10);
  });
});
