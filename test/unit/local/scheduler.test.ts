import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Scheduler, startScheduler } from '../../../lib/local/scheduler.ts';

const SCHEDULE = {
  logicalId: 'Schedule',
  rateMs: 60_000,
  functionId: 'Resolver',
  input: '{"a":1}',
  isEnabled: true,
};

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

/** A host whose runs last until the test ends them. */
const host = {
  invoke: (functionId: string, event: string) => {
    events.push(`${functionId} ${event}`);
    const { promise, resolve } = Promise.withResolvers<{ kind: 'returned'; payload: string }>();
    ends.push(() => resolve({ kind: 'returned', payload: 'null' }));
    return promise;
  },
  end: () => Promise.resolve(),
};

function start(options: Partial<Parameters<typeof startScheduler>[0]> = {}): Scheduler {
  scheduler = startScheduler({ schedule: SCHEDULE, ...options }, host);
  return scheduler;
}

async function endRun(): Promise<void> {
  ends.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
}

describe('the schedule', () => {
  test('runs its target at the rate of the template, with its input', async () => {
    start();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(['Resolver {"a":1}']);
  });

  test('may be made faster, and then waits for the run before', async () => {
    start({ everyMs: 1000 });
    await vi.advanceTimersByTimeAsync(5000);
    expect(events).toHaveLength(1);
    await endRun();
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toHaveLength(2);
  });

  test('overlaps with a run that takes longer than the rate of the template, as in the cloud', async () => {
    start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(events).toHaveLength(2);
  });

  test.each([
    ['never', { everyMs: 'never' as const }],
    ['disabled in the template', { schedule: { ...SCHEDULE, isEnabled: false } }],
  ])('%s: no run', async (_, options) => {
    start(options);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events).toEqual([]);
  });

  test('is idle when its run has ended', async () => {
    const { idle } = start({ everyMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    let isIdle = false;
    void idle().then(() => (isIdle = true));
    await vi.advanceTimersByTimeAsync(10);
    expect(isIdle).toBe(false);
    await endRun();
    expect(isIdle).toBe(true);
  });
});
