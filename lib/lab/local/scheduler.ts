import type { LambdaHost } from './lambda/lambda-host.ts';
import type { SchedulePlan, Timing } from './template/plan.ts';

export interface SchedulerOptions {
  readonly schedules: readonly SchedulePlan[];
  /** Another rate for one function; `never` runs no schedule. */
  readonly faster?: { readonly functionId: string; readonly everyMs: number } | 'never' | undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Runs the targets of the schedules. EventBridge Scheduler does not wait for the previous run, so in AWS two runs overlap if
 * one takes longer than the template's rate. Here they overlap in that case, too, but not because of a faster rate.
 */
export function startScheduler(
  { schedules, faster }: SchedulerOptions,
  { invoke }: Pick<LambdaHost, 'invoke'>,
): { readonly end: () => void } {
  const enabled = faster === 'never' ? [] : schedules.filter(({ isEnabled }) => isEnabled);
  const ends = enabled.map(({ functionId, timing, input }) => {
    const isFaster = typeof faster === 'object' && faster.functionId === functionId;
    const periodMs = timing.kind === 'rate' ? timing.everyMs : DAY_MS;
    const startTimesMs = new Set<number>();
    return every(isFaster ? { kind: 'rate', everyMs: faster.everyMs } : timing, () => {
      const nowMs = Date.now();
      if ([...startTimesMs].some((startedAtMs) => nowMs - startedAtMs < periodMs)) return;
      startTimesMs.add(nowMs);
      // A failed run is logged, and the next run repeats its work.
      void invoke(functionId, input).finally(() => startTimesMs.delete(nowMs));
    });
  });
  return {
    end: () => {
      for (const end of ends) end();
    },
  };
}

/** Runs `beat` until the returned function is called. */
function every(timing: Timing, beat: () => void): () => void {
  if (timing.kind === 'rate') {
    const timer = setInterval(beat, timing.everyMs);
    return () => clearInterval(timer);
  }
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    // To the beginning of the next minute; the offset of every time zone in use is whole minutes.
    const waitMs = MINUTE_MS - (Date.now() % MINUTE_MS);
    timer = setTimeout(() => {
      if (isDue(timing, Date.now())) beat();
      wait();
    }, waitMs);
  };
  wait();
  return () => clearTimeout(timer);
}

function isDue({ minute, hour, timeZone }: Extract<Timing, { kind: 'daily' }>, nowMs: number): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const [hourNow, minuteNow] = parts.format(nowMs).split(':').map(Number);
  return minuteNow === minute && hourNow === hour;
}
