import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Scheduler, type SchedulerOptions, startScheduler } from '../../../lib/lab/local/scheduler.ts';
import type { SchedulePlan } from '../../../lib/lab/local/template/plan.ts';

const SCHEDULE: SchedulePlan = {
  logicalId: 'Schedule',
  timing: { kind: 'rate', everyMs: 60_000 },
  functionId: 'Resolver',
  input: '{"a":1}',
  isEnabled: true,
};

const FASTER = { functionId: 'Resolver', everyMs: 1000 };

let scheduler: Scheduler | undefined;
let ends: (() => void)[];
let events: string[];

beforeEach(() => {
  vi.useFakeTimers();
  ends = [];
  events = [];
});
afterEach(() => {
  scheduler?.end();
  vi.useRealTimers();
});

/** A host whose runs end only when the test ends them. */
const host = {
  invoke: (functionId: string, event: string) => {
    events.push(`${functionId} ${event}`);
    const { promise, resolve } = Promise.withResolvers<{ kind: 'returned'; payload: string }>();
    ends.push(() => resolve({ kind: 'returned', payload: 'null' }));
    return promise;
  },
  end: () => Promise.resolve(),
};

function start(options: Partial<SchedulerOptions> = {}): Scheduler {
  scheduler = startScheduler({ schedules: [SCHEDULE], ...options }, host);
  return scheduler;
}

async function endRun(): Promise<void> {
  ends.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
}

describe('the schedule', () => {
  it('the schedule runs its target at the rate of the template, with its input', async () => {
    start();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(['Resolver {"a":1}']);
  });

  it('a faster schedule waits for its previous run', async () => {
    start({ faster: FASTER });
    await vi.advanceTimersByTimeAsync(5000);
    expect(events).toHaveLength(1);
    await endRun();
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toHaveLength(2);
  });

  it('making one schedule faster does not change another', async () => {
    start({ schedules: [SCHEDULE, { ...SCHEDULE, functionId: 'Other' }], faster: FASTER });
    await vi.advanceTimersByTimeAsync(2000);
    expect(events).toEqual(['Resolver {"a":1}']);
    await vi.advanceTimersByTimeAsync(58_000);
    expect(events).toContain('Other {"a":1}');
  });

  it.each([
    [3, ['2026-03-01T18:10:00.000Z', '2026-03-02T18:10:00.000Z']],
    ['every' as const, ['2026-03-01T17:10:00.000Z', '2026-03-01T18:10:00.000Z']],
  ])('a clock schedule uses its time zone: ten past %s in Seoul', async (hour, times) => {
    vi.setSystemTime('2026-03-01T16:30:20Z');
    start({
      schedules: [{ ...SCHEDULE, timing: { kind: 'clock', minute: 10, hour, timeZone: 'Asia/Seoul' } }],
    });
    const ran: string[] = [];
    while (ran.length < 2) {
      await vi.advanceTimersByTimeAsync(1000);
      if (events.splice(0).length > 0) ran.push(new Date().toISOString());
    }
    expect(ran.map((time) => time.slice(0, 16))).toEqual(times.map((time) => time.slice(0, 16)));
  });

  it('a run overlaps with a previous one that takes longer than the rate, as in AWS', async () => {
    start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(events).toHaveLength(2);
  });

  it.each([
    ['set to never', { faster: 'never' as const }],
    ['disabled in the template', { schedules: [{ ...SCHEDULE, isEnabled: false }] }],
  ])('a schedule that is %s does not run', async (_, options) => {
    start(options);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events).toEqual([]);
  });

  it('the schedule is idle after its run has ended', async () => {
    const { idle } = start({ faster: FASTER });
    await vi.advanceTimersByTimeAsync(1000);
    let isIdle = false;
    void idle().then(() => (isIdle = true));
    await vi.advanceTimersByTimeAsync(10);
    expect(isIdle).toBe(false);
    await endRun();
    expect(isIdle).toBe(true);
  });
});
