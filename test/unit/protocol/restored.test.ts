import { describe, expect, it } from 'vitest';
import { impKey, paymentKey, refundKey } from '../../../functions/ledger/keys.ts';
import { readPayment } from '../../../functions/protocol/read.ts';
import { reconcilePayment } from '../../../functions/protocol/reconcile-payment.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { ORDER } from '../../support/ledger-samples.ts';
import type { ProviderOptions } from '../../support/model-provider.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const LASTS_MS = 28_000;

/** A refund of 1,000 was sent and its answer was lost; the restored table lacks its item. */
async function torn(
  options: Partial<ProviderOptions> = {},
  becomes: 'executed' | 'lost' = 'lost',
): Promise<ScriptedWorld> {
  const world = new ScriptedWorld(options);
  world.cancels.push((call) => (becomes === 'lost' ? lost() : world.bookAndLose(call)));
  expect(await world.told(part)).toBe('202');
  world.table.lose(refundKey({ ...(await world.payment()), refundId: world.refundId() }));
  expect(await world.refund()).toBeUndefined();
  return world;
}

const NOTICED: Readonly<Record<string, (world: ScriptedWorld) => Promise<unknown>>> = {
  'the next request': async (world) => world.told({ idempotencyKey: 'next' }),
  'its own request': async (world) => world.told(part),
  'a read of the payment': async ({ nowMs, world }) =>
    readPayment({ merchantUid: ORDER, actor: { kind: 'staff', sub: 's' } }, nowMs + LASTS_MS, world),
  'a read of the refund': async (world) => world.read(world.refundId()),
  'a webhook': async (world) => world.webhook(),
  'the nightly comparison': async ({ provider, nowMs, world }) =>
    reconcilePayment({ provider: provider.snapshot(), beganAtMs: nowMs }, { isNews: false }, world),
};

describe('a restored table that lacks the refund in flight', () => {
  it.each(Object.entries(NOTICED))(
    '%s creates the missing refund again, in doubt since its claim',
    async (_who, notices) => {
      const world = await torn();
      const { lastWish } = await world.payment();
      world.nowMs += 20_000;
      await notices(world);
      const { atMs: claimedAtMs } = lastWish ?? {};
      expect(await world.requested()).toMatchObject({ isRestored: true, claimedAtMs, amount: 10_000 });
      expect(world.has('anomaly')).toBe(true);
    },
  );

  it('two looks after G that find nothing release the payment, and the key stays taken', async () => {
    const world = await torn();
    expect(await world.told(part)).toBe('202');
    expect(await world.told({ idempotencyKey: 'next' })).toBe('REFUND_IN_PROGRESS');
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('200');
    expect(world.sent).toHaveLength(2);
  });

  it('its tag ends the refund with any sum, because the amount asked is lost', async () => {
    const world = await torn({}, 'executed');
    expect(await world.told(part)).toBe('200');
    expect(await world.refund()).toMatchObject({ attribution: 'tag', executedAmount: 1_000 });
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
    expect(world.sent.at(-1)).toMatchObject({ checksum: 9_000 });
  });

  it('an entry that may be the refund is left to people, although L includes it', async () => {
    const world = await torn({ reasons: 'dropped' }, 'executed');
    world.table.put({ ...world.table.item(paymentKey(await world.payment())), cancel_amount: 1_000 });
    await world.webhook();
    expect(await world.twoLooks()).toBe('waiting');
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.couldBeOurs);
    world.driftComes();
    const said = { verdict: 'executed', entries: [{ cancellationId: 'C1' }] } as const;
    expect(await world.bothSay(said)).toBe('closed');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', executedAmount: 1_000 });
  });

  it('entries that other refunds hold are not taken for the refund', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    expect(await world.told({ ...part, idempotencyKey: 'first' })).toBe('200');
    world.provider.consoleCancel(500, world.nowMs);
    await world.webhook();
    world.cancels.push(lost);
    expect(await world.told(part)).toBe('202');
    world.table.lose(refundKey({ ...(await world.payment()), refundId: world.refundId() }));
    await world.webhook();
    expect(await world.twoLooks()).toBe('settled');
    expect(await world.told(part)).toBe('NOT_EXECUTED');
  });
});

describe('a restored table that holds half of a transaction', () => {
  it('the next request releases a payment whose refund in flight has ended', async () => {
    const world = new ScriptedWorld();
    expect(await world.told(part)).toBe('200');
    const head = world.table.item(paymentKey(await world.payment()));
    world.table.put({ ...head, in_flight: world.refundId() });
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('REFUND_IN_PROGRESS');
    expect(world.has('anomaly')).toBe(true);
    expect(await world.told({ ...part, idempotencyKey: 'next' })).toBe('200');
  });

  it.each([
    ['its name', impKey('imp_1')],
    ['its payment item', undefined],
  ])('an import that lacks %s is completed from the provider', async (_half, name) => {
    const world = new ScriptedWorld({ customerId: 'customer' });
    const { impUid } = await world.payment();
    world.table.lose(name === undefined ? paymentKey(await world.payment()) : impKey(impUid));
    expect(await world.told({ ...part, impUid })).toBe('200');
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
  });
});
