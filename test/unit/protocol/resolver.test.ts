import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openShard, openShardOf, refundKey } from '../../../functions/ledger/keys.ts';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { planOf } from '../../../functions/ledger/plans.ts';
import { leaseOn } from '../../../functions/ledger/service-items.ts';
import type { RefundEvent } from '../../../functions/protocol/events.ts';
import type { LookUp, Readiness, Surroundings } from '../../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { handleSchedule } from '../../../functions/resolve-refunds.ts';
import { MORNING_MS, requested, theProvider } from '../../support/ledger-samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const SHARDS = 8;
const NAMES = Array.from({ length: 40 }, (_, index) => `${index}`);
const NOW_MS = MORNING_MS + 60_000;

function refundOf(name: string, resolveAtMs = NOW_MS - 1, requestedAtMs = MORNING_MS) {
  const key = { merchantUid: `order-${name}`, impUid: `imp_${name}`, refundId: `rf_${name}` };
  return requested({ ...key, resolveAtMs, requestedAtMs, claimedAtMs: requestedAtMs });
}

/** Forty refunds in doubt in all shards, and a provider with scripted answers. */
function aBacklog(
  answer: () => LookUp = () => ({ kind: 'failed', cause: 'down' }),
  ready: Readiness = { kind: 'ready' },
) {
  const clock = { nowMs: NOW_MS };
  const scripted = new ScriptedWorld({ isNew: true });
  const { table } = scripted;
  const open = (refund: ReturnType<typeof refundOf>): void => {
    const { merchantUid, impUid, refundId } = refund;
    const provider = theProvider([], { merchantUid, impUid });
    const payment = { ...provider, lookedAtMs: MORNING_MS };
    const lastWish = { refundId, wish: 'wish', atMs: MORNING_MS };
    for (const write of [
      { kind: 'import', provider, atMs: MORNING_MS },
      { kind: 'claim', payment, refund, lastWish },
    ] as const)
      table.apply({ what: write.kind, changes: planOf(write, SHARDS), token: `${write.kind} ${refundId}` });
  };
  for (const name of NAMES) open(refundOf(name));
  const looked: string[] = [];
  const events: RefundEvent[] = [];
  const underWay = { now: 0, most: 0 };
  const world: Surroundings = {
    ...scripted.world,
    ledger: ledgerOn(table, { shards: SHARDS }),
    now: () => clock.nowMs,
    report: (event) => events.push(event),
    gateway: {
      ...scripted.world.gateway,
      prepare: async () => ready,
      payment: async (impUid) => {
        looked.push(impUid);
        underWay.now += 1;
        underWay.most = Math.max(underWay.most, underWay.now);
        // All concurrent calls are waiting before the first one is answered.
        for (let turn = 0; turn < 50; turn += 1) await setImmediate();
        underWay.now -= 1;
        return answer();
      },
    },
  };
  const run = async (all = false, ledger: Partial<Surroundings['ledger']> = {}) => {
    const times = { stopAtMs: clock.nowMs + 1_000, deadlineMs: clock.nowMs + 58_000 };
    const surroundings = { ...world, ledger: { ...world.ledger, ...ledger } };
    return resolveOpenRefunds({ parallel: 12, pageSize: 3, ...times, all }, surroundings);
  };
  const stray = (name: string): void => {
    open(refundOf(name));
    const key = refundKey(refundOf(name));
    table.put({ ...table.item(key), ...key, open_shard: openShard(61) });
  };
  return { world, table, looked, events, underWay, clock, run, open, stray };
}

const missing = (): LookUp => ({ kind: 'missing' });

describe('a run of the resolver', () => {
  it.each([
    ['due', false],
    ['open', true],
  ])('a run looks at every %s refund once, in all shards', async (_, all) => {
    const { run, looked } = aBacklog(missing);
    const done = await run(all);
    expect(looked.toSorted()).toEqual(NAMES.map((name) => `imp_${name}`).toSorted());
    expect(new Set(NAMES.map((name) => openShardOf(`rf_${name}`, SHARDS))).size).toBe(SHARDS);
    expect(done).toMatchObject({ drained: true, outcomes: { waiting: 40 } });
    expect(done.inDoubt).toEqual({ count: 40, oldestMs: 60_000, amounts: { KRW: 40_000 } });
  });

  it('a run counts a refund that cannot be read, and looks at all others', async () => {
    const { world, looked, run } = aBacklog(missing);
    const { ledger } = world;
    const { outcomes, inDoubt, drained } = await run(false, {
      refund: async (key) => {
        if (key.refundId === 'rf_3') throw new StoreError('throttled', { isKnownNotApplied: true });
        return ledger.refund(key);
      },
    });
    expect(outcomes.store_failed).toBe(1);
    expect(looked).toHaveLength(NAMES.length - 1);
    expect(inDoubt.count).toBe(NAMES.length);
    expect(drained).toBe(true);
  });

  it('a run finds within the hour refunds in partitions left by an earlier, larger partition count', async () => {
    const { run, stray, looked, clock } = aBacklog(missing);
    stray('stray');
    for (let runs = 0; runs < 60 && !looked.includes('imp_stray'); runs += 1) {
      clock.nowMs = NOW_MS + runs * 60_000;
      await run(false);
    }
    expect(looked).toContain('imp_stray');
    // A request for everything includes these partitions.
    const byHand = aBacklog(missing);
    byHand.stray('stray');
    expect((await byHand.run(true)).inDoubt.count).toBe(41);
  });

  it('a run increases its concurrency while it is answered, up to the limit', async () => {
    const { run, underWay } = aBacklog(missing);
    await run();
    expect(underWay.most).toBe(12);
  });

  it('a run lowers its concurrency while the provider does not answer', async () => {
    const { run, underWay } = aBacklog();
    await run();
    expect(underWay.most).toBe(4);
  });

  it('a run starts no look after its time is up, and still counts the refunds that it did not look at', async () => {
    const { run, world, looked, clock } = aBacklog(missing);
    const { ledger } = world;
    let reads = 0;
    const done = await run(false, {
      payment: async (key) => {
        reads += 1;
        if (reads === 5) clock.nowMs = NOW_MS + 1_000;
        return ledger.payment(key);
      },
    });
    expect(done.drained).toBe(false);
    expect(looked.length).toBeLessThan(12);
    expect(done.inDoubt.count).toBe(40);
  });

  it('a refund that is not due is counted as in doubt and not looked at', async () => {
    const { open, run, looked } = aBacklog(missing);
    open(refundOf('later', NOW_MS + 60_000));
    const done = await run();
    expect(looked).not.toContain('imp_later');
    expect(looked).toHaveLength(40);
    expect(done.inDoubt).toEqual({ count: 41, oldestMs: 60_000, amounts: { KRW: 41_000 } });
  });

  it('a refund dated in the future by a clock that ran ahead counts as old, because nobody looks at it until then', async () => {
    const { open, run } = aBacklog(missing);
    open(refundOf('ahead', NOW_MS + 3_630_000, NOW_MS + 3_600_000));
    expect((await run()).inDoubt.oldestMs).toBe(3_600_000);
  });

  it('a run detects an empty or wrong secret although nothing is in doubt', async () => {
    const cause = 'HTTP 401, not authorized';
    const { run, events } = aBacklog(missing, { kind: 'unavailable', cause, secret: true });
    await run();
    expect(events).toContainEqual({ event: 'unavailable', cause, secret: true, merchantUid: '' });
  });

  it('a run reports nothing about the secret while the provider is unreachable', async () => {
    const { run, events } = aBacklog(missing, { kind: 'unavailable', cause: 'HTTP 500' });
    await run();
    expect(events.filter(({ event }) => event === 'unavailable')).toEqual([]);
  });

  it('a run skips a refund whose look another worker has just taken', async () => {
    const { world, looked, run } = aBacklog(missing);
    const { ledger } = world;
    // The index still shows the old state; another worker has taken the look since.
    const old = new Map<string, Awaited<ReturnType<typeof ledger.refund>>>();
    for (const name of NAMES) old.set(`rf_${name}`, await ledger.refund(refundOf(name)));
    await run();
    const again = await run(true, { refund: async (key) => old.get(key.refundId) });
    expect(looked).toHaveLength(40);
    expect(again.outcomes).toEqual({ taken: 40 });
  });
});

describe('a scheduled run', () => {
  it('a scheduled run does nothing while another one works; a run that a person requests always looks', async () => {
    const { world, table, looked } = aBacklog(missing);
    const lease = leaseOn(table, 'resolver');
    await lease.take({ owner: 'another run', nowMs: NOW_MS, untilMs: NOW_MS + 50_000 });
    expect(await handleSchedule({}, NOW_MS + 58_000, { world, lease })).toBeUndefined();
    expect(looked).toEqual([]);
    expect(await handleSchedule({ all: true }, NOW_MS + 58_000, { world, lease })).toMatchObject({
      drained: true,
    });
    expect(looked).toHaveLength(40);
  });

  it('a scheduled run continues when the other run’s lease has expired', async () => {
    const { world, table, looked } = aBacklog(missing);
    const lease = leaseOn(table, 'resolver');
    await lease.take({ owner: 'another run', nowMs: NOW_MS, untilMs: NOW_MS });
    await handleSchedule({}, NOW_MS + 58_000, { world, lease });
    expect(looked).toHaveLength(40);
    expect(await lease.take({ owner: 'next', nowMs: NOW_MS, untilMs: NOW_MS + 1 })).toBe(true);
  });
});
