import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReconcileOptions } from '../../../functions/protocol/reconcile.ts';
import { EMPTY_REPORT } from '../../../functions/protocol/reconciliation-notes.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import { reconciliationMeasures } from '../../../functions/runtime/measures.ts';
import { entryOf, MORNING_MS } from '../../support/ledger-samples.ts';
import { HOUR_MS, listed, ListedWorld } from '../../support/listed-world.ts';

const HOUR = 3_600;
const NOW_SECONDS = MORNING_MS / 1000;
const FULL_SECONDS = 90 * 24 * HOUR;
const PAGE = 10;

const run = async (world: ListedWorld, options: Partial<ReconcileOptions> = {}) =>
  world.run({ pageLimit: PAGE, ...options });

/** Two pages of paid payments and three of cancelled ones; every eleventh payment has an unknown tag. */
function shopOfFivePages(): ListedWorld {
  const world = new ListedWorld();
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
  world.onList = ({ page }) => {
    // A request far beyond the end only asks whether the list has very many pages.
    if (page > 100) return undefined;
    left -= 1;
    if (left >= 0) return undefined;
    return happens() === 'fail' ? { kind: 'failed', cause: 'status 503' } : undefined;
  };
}

function pagesAsked({ asked }: ListedWorld): readonly string[] {
  return asked.filter(({ page }) => page <= 100).map(({ status, page }) => `${status} ${page}`);
}

describe('a reconciliation walk', () => {
  it('a walk reads every page of paid and then of cancelled payments, to the end', async () => {
    const world = shopOfFivePages();
    const result = await run(world);
    expect(result).toMatchObject({
      finished: true,
      progress: 1,
      report: WHOLE,
      ended: [{ window: 'recent', report: WHOLE }],
    });
    expect(pagesAsked(world)).toEqual(['paid 1', 'paid 2', 'cancelled 1', 'cancelled 2', 'cancelled 3']);
  });

  it('a walk covers the last three hours, ninety days, or the window that a person names', async () => {
    const world = new ListedWorld();
    await world.run();
    await world.run({ window: 'full' });
    await world.run({ window: 'by_hand', fromSeconds: 1_000, toSeconds: 2_000 });
    const lists = world.asked.map(({ fromSeconds, toSeconds, limit }) => [fromSeconds, toSeconds, limit]);
    // Each once for paid and once for cancelled payments, on the largest pages that the provider allows.
    expect(lists.filter((_list, index) => index % 2 === 0)).toEqual([
      [NOW_SECONDS - 3 * HOUR, NOW_SECONDS, 1_000],
      [NOW_SECONDS - FULL_SECONDS, NOW_SECONDS, 1_000],
      [1_000, 2_000, 1_000],
    ]);
  });

  it('an hourly walk starts where the last one ended, when that is more than three hours ago', async () => {
    const world = new ListedWorld();
    await run(world);
    world.nowMs += 10 * HOUR_MS;
    await run(world);
    expect(world.asked.at(-1)?.fromSeconds).toBe(NOW_SECONDS - HOUR);
  });
});

describe('an interrupted walk', () => {
  it('an interrupted walk continues at the page where its time ended, and counts nothing twice', async () => {
    const world = shopOfFivePages();
    const stopAtMs = MORNING_MS + 1_000;
    afterPages(world, 2, () => {
      world.nowMs = stopAtMs;
      return undefined;
    });
    const first = await run(world, { stopAtMs });
    expect(first).toMatchObject({
      finished: false,
      progress: 0.5,
      position: { status: 'cancelled', page: 1 },
      report: { compared: PAGE + 2 },
    });
    expect(first.failed).toBeUndefined();
    expect(await run(world)).toMatchObject({ finished: true });
    expect((await world.notes())?.last.recent?.report).toMatchObject(WHOLE);
  });

  it('a walk keeps its position when a page fails, and reports the failure', async () => {
    const world = shopOfFivePages();
    afterPages(world, 3, () => 'fail');
    const first = await run(world);
    const position = { status: 'cancelled', page: 2, failures: 1 };
    expect(first).toMatchObject({ finished: false, failed: 'status 503', position });
    world.nowMs += HOUR_MS;
    expect(await run(world)).toMatchObject({ failed: 'status 503', behindMs: HOUR_MS });
    afterPages(world, 1, () => 'fail');
    expect(await run(world)).toMatchObject({ position: { ...position, page: 3 } });
    world.onList = undefined;
    const third = await run(world);
    expect(third).toMatchObject({ finished: true, behindMs: 0 });
    expect(third.ended[0]?.report).toMatchObject(WHOLE);
  });

  it('a walk skips a page that failed three times, reports it, and finishes', async () => {
    const world = shopOfFivePages();
    world.onList = ({ page, status }) =>
      status === 'paid' && page === 2 ? { kind: 'failed', cause: 'unreadable list' } : undefined;
    for (let times = 0; times < 3; times += 1) {
      expect(await run(world)).toMatchObject({ finished: false, failed: 'unreadable list' });
    }
    expect(await run(world)).toMatchObject({
      finished: true,
      report: { compared: WHOLE.compared - 2, found: { foreignTag: 2, pageNotRead: 1 } },
    });
  });

  it('the time since the last finished walk is measured, even when a walk fails to start', async () => {
    const world = new ListedWorld();
    await run(world);
    world.onList = () => ({ kind: 'failed', cause: 'status 503' });
    world.nowMs += HOUR_MS;
    expect(await run(world)).toMatchObject({ finished: false, behindMs: HOUR_MS });
    world.nowMs += HOUR_MS;
    expect(await run(world)).toMatchObject({ finished: false, behindMs: 2 * HOUR_MS });
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

  it('a walk does not fail when only the answer of a save was lost', async () => {
    const world = shopOfFivePages();
    world.onSave = () => 'lose_answer';
    expect(await run(world)).toMatchObject({ finished: true, report: WHOLE });
  });

  it('a walk by hand continues when the same window is requested within the hour, and otherwise starts again', async () => {
    const world = new ListedWorld();
    const wish = { window: 'by_hand', fromSeconds: 1_000 } as const;
    const positionAfter = async (options: Partial<ReconcileOptions>) => {
      afterPages(world, 0, () => 'fail');
      return (await run(world, options)).position;
    };
    const first = await positionAfter(wish);
    world.nowMs += HOUR_MS / 2;
    expect(await positionAfter(wish)).toEqual({ ...first, failures: 2 });
    expect(await positionAfter({ ...wish, fromSeconds: 2_000 })).toMatchObject({ failures: 1 });
    world.nowMs += 2 * HOUR_MS;
    const last = await positionAfter({ ...wish, fromSeconds: 2_000 });
    expect(last).toMatchObject({ failures: 1, toSeconds: world.nowMs / 1000 });
  });

  it('a resumed walk is followed by one over what changed since', async () => {
    const world = new ListedWorld();
    afterPages(world, 0, () => 'fail');
    await run(world);
    world.onList = undefined;
    world.nowMs += 5 * HOUR_MS;
    const result = await run(world);
    expect(result).toMatchObject({ finished: true });
    expect(result.ended.map(({ fromSeconds, toSeconds }) => [fromSeconds, toSeconds])).toEqual([
      [NOW_SECONDS - 3 * HOUR, NOW_SECONDS],
      [NOW_SECONDS - HOUR, NOW_SECONDS + 5 * HOUR],
    ]);
  });

  it('an unfinished nightly walk reports its missing part at noon, whichever run continues it, until it ends', async () => {
    const world = shopOfFivePages();
    afterPages(world, 3, () => 'fail');
    const first = await run(world, { window: 'full' });
    expect(first).toMatchObject({ finished: false, progress: 0.5 });
    expect(first.unreached).toBeUndefined();
    world.nowMs += 9 * HOUR_MS;
    world.onList = ({ status, page }) =>
      status === 'cancelled' && page > 1 ? { kind: 'failed', cause: 'status 503' } : undefined;
    expect((await run(world)).unreached).toEqual({
      status: 'cancelled',
      startedAtMs: MORNING_MS,
      fromSeconds: NOW_SECONDS - FULL_SECONDS,
      toSeconds: NOW_SECONDS,
      progress: 0.5,
    });
    world.onList = undefined;
    const { ended, unreached } = await run(world);
    expect(ended.map(({ window }) => window)).toEqual(['recent', 'full']);
    expect(unreached).toBeUndefined();
    const notes = await world.notes();
    expect(notes?.positions).toEqual({});
    expect(notes?.last.full?.report).toMatchObject(WHOLE);
  });
});

describe('a list with very many pages', () => {
  /** Payments one minute apart, each on a page of its own. */
  function manyPayments(count: number, apartSeconds: number): ListedWorld {
    const world = new ListedWorld();
    for (let index = 0; index < count; index += 1) {
      const paidAtMs = MORNING_MS - index * apartSeconds * 1000;
      world.provides(listed(`imp_${index}`, [], { paidAtMs }));
    }
    return world;
  }
  const deepest = ({ asked }: ListedWorld): number => Math.max(...asked.map(({ page }) => page));

  it('a long list is walked in parts, none with more than a hundred pages, over several runs; each payment is compared once', async () => {
    const world = manyPayments(450, 60);
    const progress: number[] = [];
    let pages = 0;
    world.onList = ({ page }) => {
      if (page <= 100 && (pages += 1) % 100 === 0) world.nowMs += 60_000;
      return undefined;
    };
    let result: Awaited<ReturnType<typeof run>>;
    do {
      result = await run(world, { window: 'full', pageLimit: 1, stopAtMs: world.nowMs + 60_000 });
      progress.push(result.progress);
    } while (!result.finished);
    expect(result.report).toMatchObject({ compared: 450, found: {} });
    expect(deepest(world)).toBe(101);
    expect(progress.length).toBeGreaterThan(3);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    // The pages, and the requests that find the length of a part.
    expect(world.asked.length).toBeLessThan(450 * 1.2);
  });

  it('too many payments in one second are read page by page, because a second cannot be divided', async () => {
    const world = manyPayments(120, 0);
    expect(await run(world, { pageLimit: 1 })).toMatchObject({ finished: true, report: { compared: 120 } });
    expect(deepest(world)).toBe(120);
  });

  it('a provider error behind the end of a list does not make it a long list', async () => {
    const world = manyPayments(3, 60);
    world.onList = ({ page }) => (page > 100 ? { kind: 'failed', cause: 'HTTP 500' } : undefined);
    expect(await run(world, { pageLimit: 1 })).toMatchObject({ finished: true, report: { compared: 3 } });
  });

  it('a list that never ends makes the walk fail', async () => {
    const world = new ListedWorld();
    const payment = listed('imp_1');
    world.holds(payment);
    world.onList = () => ({ kind: 'page', payments: [payment], unreadable: [], more: true });
    const failed = 'the list of paid payments does not end';
    expect(await run(world, { pageLimit: 1 })).toMatchObject({ finished: false, failed });
    expect(deepest(world)).toBe(1_000);
  });
});

describe('two runs at once', () => {
  it('a nightly and an hourly walk at once keep separate positions, and both end', async () => {
    const world = shopOfFivePages();
    const [hourly, nightly] = await Promise.all([run(world), run(world, { window: 'full' })]);
    expect([hourly, nightly]).toMatchObject([{ finished: true }, { finished: true }]);
    const last = (await world.notes())?.last;
    expect(last?.full?.report.compared).toBe(WHOLE.compared);
    expect(last?.recent?.report.compared).toBe(WHOLE.compared);
  });

  it('two runs of one window count each page once, and one of them ends the walk', async () => {
    const world = shopOfFivePages();
    const results = await Promise.all([run(world), run(world)]);
    expect(results.some(({ finished }) => finished)).toBe(true);
    expect(results.every(({ failed }) => failed === undefined)).toBe(true);
    const notes = await world.notes();
    expect(notes?.last.recent?.report.compared).toBe(WHOLE.compared);
    expect(notes?.positions.recent).toBeUndefined();
  });

  it.each(['paid', 'cancelled'] as const)(
    'two runs of one window never undo each other: the slower one stops (while it reads what was %s)',
    async (status) => {
      const world = new ListedWorld();
      world.provides(listed('imp_1'));
      const whole = { fromSeconds: 1_000, toSeconds: 2_000 };
      const further = {
        window: 'recent',
        status: 'paid',
        page: 7,
        failures: 0,
        ...whole,
        part: whole,
        startedAtMs: MORNING_MS,
        movedAtMs: MORNING_MS,
        report: EMPTY_REPORT,
      } as const;
      world.onList = async (query) => {
        if (query.status === status) await world.putNotes({ positions: { recent: further } });
        return undefined;
      };
      const result = await run(world);
      expect(result).toMatchObject({ finished: false, ended: [] });
      expect(result.failed).toBeUndefined();
      expect(world.asked.at(-1)?.status).toBe(status);
      expect((await world.notes())?.positions.recent?.page).toBe(7);
    },
  );
});

it("without a secret nothing is walked, and only the secret's alarm is raised, for any number of days", async () => {
  const world = shopOfFivePages();
  world.readiness = { kind: 'unavailable', cause: 'the secret is not filled yet', secret: true };
  for (let hour = 0; hour < 50; hour += 1) {
    const result = await run(world, { window: hour % 24 === 3 ? 'full' : 'recent' });
    expect(result).toMatchObject({ finished: false, failed: 'the secret is not filled yet' });
    // Zero is written explicitly for metrics whose absence raises an alarm.
    expect(reconciliationMeasures(result)).toEqual([{ name: 'ReconciliationBehindSeconds', value: 0 }]);
    world.nowMs += HOUR_MS;
  }
  expect(new Set(world.kinds)).toEqual(new Set(['unavailable']));
  expect(world.asked).toEqual([]);
  world.readiness = { kind: 'ready' };
  expect(await run(world, { window: 'full' })).toMatchObject({ finished: true, report: WHOLE });
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
        await run(world, { window: 'full', stopAtMs });
        // A page that fails three times is skipped.
        const stuck = (await world.notes())?.positions.full;
        if (stuck !== undefined) await world.putNotes({ positions: { full: { ...stuck, failures: 0 } } });
      }
      world.onSave = undefined;
      world.onList = undefined;
      const { report } = await run(world, { window: 'full' });
      const all = [...world.payments.values()].reduce((so, each) => so + each.cancelAmount, 0);
      expect(report).toMatchObject(WHOLE);
      expect((report.explained['KRW'] ?? 0) + (report.unexplained['KRW'] ?? 0)).toBe(all);
    }),
    { numRuns: 30 },
  );
});
