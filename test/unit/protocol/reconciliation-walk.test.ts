import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcile, type ReconcileOptions } from '../../../functions/protocol/reconcile.ts';
import { EMPTY_REPORT } from '../../../functions/protocol/reconciliation-report.ts';
import { PAGE_LIMIT } from '../../../functions/protocol/reconciliation-walk.ts';
import { entry, listed, NOW, refundId, tagged } from './samples.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const HOUR_MS = 3_600_000;
const HOUR = 3_600;
const NOW_SECONDS = NOW / 1000;
const FULL_SECONDS = 90 * 24 * HOUR;

function run(small: SmallWorld, options: Partial<ReconcileOptions> = {}) {
  return reconcile({ window: 'recent', stopAtMs: small.clock.nowMs + 600_000, ...options }, small);
}

/** Two pages of paid payments and three of cancelled ones, every tenth of which bears a tag that nobody knows. */
function shopOfFivePages(small: SmallWorld): void {
  for (let index = 0; index < PAGE_LIMIT + 20; index += 1) small.provider.put(listed(`imp_p${index}`));
  for (let index = 0; index < 2 * PAGE_LIMIT + 20; index += 1) {
    const back = index % 10 === 0 ? tagged(300, refundId('x')) : entry(1_000);
    small.provider.put(listed(`imp_c${index}`, [back]));
  }
}

const WHOLE = {
  compared: 3 * PAGE_LIMIT + 40,
  explained: { KRW: 198_000 },
  unexplained: { KRW: 6_600 },
  unexplainedPayments: 22,
};

/** Lets so many pages be read, and then has something happen. */
function afterPages(small: SmallWorld, count: number, happens: () => undefined | 'fail'): void {
  let left = count;
  small.provider.onList = () => {
    left -= 1;
    if (left >= 0) return undefined;
    return happens() === 'fail' ? { kind: 'failed', cause: 'status 503' } : undefined;
  };
}

function pagesAsked({ provider }: SmallWorld): readonly string[] {
  return provider.asked.map(({ status, page }) => `${status} ${page}`);
}

describe('a walk', () => {
  it('reads every page of what was paid and then of what was cancelled, to its end', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    const result = await run(small);
    expect(result).toMatchObject({
      finished: true,
      report: WHOLE,
      ended: [{ window: 'recent', report: WHOLE }],
    });
    expect(pagesAsked(small)).toEqual(['paid 1', 'paid 2', 'cancelled 1', 'cancelled 2', 'cancelled 3']);
  });

  it('looks at the last three hours, at ninety days, or at what a person asks for', async () => {
    const small = smallWorld(NOW);
    await run(small);
    await run(small, { window: 'full' });
    await run(small, { window: 'by_hand', fromSeconds: 1_000, toSeconds: 2_000 });
    const spans = small.provider.asked.map(({ fromSeconds, toSeconds }) => [fromSeconds, toSeconds]);
    // Each for what was paid and for what was cancelled.
    expect(spans.filter((_span, index) => index % 2 === 0)).toEqual([
      [NOW_SECONDS - 3 * HOUR, NOW_SECONDS],
      [NOW_SECONDS - FULL_SECONDS, NOW_SECONDS],
      [1_000, 2_000],
    ]);
  });

  it('of the last hours begins where the last one ended, when that is longer ago than three hours', async () => {
    const small = smallWorld(NOW);
    await run(small);
    small.clock.nowMs += 10 * HOUR_MS;
    await run(small);
    expect(small.provider.asked.at(-1)?.fromSeconds).toBe(NOW_SECONDS - HOUR);
  });
});

describe('a walk that is cut short', () => {
  it('goes on at the page where its time was up, and counts nothing twice', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    const stopAtMs = NOW + 1_000;
    afterPages(small, 2, () => {
      small.clock.nowMs = stopAtMs;
      return undefined;
    });
    const first = await run(small, { stopAtMs });
    expect(first).toMatchObject({ finished: false, position: { status: 'cancelled', page: 1 } });
    expect(first.report.compared).toBe(PAGE_LIMIT + 20);
    expect(first.failed).toBeUndefined();
    expect(await run(small)).toMatchObject({ finished: true });
    expect(small.store.notes?.last.recent?.report).toMatchObject(WHOLE);
  });

  it('keeps its position when a page fails, and says so', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    afterPages(small, 3, () => 'fail');
    const first = await run(small);
    expect(first).toMatchObject({
      finished: false,
      failed: 'status 503',
      position: { page: 2, failures: 1 },
    });
    small.clock.nowMs += HOUR_MS;
    expect(await run(small)).toMatchObject({ failed: 'status 503', behindMs: HOUR_MS });
    small.provider.onList = undefined;
    const third = await run(small);
    expect(third).toMatchObject({ finished: true, behindMs: 0 });
    expect(third.ended[0]?.report).toMatchObject(WHOLE);
  });

  it('begins anew when a page fails three times: the list may have become shorter than it was', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    afterPages(small, 1, () => 'fail');
    for (let times = 0; times < 3; times += 1) await run(small);
    expect(small.store.notes?.positions.recent).toMatchObject({ page: 2, failures: 3 });
    small.provider.onList = ({ page, status }) =>
      status === 'paid' && page === 2 ? { kind: 'failed', cause: 'past the end' } : undefined;
    for (let index = 0; index < 30; index += 1) small.provider.payments.delete(`imp_p${index}`);
    expect(await run(small)).toMatchObject({ finished: true, report: { compared: 3 * PAGE_LIMIT + 10 } });
  });

  it('has not moved since the last one that ended, also when it does not even begin', async () => {
    const small = smallWorld(NOW);
    await run(small);
    small.provider.onList = () => ({ kind: 'failed', cause: 'status 503' });
    small.clock.nowMs += HOUR_MS;
    expect(await run(small)).toMatchObject({ finished: false, behindMs: HOUR_MS });
    small.clock.nowMs += HOUR_MS;
    expect(await run(small)).toMatchObject({ finished: false, behindMs: 2 * HOUR_MS });
  });

  it('fails when the table cannot be reached, and the next run goes on', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    let saves = 0;
    small.store.onSave = () => {
      saves += 1;
      return saves === 3 ? 'fail' : 'save';
    };
    expect(await run(small)).toMatchObject({ finished: false, failed: 'the table: throttled' });
    expect(await run(small)).toMatchObject({ finished: true });
    expect(small.store.notes?.last.recent?.report).toMatchObject(WHOLE);
  });

  it('is not taken for one that failed when only the answer of a save was lost', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    small.store.onSave = () => 'lose_answer';
    expect(await run(small)).toMatchObject({ finished: true, report: WHOLE });
  });

  it('by hand goes on when the same is asked again within the hour, and begins anew otherwise', async () => {
    const small = smallWorld(NOW);
    const wish = { window: 'by_hand', fromSeconds: 1_000 } as const;
    const positionAfter = async (options: Partial<ReconcileOptions>) => {
      afterPages(small, 0, () => 'fail');
      return (await run(small, options)).position;
    };
    const first = await positionAfter(wish);
    small.clock.nowMs += HOUR_MS / 2;
    expect(await positionAfter(wish)).toEqual({ ...first, failures: 2 });
    expect(await positionAfter({ ...wish, fromSeconds: 2_000 })).toMatchObject({ failures: 1 });
    small.clock.nowMs += 2 * HOUR_MS;
    const last = await positionAfter({ ...wish, fromSeconds: 2_000 });
    expect(last).toMatchObject({ failures: 1, toSeconds: small.clock.nowMs / 1000 });
  });

  it('that was resumed is followed by what has changed since', async () => {
    const small = smallWorld(NOW);
    afterPages(small, 0, () => 'fail');
    await run(small);
    small.provider.onList = undefined;
    small.clock.nowMs += 5 * HOUR_MS;
    const result = await run(small);
    expect(result).toMatchObject({ finished: true });
    expect(result.ended.map(({ fromSeconds, toSeconds }) => [fromSeconds, toSeconds])).toEqual([
      [NOW_SECONDS - 3 * HOUR, NOW_SECONDS],
      [NOW_SECONDS - HOUR, NOW_SECONDS + 5 * HOUR],
    ]);
  });
});

const anyPosition = {
  window: 'recent',
  fromSeconds: 1_000,
  toSeconds: 2_000,
  status: 'paid',
  page: 1,
  startedAtMs: NOW,
  movedAtMs: NOW,
  failures: 0,
  report: EMPTY_REPORT,
} as const;

it('a list that does not end is a failure, not a walk without end', async () => {
  const small = smallWorld(NOW);
  small.store.notes = { version: 1, last: {}, positions: { recent: { ...anyPosition, page: 10_001 } } };
  const result = await run(small);
  expect(result).toMatchObject({ finished: false, failed: 'the list of paid payments does not end' });
  expect(small.provider.asked).toEqual([]);
});

describe('two runs', () => {
  it('of the nightly and the hourly walk at once leave each other’s position alone, and both end', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    const [hourly, nightly] = await Promise.all([run(small), run(small, { window: 'full' })]);
    expect([hourly, nightly]).toMatchObject([{ finished: true }, { finished: true }]);
    expect(small.store.notes?.last.full?.report.compared).toBe(WHOLE.compared);
    expect(small.store.notes?.last.recent?.report.compared).toBe(WHOLE.compared);
  });

  it('of one window at once count each page once, and one of them ends it', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    const results = await Promise.all([run(small), run({ ...small, now: () => small.clock.nowMs + 5 })]);
    expect(results.some(({ finished }) => finished)).toBe(true);
    expect(results.every(({ failed }) => failed === undefined)).toBe(true);
    expect(small.store.notes?.last.recent?.report.compared).toBe(WHOLE.compared);
    expect(small.store.notes?.positions.recent).toBeUndefined();
  });

  it.each(['paid', 'cancelled'])(
    'of one window never undo each other: the one that is behind stops (while it reads what was %s)',
    async (status) => {
      const small = smallWorld(NOW);
      small.provider.put(listed('imp_1'));
      small.provider.onList = (query) => {
        if (query.status !== status) return undefined;
        const { notes } = small.store;
        const further = { ...anyPosition, page: 7 };
        small.store.notes = { version: (notes?.version ?? 0) + 1, last: {}, positions: { recent: further } };
        return undefined;
      };
      const result = await run(small);
      expect(result).toMatchObject({ finished: false, ended: [] });
      expect(result.failed).toBeUndefined();
      expect(small.provider.asked.at(-1)?.status).toBe(status);
      expect(small.store.notes?.positions.recent?.page).toBe(7);
    },
  );

  it('of the hourly walk take the nightly one further when it did not end in its night', async () => {
    const small = smallWorld(NOW);
    shopOfFivePages(small);
    afterPages(small, 3, () => 'fail');
    expect(await run(small, { window: 'full' })).toMatchObject({ finished: false });
    small.provider.onList = undefined;
    const hourly = await run(small);
    expect(hourly.ended.map(({ window }) => window)).toEqual(['recent', 'full']);
    expect(small.store.notes?.positions).toEqual({});
    expect(small.store.notes?.last.full?.report).toMatchObject(WHOLE);
  });
});

it('however often a walk is cut short, its report is that of one that was not, and every won is in it', async () => {
  const cuts = fc.array(
    fc.record({ pages: fc.integer({ min: 0, max: 4 }), how: fc.constantFrom('time', 'fail', 'save') }),
    { maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(cuts, async (cut) => {
      const small = smallWorld(NOW);
      shopOfFivePages(small);
      for (const { pages, how } of cut) {
        const stopAtMs = small.clock.nowMs + 1_000;
        let saves = 0;
        small.store.onSave = () => ((saves += 1) > pages && how === 'save' ? 'fail' : 'save');
        afterPages(small, pages, () => {
          if (how === 'time') small.clock.nowMs = stopAtMs;
          return how === 'fail' ? 'fail' : undefined;
        });
        await run(small, { window: 'full', stopAtMs });
      }
      small.store.onSave = undefined;
      small.provider.onList = undefined;
      const { report } = await run(small, { window: 'full' });
      const all = [...small.provider.payments.values()].reduce((so, each) => so + each.cancelAmount, 0);
      expect(report).toMatchObject(WHOLE);
      expect((report.explained['KRW'] ?? 0) + (report.unexplained['KRW'] ?? 0)).toBe(all);
    }),
    { numRuns: 40 },
  );
});
