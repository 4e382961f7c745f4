import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../functions/protocol/reconcile.ts';
import { ManyPayments } from '../../support/many-payments.ts';
import { listed, ListedWorld } from '../../support/listed-world.ts';

const run = async (many: ManyPayments, pageLimit: number, stopAtMs = many.nowMs + 600_000) =>
  reconcile({ window: 'full', stopAtMs, pageLimit }, many.world);

describe('a list with very many pages', () => {
  it('a long list is walked in parts: no page beyond the hundred and first is requested, and each payment is compared once', async () => {
    const many = new ManyPayments(12_000);
    const seen = new Set<string>();
    let latest = 0;
    many.onPage = (payments, { page, toSeconds }) => {
      latest = Math.max(latest, toSeconds);
      if (page <= 100) for (const { impUid } of payments) seen.add(impUid);
    };
    const { finished, report } = await run(many, 1);
    expect(finished).toBe(true);
    expect(report).toMatchObject({ compared: 12_000, unexplained: {}, found: {} });
    expect(report.explained).toEqual({ KRW: 1_200 * 1_000 });
    expect(seen.size).toBe(12_000);
    expect(many.deepest).toBe(101);
    expect(latest).toBe(many.nowMs / 1000);
    // 12,000 pages, and the extra requests that find the length of a part.
    expect(many.asked).toBeLessThan(12_000 * 1.1);
  });

  it('a walk in parts continues in the part where its time ended, and reports its progress', async () => {
    const many = new ManyPayments(3_000);
    let pages = 0;
    many.onPage = () => {
      pages += 1;
      if (pages % 40 === 0) many.nowMs += 60_000;
    };
    const progress: number[] = [];
    let result = await run(many, 2, many.nowMs + 60_000);
    while (!result.finished) {
      progress.push(result.progress);
      result = await run(many, 2, many.nowMs + 60_000);
    }
    expect(result.report.compared).toBe(3_000);
    expect(progress.length).toBeGreaterThan(20);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBeGreaterThan(0.7);
  });

  it('a list too long within one second is walked page by page, because a second cannot be divided', async () => {
    const many = new ManyPayments(250, 0);
    const { finished, report } = await run(many, 1);
    expect(finished).toBe(true);
    expect(report.compared).toBe(250);
    expect(many.deepest).toBe(225);
  });

  it('a provider error behind the end of a list does not make it a long list', async () => {
    const world = new ListedWorld();
    for (let index = 0; index < 3; index += 1) world.provides(listed(`imp_${index}`));
    world.onList = ({ page }) => (page > 100 ? { kind: 'failed', cause: 'HTTP 500' } : undefined);
    expect(await world.run({ pageLimit: 1 })).toMatchObject({ finished: true, report: { compared: 3 } });
  });

  it('a list that never ends makes the walk fail', async () => {
    const world = new ListedWorld();
    const payment = listed('imp_1');
    world.holds(payment);
    world.onList = () => ({ kind: 'page', payments: [payment], unreadable: [], more: true });
    const result = await world.run({ pageLimit: 1 });
    expect(result).toMatchObject({ finished: false, failed: 'the list of paid payments does not end' });
    expect(Math.max(...world.asked.map(({ page }) => page))).toBe(1_000);
  });
});
