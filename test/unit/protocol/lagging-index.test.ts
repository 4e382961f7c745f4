import { describe, expect, it } from 'vitest';
import { cancelPayment } from '../../../functions/protocol/cancel.ts';
import { readPayment } from '../../../functions/protocol/read.ts';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { ORDER, won } from '../../support/samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const IMP_UID = `imp_${ORDER}`;

/** Both indexes are an hour behind: they know of nothing. */
function lagging(): ScriptedWorld {
  const world = new ScriptedWorld();
  world.store.ordersOf = async () => Promise.resolve([]);
  world.store.openRefunds = async () => Promise.resolve([]);
  return world;
}

/** By staff, without the order's number, which the world would add. */
async function cancelByImpUid(world: ScriptedWorld): Promise<string> {
  const actor = { kind: 'staff', sub: 'staff' } as const;
  const asked = { impUid: IMP_UID, amount: 1_000, idempotencyKey: 'key', actor };
  const request = { ...asked, passedOn: {}, account: {} };
  return (await cancelPayment(request, world.nowMs + 28_000, world.world)).kind;
}

describe('while the indexes lag', () => {
  it('a payment named by imp_uid alone is found by i’mport’s word, and refunded once, in the item that there is', async () => {
    const world = lagging();
    expect(await cancelByImpUid(world)).toBe('final');
    expect(await cancelByImpUid(world)).toBe('final');
    expect(world.store.items.size).toBe(1);
    expect(world.sent).toHaveLength(1);
  });

  it('a webhook is booked', async () => {
    const world = lagging();
    world.book({ amount: 700, reason: CONSOLE_REASON });
    expect(await hearWebhook(IMP_UID, world.nowMs + 28_000, world.world)).toBe('booked');
    expect(await world.payment()).toMatchObject({ cancelAmount: won(700) });
  });

  it('a refund in doubt that the schedule does not see is resolved by a read', async () => {
    const world = lagging();
    world.cancels.push((call) => {
      world.bookOurs(call);
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    const times = { stopAtMs: world.nowMs + 1_000, deadlineMs: world.nowMs + 50_000 };
    const run = await resolveOpenRefunds({ parallel: 4, pageSize: 10, all: true, ...times }, world.world);
    expect(run.inDoubt.count).toBe(0);
    const wanted = { merchantUid: ORDER, actor: { kind: 'customer', sub: 'customer' } } as const;
    const read = await readPayment(wanted, world.nowMs + 28_000, world.world);
    expect(read).toMatchObject({ kind: 'found', payment: { cancelAmount: won(1_000) } });
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });
});
