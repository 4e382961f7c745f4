import { describe, expect, it } from 'vitest';
import { refundKey } from '../../../functions/ledger/keys.ts';
import { readPayment } from '../../../functions/protocol/read.ts';
import { IMP_UID, ORDER } from '../../support/ledger-samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const customer = { kind: 'customer', sub: 'customer' } as const;
const notFound = { kind: 'refused', refusal: { code: 'REFUND_NOT_FOUND' } };

async function read(world: ScriptedWorld, before?: string) {
  const wanted = { merchantUid: ORDER, actor: customer, ...(before === undefined ? {} : { before }) };
  return readPayment(wanted, world.nowMs + 28_000, world.world);
}

describe('reading a payment', () => {
  it('reading a payment first resolves its refund in doubt when a look is due', async () => {
    const world = await ScriptedWorld.inDoubt({}, 'executed');
    expect(await read(world)).toMatchObject({ refunds: [{ status: 'requested' }] });
    world.nowMs += 10_000;
    expect(await read(world)).toMatchObject({
      payment: { cancelAmount: 1_000 },
      refunds: [{ status: 'cancelled' }],
    });
  });

  it('reading a payment shows its newest twenty refunds, oldest first, and links to the older ones', async () => {
    const world = new ScriptedWorld();
    const staff = { kind: 'staff', sub: 'staff' } as const;
    for (let index = 0; index < 25; index += 1) {
      world.nowMs += 1_000;
      expect(await world.told({ amount: 10, idempotencyKey: `${index}`, actor: staff })).toBe('200');
    }
    const page = await read(world);
    if (page.kind !== 'found') throw new Error('Bug: not found');
    expect(page.refunds.map(({ refundId }) => refundId)).toEqual(
      Array.from({ length: 20 }, (_, index) => world.refundId(`${index + 5}`, 'staff')),
    );
    const older = await read(world, page.refundsBefore);
    expect(older).toMatchObject({ refunds: { length: 5 } });
    expect(older).not.toHaveProperty('refundsBefore');
    expect(await read(world, 'rf_none')).toEqual({ kind: 'no_such_refund' });
    const key = (index: number) =>
      refundKey({ merchantUid: ORDER, impUid: IMP_UID, refundId: world.refundId(`${index}`, 'staff') });
    for (const index of [2, 24]) world.table.put({ ...world.table.item(key(index)), amount: 'x' });
    const readable = await read(world);
    expect(readable).toMatchObject({ refunds: { length: 20 }, refundsBefore: world.refundId('4', 'staff') });
    expect(await read(world, world.refundId('4', 'staff'))).toMatchObject({ refunds: { length: 3 } });
    expect(world.events).toContainEqual(
      expect.objectContaining({ event: 'failed', during: 'read', refundId: world.refundId('2', 'staff') }),
    );
  });

  it('a refund in flight that cannot be read is left out and told, too', async () => {
    const world = await ScriptedWorld.inDoubt();
    const key = refundKey(await world.requested());
    world.table.put({ ...world.table.item(key), amount: 'x' });
    expect(await read(world)).toMatchObject({ kind: 'found', refunds: [] });
    expect(world.has('failed')).toBe(true);
  });
});

describe('reading a refund', () => {
  it('reading a refund resolves it when a look is due, and shows the result', async () => {
    const world = await ScriptedWorld.inDoubt({}, 'executed');
    expect(await world.read(world.refundId())).toMatchObject({ refund: { status: 'requested' } });
    world.nowMs += 10_000;
    expect(await world.read(world.refundId())).toMatchObject({ refund: { status: 'cancelled' } });
  });

  it('a refund whose claim was not confirmed is unknown until the claim can no longer arrive', async () => {
    const world = new ScriptedWorld();
    const askedAtMs = world.nowMs;
    world.nowMs = askedAtMs + 195_000;
    expect(await world.read('rf_none', askedAtMs)).toMatchObject({ kind: 'not_yet', refundId: 'rf_none' });
    // Without the time of the request the answer is 404 at once.
    expect(await world.read('rf_none')).toEqual(notFound);
    world.nowMs += 1;
    expect(await world.read('rf_none', askedAtMs)).toEqual(notFound);
  });
});
