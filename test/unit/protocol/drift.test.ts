import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../functions/http/refund-events.ts';
import { refundFromItem } from '../../../functions/ledger/refund-item.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

/** A refund of 1,000 in drift, with the types of its change events. */
async function inDrift() {
  const world = new ScriptedWorld({ reasons: 'dropped' });
  const told: string[] = [];
  world.table.watched = (changed) => {
    for (const { before, after } of changed) {
      const isRefund = String(after['sk']).startsWith('refund#');
      const event = isRefund && eventOf(before && refundFromItem(before), refundFromItem(after));
      if (event) told.push(event.type);
    }
  };
  world.cancels.push((call) => {
    world.provider.check(call);
    world.provider.cancelElsewhere(1_000, world.nowMs);
    return lost();
  });
  expect(await world.told({ amount: 1_000 })).toBe('202');
  expect(await world.twoLooks()).toBe('waiting');
  world.driftComes();
  return { world, told };
}

describe('drift (row 7e)', () => {
  it('drift is told once, however many workers look however often', async () => {
    const { world, told } = await inDrift();
    await Promise.all([world.look(), world.look(), world.look()]);
    expect(await world.look()).toBe('drift');
    expect(told).toEqual(['Refund In Drift']);
    expect((await world.requested()).drift).toMatchObject({ cancelAmount: 1_000, cancelableAmount: 9_000 });
  });

  it('drift is told by the next look when the write fails', async () => {
    const { world, told } = await inDrift();
    world.table.arrives = (arrival) => {
      if (arrival.what === 'drift') throw new StoreError('no table', { isKnownNotApplied: true });
      return arrival.apply();
    };
    expect(await world.look()).toBe('drift');
    expect(told).toEqual([]);
    world.table.arrives = ({ apply }) => apply();
    expect(await world.look()).toBe('drift');
    expect(told).toEqual(['Refund In Drift']);
  });

  it('the end of a drift is told, too', async () => {
    const { world, told } = await inDrift();
    await world.look();
    expect(await world.bothSay({ verdict: 'not_executed' })).toBe('closed');
    expect(told).toEqual(expect.arrayContaining(['Refund In Drift', 'Refund Not Executed']));
    expect(told.filter((type) => type === 'Refund In Drift')).toHaveLength(1);
  });
});

it.each(['correct', 'elsewhere'])(
  'a write of row 8 (%s) that failed is repeated at the next look',
  async (kind) => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(await world.twoLooks()).toBe('settled');
    const [call] = world.sent;
    if (call === undefined) throw new Error('Bug: nothing was sent');
    if (kind === 'correct') world.provider.process(call, world.nowMs);
    else world.provider.consoleCancel(500, world.nowMs);
    let isDown = true;
    world.intercept(kind, ({ apply }) => {
      if (isDown) throw new StoreError('down', { isKnownNotApplied: true });
      return apply();
    });
    await world.webhook();
    isDown = false;
    await world.webhook();
    expect(world.has(kind === 'correct' ? 'corrected' : 'cancelled_elsewhere')).toBe(true);
  },
);
