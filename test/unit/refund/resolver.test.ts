import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openShardOf } from '../../../functions/payments-store/shard.ts';
import { OPEN_REFUND_SHARDS } from '../../../functions/payments-store/keys.ts';
import type { Surroundings } from '../../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { MemoryStore, shopItem } from '../../support/memory-store.ts';

const NOW_MS = Date.parse('2026-03-02T03:00:00Z');
const NAMES = Array.from({ length: 40 }, (_, index) => `order-${index}`);

function openItem(name: string) {
  const requested = NOW_MS - 60_000;
  return shopItem(name, {
    open_shard: openShardOf(name),
    resolve_at: NOW_MS - 1,
    pending_refund: {
      refund_id: `rf_${name}`,
      amount: 1_000,
      checksum: 10_000,
      actor: { kind: 'customer', sub: 'customer' },
      requested_at: requested,
      claim_id: `claim-${name}`,
      claimed_at: requested,
      attempt: 1,
      attempts: [{ attempt: 1, sent_at: requested }],
      accepted: false,
      checks: 0,
      resolve_at: NOW_MS - 1,
    },
  });
}

/** Forty refunds in doubt in all shards, and a provider that cannot be read just now. */
function aBacklog() {
  const store = new MemoryStore();
  for (const name of NAMES) store.items.set(name, openItem(name));
  const looked: string[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  let nowMs = NOW_MS;
  const world: Surroundings = {
    store,
    gateway: {
      prepare: async () => ({ kind: 'ready' }),
      cancel: async () => ({ kind: 'unknown', cause: 'not asked for' }),
      find: async () => ({ kind: 'missing' }),
      payment: async (impUid) => {
        looked.push(impUid);
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        // Everybody who is going to come is there before anybody leaves.
        for (let turn = 0; turn < 50; turn += 1) await setImmediate();
        underWay -= 1;
        return { kind: 'failed', cause: 'down' };
      },
    },
    now: () => nowMs,
    newId: () => 'id',
    report: () => undefined,
    quietPeriodMs: 180_000,
  };
  const options = { shards: OPEN_REFUND_SHARDS, parallel: 12, pageSize: 3 };
  const times = { stopAtMs: NOW_MS + 1_000, deadlineMs: NOW_MS + 300_000 };
  const run = async (all = false) => resolveOpenRefunds({ ...options, ...times, all }, world);
  const sleepUntil = (ms: number): void => {
    nowMs = ms;
  };
  return {
    world,
    store,
    looked,
    run,
    sleepUntil,
    underWay: () => underWay,
    mostUnderWay: () => mostUnderWay,
  };
}

describe('a run of the resolver', () => {
  it.each([
    ['due', false],
    ['open', true],
  ])(
    'looks at every %s refund once, in all shards at the same time, never at more than it may',
    async (_, all) => {
      const { run, looked, mostUnderWay } = aBacklog();
      const done = await run(all);
      expect(looked.toSorted()).toEqual(NAMES.map((name) => `imp_${name}`).toSorted());
      expect(new Set(NAMES.map(openShardOf)).size).toBe(OPEN_REFUND_SHARDS);
      expect(mostUnderWay()).toBe(12);
      expect(done).toMatchObject({ drained: true, outcomes: { provider_unavailable: 40 } });
      expect(done.inDoubt).toEqual({ count: 40, oldestMs: 60_000, amounts: { KRW: 40_000 } });
    },
  );

  it('begins no look when its time is up, and says that it has not drained', async () => {
    const { world, run, looked, sleepUntil } = aBacklog();
    const read = world.store.read.bind(world.store);
    let reads = 0;
    world.store.read = async (name) => {
      reads += 1;
      if (reads === 5) sleepUntil(NOW_MS + 1_000);
      return read(name);
    };
    expect(await run()).toMatchObject({ drained: false });
    expect(looked.length).toBeLessThanOrEqual(12);
  });

  it('counts what is not due yet among what is in doubt, and leaves it alone', async () => {
    const { store, run, looked } = aBacklog();
    const later = openItem('order-3');
    const pending = later['pending_refund'] as object;
    const older = { ...pending, requested_at: NOW_MS - 900_000, resolve_at: NOW_MS + 60_000 };
    store.items.set('order-3', { ...later, resolve_at: NOW_MS + 60_000, pending_refund: older });
    const done = await run();
    expect(looked).toHaveLength(39);
    expect(looked).not.toContain('imp_order-3');
    expect(done.inDoubt).toEqual({ count: 40, oldestMs: 900_000, amounts: { KRW: 40_000 } });
  });

  it('goes on behind an item that cannot be read', async () => {
    const { store, run, looked } = aBacklog();
    store.items.set('order-7', { ...openItem('order-7'), amount: 'garbled' });
    expect(await run()).toMatchObject({
      drained: true,
      outcomes: { provider_unavailable: 39, store_failed: 1 },
    });
    expect(looked).toHaveLength(39);
  });

  it('fails when the index cannot be listed, after what is under way has ended', async () => {
    const { world, run, looked, store, underWay } = aBacklog();
    const list = store.openRefunds.bind(store);
    let pages = 0;
    world.store.openRefunds = async (query) => {
      pages += 1;
      if (pages === 4) throw new Error('no index');
      return list(query);
    };
    await expect(run()).rejects.toThrow('no index');
    expect(underWay()).toBe(0);
    expect(looked.length).toBeGreaterThan(3);
  });
});
