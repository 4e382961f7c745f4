import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openShardOf } from '../../../functions/payments-store/shard.ts';
import { pendingToItem } from '../../../functions/payments-store/pending-item.ts';
import type { RefundEvent } from '../../../functions/protocol/events.ts';
import type { Lease } from '../../../functions/protocol/lease.ts';
import type { LookUp, Readiness, Surroundings } from '../../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { StoreError } from '../../../functions/protocol/store-error.ts';
import { handleSchedule } from '../../../functions/resolve-refunds.ts';
import { MemoryStore, shopItem } from '../../support/memory-store.ts';
import { MORNING_MS, samplePending } from '../../support/samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const SHARDS = 8;
const NAMES = Array.from({ length: 40 }, (_, index) => `order-${index}`);
const NOW_MS = MORNING_MS + 60_000;

function openItem(name: string, resolveAtMs = NOW_MS - 1, requestedAtMs = MORNING_MS) {
  const named = { refundId: `rf_${name}`, claimId: `claim-${name}` };
  const pending = samplePending({ ...named, resolveAtMs, requestedAtMs });
  return shopItem(name, {
    refund_open_shard: openShardOf(name, SHARDS),
    refund_resolve_at: resolveAtMs,
    refund_seq: 1,
    refund_pending: pendingToItem(pending, 'KRW'),
  });
}

/** Forty refunds in doubt in all shards, and a provider that answers as it is told. */
function aBacklog(
  answer: () => LookUp = () => ({ kind: 'failed', cause: 'down' }),
  ready: Readiness = { kind: 'ready' },
) {
  const store = new MemoryStore(SHARDS);
  for (const name of NAMES) store.put(openItem(name));
  const looked: string[] = [];
  const events: RefundEvent[] = [];
  const underWay = { now: 0, most: 0 };
  const clock = { nowMs: NOW_MS };
  const { world: scripted } = new ScriptedWorld();
  const world: Surroundings = {
    ...scripted,
    store,
    now: () => clock.nowMs,
    report: (event) => events.push(event),
    gateway: {
      ...scripted.gateway,
      prepare: async () => Promise.resolve(ready),
      payment: async (impUid) => {
        looked.push(impUid);
        underWay.now += 1;
        underWay.most = Math.max(underWay.most, underWay.now);
        // Everybody who is going to come is there before anybody leaves.
        for (let turn = 0; turn < 50; turn += 1) await setImmediate();
        underWay.now -= 1;
        return answer();
      },
    },
  };
  const run = async (all = false) => {
    const times = { stopAtMs: clock.nowMs + 1_000, deadlineMs: clock.nowMs + 58_000 };
    return resolveOpenRefunds({ parallel: 12, pageSize: 3, ...times, all }, world);
  };
  return { world, store, looked, events, underWay, clock, run };
}

const missing = (): LookUp => ({ kind: 'missing' });

describe('a run of the resolver', () => {
  it('counts an item that the table does not give, and looks at all others', async () => {
    const { store, looked, run } = aBacklog(missing);
    const order = store.order.bind(store);
    store.order = async (name) =>
      name === NAMES[3]
        ? Promise.reject(new StoreError('throttled', { mayHaveBeenApplied: false }))
        : order(name);
    const { outcomes, inDoubt, drained } = await run();
    expect(outcomes.store_failed).toBe(1);
    expect(looked).toHaveLength(NAMES.length - 1);
    expect(inDoubt.count).toBe(NAMES.length);
    expect(drained).toBe(true);
  });

  it.each([
    ['due', false],
    ['open', true],
  ])('looks at every %s refund once, in all shards', async (_, all) => {
    const { run, looked } = aBacklog(missing);
    const done = await run(all);
    expect(looked.toSorted()).toEqual(NAMES.map((name) => `imp_${name}`).toSorted());
    expect(new Set(NAMES.map((name) => openShardOf(name, SHARDS))).size).toBe(SHARDS);
    expect(done).toMatchObject({ drained: true, outcomes: { waiting: 40 } });
    expect(done.inDoubt).toEqual({ count: 40, oldestMs: 60_000, amounts: { KRW: 40_000 } });
  });

  it('finds within the hour what an earlier, larger number of partitions has left beyond those in use', async () => {
    const { run, store, looked, clock } = aBacklog(missing);
    store.put({ ...openItem('stray'), refund_open_shard: 'open-61' });
    let runs = 0;
    for (; runs < 60 && !looked.includes('imp_stray'); runs += 1) {
      clock.nowMs = NOW_MS + runs * 60_000;
      await run(false);
    }
    expect(looked).toContain('imp_stray');
    // Who asks for everything means everything.
    const byHand = aBacklog(missing);
    byHand.store.put({ ...openItem('stray'), refund_open_shard: 'open-61' });
    expect((await byHand.run(true)).inDoubt.count).toBe(41);
  });

  it('asks for more at the same time as long as it is answered, and never for more than it may', async () => {
    const { run, underWay } = aBacklog(missing);
    await run();
    expect(underWay.most).toBe(12);
  });

  it('asks for less while the provider does not answer', async () => {
    const { run, underWay } = aBacklog();
    await run();
    expect(underWay.most).toBe(4);
  });

  it('begins no look when its time is up, and counts what it has not looked at all the same', async () => {
    const { run, looked, clock, store } = aBacklog(missing);
    const read = store.order.bind(store);
    let reads = 0;
    store.order = async (name) => {
      reads += 1;
      if (reads === 5) clock.nowMs = NOW_MS + 1_000;
      return read(name);
    };
    const done = await run();
    expect(done.drained).toBe(false);
    expect(looked.length).toBeLessThan(12);
    expect(done.inDoubt.count).toBe(40);
  });

  it('counts what is not due yet among what is in doubt, and leaves it alone', async () => {
    const { store, run, looked } = aBacklog(missing);
    store.put(openItem('order-3', NOW_MS + 60_000));
    const done = await run();
    expect(looked).not.toContain('imp_order-3');
    expect(looked).toHaveLength(39);
    expect(done.inDoubt).toEqual({ count: 40, oldestMs: 60_000, amounts: { KRW: 40_000 } });
  });

  it('counts as old what a clock that ran ahead has dated beyond now: nobody looks at it until then', async () => {
    const { store, run } = aBacklog(missing);
    store.put(openItem('order-3', NOW_MS + 3_630_000, NOW_MS + 3_600_000));
    expect((await run()).inDoubt.oldestMs).toBe(3_600_000);
  });

  it('goes on behind an item that cannot be read, counts it, and comes back to it more rarely', async () => {
    const { store, run, looked } = aBacklog(missing);
    store.put({ ...openItem('order-7'), amount: 'garbled' });
    expect(await run()).toMatchObject({ drained: true, unreadable: 1, outcomes: { waiting: 39 } });
    expect(looked).toHaveLength(39);
    expect(store.item('order-7')?.['refund_resolve_at']).toBe(NOW_MS + 3_600_000);
  });

  it('notices a secret that is empty or wrong although nothing is in doubt', async () => {
    const refused = { kind: 'unavailable', cause: 'SecretNotFilledError', secret: true } as const;
    const { run, events, store } = aBacklog(missing, refused);
    store.items.clear();
    await run();
    expect(events).toEqual([
      { event: 'unavailable', cause: 'SecretNotFilledError', secret: true, merchantUid: '' },
    ]);
  });
});

describe('a run of the schedule', () => {
  const busy: Lease = { take: async () => Promise.resolve(false), giveBack: async () => Promise.resolve() };

  it('looks at nothing while another one is at work', async () => {
    const { world, looked } = aBacklog(missing);
    expect(await handleSchedule({}, NOW_MS + 58_000, { world, lease: busy })).toBeUndefined();
    expect(looked).toEqual([]);
  });

  it('that a person asks for everything looks all the same', async () => {
    const { world, looked } = aBacklog(missing);
    const run = await handleSchedule({ all: true }, NOW_MS + 58_000, { world, lease: busy });
    expect(run?.inDoubt.count).toBe(40);
    expect(looked).toHaveLength(40);
  });
});
