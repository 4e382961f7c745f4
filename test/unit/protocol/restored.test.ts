import { describe, expect, it } from 'vitest';
import type { CancelOutcome } from '../../../functions/protocol/ports.ts';
import { impKey, paymentKey, refundKey } from '../../../functions/ledger/keys.ts';
import { readPayment } from '../../../functions/protocol/read.ts';
import { reconcilePayment } from '../../../functions/protocol/reconcile-payment.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { ORDER } from '../../support/ledger-samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const LASTS_MS = 28_000;

/** A refund of 1,000 was sent and its answer was lost; the restored table lacks its item. */
async function torn(...how: Parameters<typeof ScriptedWorld.inDoubt>): Promise<ScriptedWorld> {
  const world = await ScriptedWorld.inDoubt(...how);
  world.table.lose(refundKey({ ...(await world.payment()), refundId: world.refundId() }));
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
  it.for(Object.entries(NOTICED))(
    '%s creates the missing refund again, in doubt since its claim',
    async ([, notices]) => {
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

/** One refund of 1,000 was executed, and its item broke; another was sent, and what the look before it saw is lost. */
async function broken(happens: (world: ScriptedWorld) => CancelOutcome, reasons?: 'dropped') {
  const world = new ScriptedWorld(reasons === undefined ? {} : { reasons });
  expect(await world.told({ ...part, idempotencyKey: 'broken' })).toBe('200');
  const key = refundKey({ ...(await world.payment()), refundId: world.refundId('broken') });
  const whole = world.table.item(key);
  world.cancels.push(() => {
    happens(world);
    throw new Error('the worker dies');
  });
  expect(await world.told(part)).toBe('202');
  world.table.put({ ...whole, amount: 'x' });
  world.events.length = 0;
  return { world, mend: () => world.table.put({ ...whole }) };
}

const executed = (world: ScriptedWorld) => world.bookAndLose(world.sent.at(-1)!);
const nothing = () => lost();
const another = (world: ScriptedWorld) => {
  world.provider.consoleCancel(500, world.nowMs);
  return lost();
};

describe('an item that cannot be read (PROTOCOL, "A broken item")', () => {
  it.each([
    ['its tag', 'cancelled', async (world: ScriptedWorld) => world.webhook(), executed],
    ['the balance', 'not_executed', async (world: ScriptedWorld) => world.twoLooks(), nothing],
  ])('%s ends another refund of the payment', async (_what, status, looks, happens) => {
    const { world } = await broken(happens);
    world.nowMs += 10_000;
    await looks(world);
    expect(await world.refund()).toMatchObject({ status });
  });

  it('its entries may be another refund, so that only two people end that as not executed', async () => {
    const { world } = await broken(another, 'dropped');
    expect(await world.twoLooks()).toBe('waiting');
    expect((await world.requested()).doubt?.why).toBe(DOUBTS.couldBeOurs);
    expect(world.events).toContainEqual(
      expect.objectContaining({ event: 'failed', during: 'look', refundId: world.refundId('broken') }),
    );
    world.driftComes();
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('closed');
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_500 });
  });

  it('no entry becomes a foreign cancel until it is mended', async () => {
    const { world, mend } = await broken(another);
    await world.webhook();
    expect(await world.payment()).toMatchObject({ cancelAmount: 1_500 });
    expect(world.has('cancelled_elsewhere')).toBe(false);
    mend();
    await world.webhook();
    const elsewhere = (await world.items()).filter(({ status }) => status === 'elsewhere');
    expect(elsewhere).toMatchObject([{ amount: 500 }]);
  });
});
