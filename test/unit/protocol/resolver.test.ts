import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { planOf } from '../../../functions/ledger/plans.ts';
import { leaseOn } from '../../../functions/ledger/service-items.ts';
import type { LookUp, Surroundings } from '../../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../../functions/protocol/resolver.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { handleSchedule } from '../../../functions/resolve-refunds.ts';
import { MORNING_MS, requested, theProvider } from '../../support/ledger-samples.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

const NAMES = Array.from({ length: 40 }, (_, index) => `${index}`);
const NOW_MS = MORNING_MS + 60_000;

function refundOf(name: string, resolveAtMs = NOW_MS - 1, requestedAtMs = MORNING_MS) {
  const key = { merchantUid: `order-${name}`, impUid: `imp_${name}`, refundId: `rf_${name}` };
  return requested({ ...key, resolveAtMs, requestedAtMs, claimedAtMs: requestedAtMs });
}

/** Forty refunds in doubt in all shards; the provider gives each look this answer. */
function aBacklog(answer: LookUp = { kind: 'missing' }) {
  const scripted = new ScriptedWorld({ isNew: true });
  scripted.nowMs = NOW_MS;
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
      table.apply({ what: write.kind, changes: planOf(write), token: `${write.kind} ${refundId}` });
  };
  for (const name of NAMES) open(refundOf(name));
  const looked: string[] = [];
  const concurrent = { now: 0, most: 0 };
  const world: Surroundings = {
    ...scripted.world,
    ledger: ledgerOn(table),
    gateway: {
      ...scripted.world.gateway,
      payment: async (impUid) => {
        looked.push(impUid);
        concurrent.now += 1;
        concurrent.most = Math.max(concurrent.most, concurrent.now);
        // All concurrent calls are waiting before the first one is answered.
        for (let turn = 0; turn < 50; turn += 1) await setImmediate();
        concurrent.now -= 1;
        return answer;
      },
    },
  };
  const run = async (all = false, ledger: Partial<Surroundings['ledger']> = {}) => {
    const times = { stopAtMs: scripted.nowMs + 1_000, deadlineMs: scripted.nowMs + 58_000 };
    const surroundings = { ...world, ledger: { ...world.ledger, ...ledger } };
    return resolveOpenRefunds({ parallel: 12, ...times, all }, surroundings);
  };
  return { scripted, world, table, looked, concurrent, run, open };
}

describe('a run of the resolver', () => {
  it.each([false, true])('looks at every refund once, in all shards (due or not: %s)', async (all) => {
    const { run, open, looked } = aBacklog();
    open(refundOf('later', NOW_MS + 60_000));
    const done = await run(all);
    const names = all ? [...NAMES, 'later'] : NAMES;
    expect(looked.toSorted()).toEqual(names.map((name) => `imp_${name}`).toSorted());
    expect(done).toMatchObject({ drained: true, outcomes: { waiting: names.length } });
    // Those that are not due are in doubt, too.
    expect(done.inDoubt).toEqual({ count: 41, oldestMs: 60_000, amounts: { KRW: 41_000 } });
  });

  it.for([
    ['the table', new StoreError('throttled', { isKnownNotApplied: true }), 'store_failed'],
    ['a defect', new TypeError('a defect'), 'failed'],
  ] as const)(
    'counts a refund that cannot be read because of %s, and looks at all others',
    async ([, error, event]) => {
      const { scripted, world, looked, run } = aBacklog();
      const { outcomes, inDoubt, drained } = await run(false, {
        refund: async (key) => {
          if (key.refundId === 'rf_3') throw error;
          return world.ledger.refund(key);
        },
      });
      expect(outcomes.store_failed).toBe(1);
      expect(looked).toHaveLength(NAMES.length - 1);
      expect(inDoubt.count).toBe(NAMES.length);
      expect(drained).toBe(true);
      expect(scripted.events).toContainEqual(expect.objectContaining({ event, refundId: 'rf_3' }));
    },
  );

  it('looks first at the refund that has been due for longest, so that interrupted runs do not always miss the same one', async () => {
    const { open, run, looked } = aBacklog();
    open(refundOf('longest', NOW_MS - 2));
    await run();
    expect(looked[0]).toBe('imp_longest');
  });

  it.for([
    ['grows up to the limit while the provider answers', { kind: 'missing' }, 12],
    ['does not grow while it does not', { kind: 'failed', cause: 'down' }, 4],
  ] as const)('its concurrency %s', async ([, answer, most]) => {
    const { run, concurrent } = aBacklog(answer);
    await run();
    expect(concurrent.most).toBe(most);
  });

  it('starts no look after its time is up, and still counts the refunds that it did not look at', async () => {
    const { run, world, looked, scripted } = aBacklog();
    let reads = 0;
    const done = await run(false, {
      payment: async (key) => {
        reads += 1;
        if (reads === 5) scripted.nowMs = NOW_MS + 1_000;
        return world.ledger.payment(key);
      },
    });
    expect(done.drained).toBe(false);
    expect(looked.length).toBeLessThan(12);
    expect(done.inDoubt.count).toBe(40);
  });

  it('a refund that a fast clock dated in the future counts as old as the time until its next look', async () => {
    const { open, run } = aBacklog();
    open(refundOf('ahead', NOW_MS + 3_630_000, NOW_MS + 3_600_000));
    expect((await run()).inDoubt.oldestMs).toBe(3_600_000);
  });

  it('reports an empty or wrong secret although nothing is in doubt, and no unreachable provider', async () => {
    const { run, scripted } = aBacklog();
    const cause = 'HTTP 401, not authorized';
    scripted.readiness = { kind: 'unavailable', cause: 'HTTP 500' };
    await run();
    expect(scripted.has('unavailable')).toBe(false);
    scripted.readiness = { kind: 'unavailable', cause, secret: true };
    await run();
    expect(scripted.events).toContainEqual({ event: 'unavailable', cause, secret: true, merchantUid: '' });
  });

  it('skips a refund whose look another worker has just taken', async () => {
    const { world, looked, run } = aBacklog();
    // The index still shows the old state; another worker has taken the look since.
    const old = new Map<string, Awaited<ReturnType<typeof world.ledger.refund>>>();
    for (const name of NAMES) old.set(`rf_${name}`, await world.ledger.refund(refundOf(name)));
    await run();
    const again = await run(true, { refund: async (key) => old.get(key.refundId) });
    expect(looked).toHaveLength(40);
    expect(again.outcomes).toEqual({ taken: 40 });
  });
});

it.for([
  ['does nothing while another one works', NOW_MS + 50_000, {}, 0],
  ['that a person requests looks also then', NOW_MS + 50_000, { all: true }, 40],
  ['continues when the other run’s lease has expired', NOW_MS, {}, 40],
] as const)('a scheduled run %s', async ([, untilMs, event, looks]) => {
  const { world, table, looked } = aBacklog();
  const lease = leaseOn(table, 'resolver');
  await lease.take({ owner: 'another run', nowMs: NOW_MS, untilMs });
  await handleSchedule(event, NOW_MS + 58_000, { world, lease });
  expect(looked).toHaveLength(looks);
});
