import { assertNever } from '../../../functions/refund/assert-never.ts';
import type { LambdaHost } from './lambda/lambda-host.ts';
import type { SchedulePlan, Timing } from './template/plan.ts';

export interface Scheduler {
  /** Resolves when no run of the schedules is under way. */
  readonly idle: () => Promise<void>;
  readonly end: () => void;
}

export interface SchedulerOptions {
  readonly schedules: readonly SchedulePlan[];
  /** Another rate for one function; `never` runs no schedule. */
  readonly faster?: { readonly functionId: string; readonly everyMs: number } | 'never' | undefined;
}

/**
 * Runs the targets of the schedules. EventBridge Scheduler does not wait for the previous run, so in AWS two runs overlap if
 * one takes longer than the template's rate. Here they overlap in that case, too, but not because of a faster rate.
 */
export function startScheduler({ schedules, faster }: SchedulerOptions, host: LambdaHost): Scheduler {
  const played = faster === 'never' ? [] : schedules.filter(({ isEnabled }) => isEnabled);
  const running = new Set<Promise<unknown>>();
  const ends = played.map((schedule) => {
    const isFaster = typeof faster === 'object' && faster.functionId === schedule.functionId;
    return start(isFaster ? { kind: 'rate', everyMs: faster.everyMs } : schedule.timing, beatOf(schedule));
  });

  function beatOf(schedule: SchedulePlan): () => void {
    const startTimesMs = new Map<Promise<unknown>, number>();
    return () => {
      const nowMs = Date.now();
      const periodMs = periodOf(schedule.timing);
      if ([...startTimesMs.values()].some((startedAtMs) => nowMs - startedAtMs < periodMs)) return;
      // A failed run is logged, and the next run repeats its work.
      const run = host.invoke(schedule.functionId, schedule.input).finally(() => {
        startTimesMs.delete(run);
        running.delete(run);
      });
      startTimesMs.set(run, nowMs);
      running.add(run);
    };
  }

  return {
    idle: async () => {
      await Promise.all(running);
    },
    end: () => {
      for (const end of ends) end();
    },
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function periodOf(timing: Timing): number {
  switch (timing.kind) {
    case 'rate':
      return timing.everyMs;
    case 'clock':
      return timing.hour === 'every' ? HOUR_MS : 24 * HOUR_MS;
    default:
      return assertNever(timing);
  }
}

/** Beats until the function that comes back is called. */
function start(timing: Timing, beat: () => void): () => void {
  if (timing.kind === 'rate') {
    const timer = setInterval(beat, timing.everyMs);
    return () => clearInterval(timer);
  }
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    // To the beginning of the next minute; the offset of every time zone in use is whole minutes.
    timer = setTimeout(
      () => {
        if (isDue(timing, Date.now())) beat();
        wait();
      },
      MINUTE_MS - (Date.now() % MINUTE_MS),
    );
  };
  wait();
  return () => clearTimeout(timer);
}

function isDue({ minute, hour, timeZone }: Extract<Timing, { kind: 'clock' }>, nowMs: number): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const [hourNow, minuteNow] = parts.format(nowMs).split(':').map(Number);
  return minuteNow === minute && (hour === 'every' || hourNow === hour);
}
