import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReconcileOptions } from '../../../functions/protocol/reconcile.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import { reconciliationMeasures } from '../../../functions/runtime/report.ts';
import { entryOf, MORNING_MS } from '../../support/ledger-samples.ts';
import { HOUR_MS, listed, ListedWorld } from '../../support/listed-world.ts';

const HOUR = 3_600;
const NOW_SECONDS = MORNING_MS / 1000;
const DAY = 24 * HOUR;
const FULL_SECONDS = 90 * DAY;
const PAGE = 10;

/** Two pages of paid payments and three of cancelled ones; every eleventh payment has an unknown tag. */
function shopOfFivePages(): ListedWorld {
  const world = new ListedWorld();
  world.pageLimit = PAGE;
  for (let index = 0; index < PAGE + 2; index += 1) world.provides(listed(`imp_p${index}`));
  for (let index = 0; index < 2 * PAGE + 2; index += 1) {
    const tag = tagOf(`rf_${'x'.repeat(24)}`);
    const back = index % 11 === 0 ? entryOf(300, { reason: tag }) : entryOf(1_000);
    world.provides(listed(`imp_c${index}`, [back]));
  }
  return world;
}

const WHOLE = {
  compared: 3 * PAGE + 4,
  explained: { KRW: 20_000 },
  unexplained: { KRW: 600 },
  unexplainedPayments: 2,
};

/** Lets this many pages be read and then runs the event. */
function afterPages(world: ListedWorld, count: number, happens: () => undefined | 'fail'): void {
  let left = count;
  world.onList = () => {
    left -= 1;
    if (left >= 0) return undefined;
    return happens() === 'fail' ? { kind: 'failed', cause: 'status 503' } : undefined;
  };
}

describe('a reconciliation walk', () => {
  it('a walk reads every page of paid and then of cancelled payments, to the end', async () => {
    const world = shopOfFivePages();
    const result = await world.run();
    expect(result).toMatchObject({
      finished: true,
      progress: 1,
      report: WHOLE,
      ended: [{ window: 'recent', report: WHOLE }],
    });
    const asked = world.asked.map(({ status, page }) => `${status} ${page}`);
    expect(asked).toEqual(['paid 1', 'paid 2', 'cancelled 1', 'cancelled 2', 'cancelled 3']);
  });

  it.for<[ReconcileOptions['window'], object, number, number]>([
    ['recent', {}, NOW_SECONDS - 3 * HOUR, NOW_SECONDS],
    ['full', {}, NOW_SECONDS - FULL_SECONDS, NOW_SECONDS],
    ['by_hand', { fromSeconds: 1_000, toSeconds: 200_000 }, 1_000, 200_000],
  ])(
    'the walk of the window %s reads each second once, in parts of a day',
    async ([window, wish, from, to]) => {
      const world = new ListedWorld();
      await world.run({ window, ...wish });
      for (const status of ['paid', 'cancelled']) {
        const parts = world.asked.filter((each) => each.status === status);
        expect([parts[0]?.fromSeconds, parts.at(-1)?.toSeconds]).toEqual([from, to]);
        expect(parts.slice(1).map(({ fromSeconds }) => fromSeconds - 1)).toEqual(
          parts.slice(0, -1).map(({ toSeconds }) => toSeconds),
        );
        expect(parts.every(({ fromSeconds, toSeconds }) => toSeconds - fromSeconds <= DAY)).toBe(true);
      }
      expect(new Set(world.asked.map(({ limit }) => limit))).toEqual(new Set([1_000]));
    },
  );

  it('an hourly walk starts where the last one ended, when that is more than three hours ago', async () => {
    const world = new ListedWorld();
    await world.run();
    world.nowMs += 10 * HOUR_MS;
    await world.run();
    expect(world.asked.at(-1)?.fromSeconds).toBe(NOW_SECONDS - HOUR);
  });
});

describe('an interrupted walk', () => {
  it('a walk keeps its position when a page fails, and reports the failure', async () => {
    const world = shopOfFivePages();
    afterPages(world, 3, () => 'fail');
    const first = await world.run();
    const position = { status: 'cancelled', page: 2, failures: 1 };
    expect(first).toMatchObject({ finished: false, failed: 'status 503', position });
    world.nowMs += HOUR_MS;
    expect(await world.run()).toMatchObject({ failed: 'status 503', behindMs: HOUR_MS });
    afterPages(world, 1, () => 'fail');
    expect(await world.run()).toMatchObject({ position: { ...position, page: 3 } });
    world.onList = undefined;
    const third = await world.run();
    expect(third).toMatchObject({ finished: true, behindMs: 0 });
    expect(third.ended[0]?.report).toMatchObject(WHOLE);
  });

  it('a walk skips a page that failed three times, reports it, and finishes', async () => {
    const world = shopOfFivePages();
    world.onList = ({ page, status }) =>
      status === 'paid' && page === 2 ? { kind: 'failed', cause: 'unreadable list' } : undefined;
    for (let times = 0; times < 3; times += 1) {
      expect(await world.run()).toMatchObject({ finished: false, failed: 'unreadable list' });
    }
    expect(await world.run()).toMatchObject({
      finished: true,
      report: { compared: WHOLE.compared - 2, found: { foreignTag: 2, pageNotRead: 1 } },
    });
  });

  it('the time since the last finished walk is measured, even when a walk fails to start', async () => {
    const world = new ListedWorld();
    await world.run();
    world.onList = () => ({ kind: 'failed', cause: 'status 503' });
    world.nowMs += HOUR_MS;
    expect(await world.run()).toMatchObject({ finished: false, behindMs: HOUR_MS });
    world.nowMs += HOUR_MS;
    expect(await world.run()).toMatchObject({ finished: false, behindMs: 2 * HOUR_MS });
  });

  it('a walk reads a page again when the number of failed comparisons suggests an outage', async () => {
    const world = new ListedWorld();
    for (let index = 0; index < 30; index += 1) world.provides(listed(`imp_${index}`));
    world.onRead = () => {
      throw new StoreError('throttled', { isKnownNotApplied: true });
    };
    expect(await world.run()).toMatchObject({
      finished: false,
      failed: 'the table: throttled',
      position: { page: 1, failures: 1 },
      report: { compared: 0 },
    });
    expect(world.kinds.length).toBeLessThan(30);
    world.onRead = undefined;
    expect(await world.run()).toMatchObject({ finished: true, report: { compared: 30, found: {} } });
  });

  it('a walk by hand continues when the same window is requested within the hour, and otherwise starts again', async () => {
    const world = new ListedWorld();
    const wish = { window: 'by_hand', fromSeconds: 1_000 } as const;
    const positionAfter = async (options: Partial<ReconcileOptions>) => {
      afterPages(world, 0, () => 'fail');
      return (await world.run(options)).position;
    };
    const first = await positionAfter(wish);
    world.nowMs += HOUR_MS / 2;
    expect(await positionAfter(wish)).toEqual({ ...first, failures: 2 });
    expect(await positionAfter({ ...wish, fromSeconds: 2_000 })).toMatchObject({ failures: 1 });
    world.nowMs += 2 * HOUR_MS;
    const last = await positionAfter({ ...wish, fromSeconds: 2_000 });
    expect(last).toMatchObject({ failures: 1, toSeconds: world.nowMs / 1000 });
  });

  it('an unfinished nightly walk reports its missing part at noon, whichever run continues it, until it ends', async () => {
    const world = shopOfFivePages();
    world.onList = ({ status, toSeconds, fromSeconds }) =>
      status === 'cancelled' && toSeconds - fromSeconds > 3 * HOUR
        ? { kind: 'failed', cause: 'status 503' }
        : undefined;
    const first = await world.run({ window: 'full' });
    expect(first).toMatchObject({ finished: false, progress: 0.5 });
    expect(first.unreached).toBeUndefined();
    world.nowMs += 9 * HOUR_MS;
    const span = { fromSeconds: NOW_SECONDS - FULL_SECONDS, toSeconds: NOW_SECONDS };
    expect(await world.run()).toMatchObject({
      finished: true,
      failed: 'status 503',
      unreached: { status: 'cancelled', startedAtMs: MORNING_MS, ...span, progress: 0.5 },
    });
    world.onList = undefined;
    const { ended, unreached } = await world.run();
    expect(ended.map(({ window }) => window)).toEqual(['recent', 'full']);
    expect(unreached).toBeUndefined();
    expect(await world.notes('full')).toMatchObject({ last: { report: WHOLE } });
    expect(await world.notes('full')).not.toHaveProperty('position');
  });

  it('a nightly walk counts each payment once, over several runs', async () => {
    const world = new ListedWorld();
    for (let index = 0; index < 300; index += 1)
      world.provides(listed(`imp_${index}`, [], { paidAtMs: MORNING_MS - index * 6 * HOUR_MS }));
    const progress: number[] = [];
    let result: Awaited<ReturnType<typeof world.run>>;
    do {
      const stopAtMs = world.nowMs + 1;
      afterPages(world, 25, () => void (world.nowMs = stopAtMs));
      result = await world.run({ window: 'full', stopAtMs });
      progress.push(result.progress);
    } while (!result.finished);
    expect(result.report).toMatchObject({ compared: 300, found: {} });
    expect(progress.length).toBeGreaterThan(3);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('a list that never ends makes the walk fail', async () => {
    const world = new ListedWorld();
    const payment = listed('imp_1');
    world.holds(payment);
    world.onList = () => ({ kind: 'page', payments: [payment], unreadable: [], more: true });
    const failed = 'the list of paid payments does not end';
    expect(await world.run()).toMatchObject({ finished: false, failed });
    expect(world.asked).toHaveLength(1_000);
  });
});

it('two runs of one window count each page once, and one of them ends the walk', async () => {
  const world = shopOfFivePages();
  const results = await Promise.all([world.run(), world.run()]);
  expect(results.flatMap(({ ended }) => ended)).toMatchObject([{ report: WHOLE }]);
  expect(results.filter(({ finished }) => finished)).toHaveLength(1);
  expect(results.every(({ failed }) => failed === undefined)).toBe(true);
  expect(await world.notes()).not.toHaveProperty('position');
});

it("without a secret nothing is walked, and only the secret's alarm is raised, for any number of days", async () => {
  const world = shopOfFivePages();
  world.readiness = { kind: 'unavailable', cause: 'the secret is not filled yet', secret: true };
  for (let hour = 0; hour < 50; hour += 1) {
    const result = await world.run({ window: hour % 24 === 3 ? 'full' : 'recent' });
    expect(result).toMatchObject({ finished: false, failed: 'the secret is not filled yet' });
    // Zero is written explicitly for metrics whose absence raises an alarm.
    expect(reconciliationMeasures(result)).toEqual([{ name: 'ReconciliationBehindSeconds', value: 0 }]);
    world.nowMs += HOUR_MS;
  }
  expect(new Set(world.kinds)).toEqual(new Set(['unavailable']));
  expect(world.asked).toEqual([]);
  world.readiness = { kind: 'ready' };
  expect(await world.run({ window: 'full' })).toMatchObject({ finished: true, report: WHOLE });
});

it('however often a walk is interrupted, its report equals that of an uninterrupted one and covers every won', async () => {
  const cuts = fc.array(
    fc.record({ pages: fc.integer({ min: 0, max: 4 }), how: fc.constantFrom('time', 'fail', 'save') }),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(cuts, async (cut) => {
      const world = shopOfFivePages();
      for (const { pages, how } of cut) {
        const stopAtMs = world.nowMs + 1_000;
        let saves = 0;
        world.onSave = () => ((saves += 1) > pages && how === 'save' ? 'fail' : 'save');
        afterPages(world, pages, () => {
          if (how === 'time') world.nowMs = stopAtMs;
          return how === 'fail' ? 'fail' : undefined;
        });
        await world.run({ stopAtMs });
        // A page that fails three times is skipped.
        const stuck = (await world.notes())?.position;
        if (stuck !== undefined) await world.putPosition({ ...stuck, failures: 0 });
      }
      world.onSave = undefined;
      world.onList = undefined;
      const { report } = await world.run();
      const all = [...world.payments.values()].reduce((so, each) => so + each.cancelAmount, 0);
      expect(report).toMatchObject(WHOLE);
      expect((report.explained['KRW'] ?? 0) + (report.unexplained['KRW'] ?? 0)).toBe(all);
    }),
    { numRuns: 30 },
  );
});
