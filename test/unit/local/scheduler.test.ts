import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type SchedulerOptions, startScheduler } from '../../../lib/lab/local/scheduler.ts';
import type { SchedulePlan } from '../../../lib/lab/local/template/plan.ts';

const RATE = { kind: 'rate', everyMs: 60_000 } as const;
const SCHEDULE: SchedulePlan = { timing: RATE, functionId: 'Resolver', input: '{"a":1}', isEnabled: true };
const FASTER = { functionId: 'Resolver', everyMs: 1000 };

let runs: { readonly event: string; readonly end: () => void }[] = [];
let stop = () => {};
beforeEach(() => {
  vi.useFakeTimers();
  runs = [];
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** Starts schedules; a run ends only when the test ends it. */
function start(options: Partial<SchedulerOptions> = {}): void {
  stop = startScheduler(
    { schedules: [SCHEDULE], ...options },
    {
      invoke: (functionId, event) => {
        const { promise, resolve } = Promise.withResolvers<{ kind: 'returned'; payload: string }>();
        runs.push({
          event: `${functionId} ${event}`,
          end: () => resolve({ kind: 'returned', payload: 'null' }),
        });
        return promise;
      },
    },
  ).end;
}

/** How many runs have started after so much more time. */
async function startedAfter(ms: number): Promise<number> {
  await vi.advanceTimersByTimeAsync(ms);
  return runs.length;
}

it('a schedule runs its target at the rate of the template, even if the previous run has not ended, as in AWS', async () => {
  start();
  expect([await startedAfter(59_999), await startedAfter(1), await startedAfter(60_000)]).toEqual([0, 1, 2]);
  expect(runs[0]?.event).toBe('Resolver {"a":1}');
});

it('a faster schedule waits for its previous run, and changes no other schedule', async () => {
  start({ schedules: [SCHEDULE, { ...SCHEDULE, functionId: 'Other' }], faster: FASTER });
  expect(await startedAfter(5_000)).toBe(1);
  runs[0]?.end();
  expect(await startedAfter(1_000)).toBe(2);
  await startedAfter(54_000);
  expect(runs.filter(({ event }) => event.startsWith('Other'))).toHaveLength(1);
});

it('a daily schedule runs in its time zone: ten past three in Seoul', async () => {
  vi.setSystemTime('2026-03-01T16:30:20Z');
  start({
    schedules: [{ ...SCHEDULE, timing: { kind: 'daily', minute: 10, hour: 3, timeZone: 'Asia/Seoul' } }],
  });
  // 18:10 in UTC is 99 min 40 s later.
  expect([await startedAfter(99 * 60_000), await startedAfter(60_000)]).toEqual([0, 1]);
  expect(await startedAfter(23 * 3_600_000)).toBe(1);
});

it.for<readonly [string, Partial<SchedulerOptions>]>([
  ['set to never', { faster: 'never' }],
  ['disabled in the template', { schedules: [{ ...SCHEDULE, isEnabled: false }] }],
])('a schedule that is %s does not run', async ([, options]) => {
  start(options);
  expect(await startedAfter(600_000)).toBe(0);
});
