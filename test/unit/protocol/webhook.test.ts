import { describe, expect, it } from 'vitest';
import { paymentKey } from '../../../functions/ledger/keys.ts';
import type { LookUp } from '../../../functions/protocol/ports.ts';
import { receiveWebhook } from '../../../functions/protocol/webhook.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { IMP_UID, KEY, MORNING_MS } from '../../support/ledger-samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

async function hear(world: ScriptedWorld) {
  return receiveWebhook(IMP_UID, world.nowMs + 28_000, world.world);
}

describe('a webhook', () => {
  it.each([false, true])(
    'books what the provider then shows, once (the ledger lacks the payment: %s)',
    async (isNew) => {
      const world = new ScriptedWorld({ isNew });
      world.provider.consoleCancel(3_000, world.nowMs);
      expect(await hear(world)).toBe('booked');
      expect(await world.payment()).toMatchObject({ cancelAmount: 3_000, status: 'cancelled' });
      const items = await world.items();
      expect(items).toMatchObject([{ status: 'elsewhere', amount: 3_000, revision: 0 }]);
      expect(world.has('cancelled_elsewhere')).toBe(true);
      await hear(world);
      expect(await world.items()).toEqual(items);
      expect(world.events.filter(({ event }) => event === 'booked')).toHaveLength(isNew ? 0 : 1);
    },
  );

  it('does not book an entry that may be the refund in flight until that refund ends', async () => {
    const world = await ScriptedWorld.inDoubt();
    world.provider.cancelElsewhere(1_000, world.nowMs);
    world.provider.cancelElsewhere(1_001, world.nowMs);
    await world.webhook();
    expect(await world.payment()).toMatchObject({ cancelAmount: 2_001 });
    const foreign = (await world.items()).filter(({ status }) => status === 'elsewhere');
    expect(foreign).toMatchObject([{ amount: 1_001 }]);
    world.driftComes();
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('closed');
    expect((await world.items()).filter(({ status }) => status === 'elsewhere')).toHaveLength(2);
  });

  it('for a payment unknown to i’mport is reported to people, because the secret may be another account’s', async () => {
    const world = new ScriptedWorld();
    world.looks.push(() => ({ kind: 'missing' }));
    expect(await hear(world)).toBe('unknown_payment');
    expect(world.has('webhook_unheard')).toBe(true);
  });

  it('without a secret raises the secret’s alarm only; an unreachable provider does not raise it', async () => {
    const world = new ScriptedWorld();
    const failed: LookUp = { kind: 'failed', cause: 'no token' };
    world.looks.push(
      () => ({ ...failed, secret: true }),
      () => failed,
    );
    expect(await hear(world)).toBe('provider_unavailable');
    expect(world.events).toMatchObject([{ event: 'unavailable', secret: true }]);
    expect(await hear(world)).toBe('provider_unavailable');
    expect(world.events.slice(1)).toMatchObject([{ event: 'webhook_unheard', cause: 'no token' }]);
  });

  it.for<[string, Partial<ProviderPayment>]>([
    ['webhook_unheard', { impUid: 'imp_another' }],
    ['payment_mismatch', { merchantUid: 'another' }],
  ])('changes nothing when the provider answers about another payment: %s', async ([event, fields]) => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(3_000, world.nowMs);
    world.shows = (payment) => ({ ...payment, ...fields });
    await hear(world);
    expect(await world.payment()).toMatchObject({ cancelAmount: 0 });
    expect(world.events).toContainEqual(expect.objectContaining({ event }));
  });
});

describe('at most one look per second and payment', () => {
  it.for<[string, () => ScriptedWorld | Promise<ScriptedWorld>]>([
    ['paid', () => new ScriptedWorld()],
    ['with a refund in doubt', async () => ScriptedWorld.inDoubt()],
    ['not in the ledger', () => new ScriptedWorld({ isNew: true })],
    [
      'not paid',
      () => {
        const world = new ScriptedWorld({ isNew: true });
        world.shows = (payment) => ({ ...payment, isPaid: false, status: 'ready' });
        return world;
      },
    ],
  ])(
    'webhooks look again exactly one second after the last look, whatever the payment is: %s',
    async ([, make]) => {
      const world = await make();
      const looksAtMs: number[] = [];
      const look = (): LookUp => {
        looksAtMs.push(world.nowMs);
        return { kind: 'found', payment: world.shows(world.provider.snapshot()) };
      };
      world.looks.push(look, look, look);
      for (let hint = 0; hint < 3; hint += 1) await hear(world);
      expect(looksAtMs.map((atMs) => atMs - MORNING_MS)).toEqual([0, 1_000, 2_000]);
    },
  );

  it.for([
    ['an hour ahead', 3_600_000],
    ['just below the allowed clock difference', 4_999],
  ] as const)(
    'a webhook causes a look although the last look bears a time that is %s',
    async ([, aheadMs]) => {
      const world = new ScriptedWorld();
      const item = world.table.item(paymentKey(KEY));
      world.table.put({ ...item, ...paymentKey(KEY), looked_at_ms: MORNING_MS + aheadMs });
      world.provider.consoleCancel(3_000, world.nowMs);
      await hear(world);
      expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    },
  );

  it('a webhook received before another worker’s look began needs no look of its own, by either clock', async () => {
    const world = new ScriptedWorld();
    let looks = 0;
    const look = (): LookUp => {
      looks += 1;
      return { kind: 'found', payment: world.provider.snapshot() };
    };
    world.looks.push(...Array.from({ length: 20 }, () => look));
    const deadlineMs = world.nowMs + 28_000;
    await Promise.all(
      Array.from({ length: 20 }, async () => receiveWebhook(IMP_UID, deadlineMs, world.world)),
    );
    expect(looks).toBeLessThan(10);
    expect(looks).toBeGreaterThan(0);
  });
});
