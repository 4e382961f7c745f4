import { describe, expect, it } from 'vitest';
import type { LookUp } from '../../../functions/protocol/ports.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import { paymentKey } from '../../../functions/ledger/keys.ts';
import { IMP_UID, KEY, MORNING_MS } from '../../support/ledger-samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

function hear(world: ScriptedWorld) {
  return hearWebhook(IMP_UID, world.nowMs + 28_000, world.world);
}

describe('a webhook', () => {
  it('a webhook books what the provider then shows, and names the cancel by its entry', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(3_000, world.nowMs);
    expect(await hear(world)).toBe('booked');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000, status: 'cancelled' });
    expect(await world.items()).toMatchObject([{ status: 'elsewhere', amount: 3_000, revision: 0 }]);
    expect(world.has('cancelled_elsewhere')).toBe(true);
  });

  it('a repeated or false webhook changes nothing', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(3_000, world.nowMs);
    await hear(world);
    const before = await world.items();
    world.nowMs += 5_000;
    await hear(world);
    expect(await world.items()).toEqual(before);
    expect(world.events.filter(({ event }) => event === 'booked')).toHaveLength(1);
  });

  it('a webhook imports a payment that the ledger lacks, with its earlier cancels', async () => {
    const world = new ScriptedWorld({ isNew: true });
    world.provider.consoleCancel(3_000, world.nowMs);
    expect(await hear(world)).toBe('booked');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect(await world.items()).toHaveLength(1);
  });

  it('a webhook settles a refund in doubt', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => world.bookAndLose(call));
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.nowMs += 2_000;
    expect(await hear(world)).toBe('booked');
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });

  it('a webhook does not book an entry that may be the refund in flight until that refund ends', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.provider.cancelElsewhere(1_000, world.nowMs);
    world.provider.cancelElsewhere(1_001, world.nowMs);
    world.nowMs += 2_000;
    await hear(world);
    expect(await world.payment()).toMatchObject({ cancelAmount: 2_001 });
    const foreign = (await world.items()).filter(({ status }) => status === 'elsewhere');
    expect(foreign).toMatchObject([{ amount: 1_001 }]);
    world.driftComes();
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('closed');
    expect((await world.items()).filter(({ status }) => status === 'elsewhere')).toHaveLength(2);
  });

  it.each([
    ['an hour ahead', MORNING_MS + 3_600_000],
    ['a second ahead, where clocks may differ by five', MORNING_MS + 1_000],
    ['just below the allowed clock difference', MORNING_MS + 4_999],
    ['beyond any valid time', Number.MAX_SAFE_INTEGER],
  ])('a webhook causes a look although the last look bears a time that is %s', async (_what, lookedAtMs) => {
    const world = new ScriptedWorld();
    world.table.put({ ...world.table.item(paymentKey(KEY)), ...paymentKey(KEY), looked_at_ms: lookedAtMs });
    world.provider.consoleCancel(3_000, world.nowMs);
    await hear(world);
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
  });

  it('a webhook for a payment unknown to i’mport is reported to people, because the secret may be another account’s', async () => {
    const world = new ScriptedWorld();
    world.looks.push(() => ({ kind: 'missing' }));
    expect(await hear(world)).toBe('unknown_payment');
    expect(world.has('webhook_unheard')).toBe(true);
  });

  it('a webhook without a secret raises the secret’s alarm only', async () => {
    const world = new ScriptedWorld();
    const failed = (): LookUp => ({ kind: 'failed', cause: 'no token' });
    world.looks.push(failed, failed);
    world.readiness = { kind: 'unavailable', cause: 'the secret is not filled yet', secret: true };
    expect(await hear(world)).toBe('provider_unavailable');
    expect(world.events).toMatchObject([{ event: 'unavailable', secret: true }]);
    // An unreachable provider does not raise the secret's alarm.
    world.readiness = { kind: 'unavailable', cause: 'HTTP 503' };
    expect(await hear(world)).toBe('provider_unavailable');
    expect(world.events.slice(1)).toMatchObject([{ event: 'webhook_unheard', cause: 'no token' }]);
  });

  it.each([
    ['another payment', { impUid: 'imp_another' }, 'webhook_unheard'],
    ['the payment under another order', { merchantUid: 'another' }, 'payment_mismatch'],
    ['the payment with another amount', { amount: 1 as never }, 'payment_mismatch'],
  ] as const)('a webhook changes nothing when the provider answers with %s', async (_what, fields, event) => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(3_000, world.nowMs);
    world.shows = (payment) => ({ ...payment, ...fields });
    await hear(world);
    expect(await world.payment()).toMatchObject({ cancelAmount: 0, amount: 10_000 });
    expect(world.has(event)).toBe(true);
  });

  it('a webhook looks again exactly one second after the last look', async () => {
    const world = new ScriptedWorld();
    const lookedAtMs: (number | undefined)[] = [];
    for (let hint = 0; hint < 3; hint += 1) {
      await hear(world);
      lookedAtMs.push((await world.payment())?.lookedAtMs);
    }
    expect(lookedAtMs).toEqual([MORNING_MS, MORNING_MS + 1_000, MORNING_MS + 2_000]);
  });

  it.each([
    ['paid', {}, {}],
    ['cancelled in full', { cancelled: 10_000 }, {}],
    ['with a refund in doubt', { inDoubt: true }, {}],
    ['not in the ledger', { isNew: true }, {}],
    ['not paid', { isNew: true }, { isPaid: false, status: 'ready' }],
    ['that failed', {}, { isPaid: false, status: 'failed' }],
  ] as const)(
    'webhooks cause at most one look per second, whatever the payment is: %s',
    async (_what, is, shown) => {
      const { isNew, cancelled, inDoubt } = { isNew: false, cancelled: 0, inDoubt: false, ...is };
      const world = new ScriptedWorld({ isNew });
      if (cancelled > 0) world.provider.consoleCancel(cancelled, world.nowMs);
      if (inDoubt) {
        world.cancels.push(lost);
        await world.told({ amount: 1_000 });
      }
      world.shows = (payment) => ({ ...payment, ...shown });
      const looksAtMs: number[] = [];
      const look = (): LookUp => {
        looksAtMs.push(world.nowMs);
        return { kind: 'found', payment: world.shows(world.provider.snapshot()) };
      };
      world.looks.push(...Array.from({ length: 4 }, () => look));
      for (let hint = 0; hint < 4; hint += 1) await hear(world);
      const apart = looksAtMs.slice(1).map((atMs, index) => atMs - (looksAtMs[index] ?? 0));
      expect(apart.filter((ms) => ms < 1_000)).toEqual([]);
      expect(looksAtMs.length).toBe(4);
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
    await Promise.all(Array.from({ length: 20 }, async () => hearWebhook(IMP_UID, deadlineMs, world.world)));
    expect(looks).toBeLessThan(10);
    expect(looks).toBeGreaterThan(0);
  });
});
