import { describe, expect, it } from 'vitest';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

/** What only a defect of ours throws: neither the table's error nor anything the provider does. */
const defect = () => new TypeError('Bug: SECRET-MARK');

function failures(world: ScriptedWorld) {
  return world.events.flatMap((event) => (event.event === 'failed' ? [event] : []));
}

describe('a defect behind the reservation', () => {
  it('is told as one, although the caller hears only that the outcome is not known', async () => {
    const world = new ScriptedWorld();
    const error = defect();
    world.cancels.push(() => {
      throw error;
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(failures(world)).toMatchObject([{ error, during: 'refund', refundId: world.refundId() }]);
  });

  it('is not told of what the provider or the table does', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(failures(world)).toEqual([]);
  });
});

describe('a defect in reading one order', () => {
  it('keeps the resolver from no other, and is not taken for a failure of the table', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    await world.told({ amount: 1_000 });
    world.quietPeriodPasses();
    const error = defect();
    const { world: surroundings } = world;
    const store = {
      shards: surroundings.store.shards,
      openRefunds: async (query: Parameters<typeof surroundings.store.openRefunds>[0]) =>
        surroundings.store.openRefunds(query),
      order: async () => Promise.reject(error),
    };
    const options = {
      parallel: 1,
      pageSize: 10,
      stopAtMs: world.nowMs + 30_000,
      deadlineMs: world.nowMs + 50_000,
      all: false,
    };
    const run = await resolveOpenRefunds(options, {
      ...surroundings,
      store: { ...surroundings.store, ...store },
    });
    expect(run.outcomes).toEqual({ store_failed: 1 });
    expect(failures(world)).toMatchObject([{ error, during: 'resolve' }]);
    expect(world.has('store_failed')).toBe(false);
  });
});
