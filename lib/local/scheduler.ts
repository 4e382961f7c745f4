import type { LambdaHost } from './lambda/lambda-host.ts';
import type { SchedulePlan } from './template/plan.ts';

export interface Scheduler {
  /** Resolves when no run of the schedule is under way. */
  readonly idle: () => Promise<void>;
  readonly end: () => void;
}

export interface SchedulerOptions {
  readonly schedule: SchedulePlan;
  /** Instead of the template's rate; `never` leaves it to somebody else to run the target. */
  readonly everyMs?: number | 'never' | undefined;
}

/**
 * Runs a schedule's target by the clock. EventBridge Scheduler does not wait for the run before, so in the cloud two runs
 * overlap when one takes longer than the rate of the template; here they do so then, and not because the rate is shorter.
 */
export function startScheduler({ schedule, everyMs }: SchedulerOptions, host: LambdaHost): Scheduler {
  const startTimesMs = new Map<Promise<unknown>, number>();
  const beat = (): void => {
    const nowMs = Date.now();
    if ([...startTimesMs.values()].some((startedAtMs) => nowMs - startedAtMs < schedule.rateMs)) return;
    // A failed run is in the log, and the next beat is its repetition.
    const run = host.invoke(schedule.functionId, schedule.input).finally(() => startTimesMs.delete(run));
    startTimesMs.set(run, nowMs);
  };
  const isOff = everyMs === 'never' || !schedule.isEnabled;
  const timer = isOff ? undefined : setInterval(beat, everyMs ?? schedule.rateMs);
  return {
    idle: async () => {
      await Promise.all(startTimesMs.keys());
    },
    end: () => clearInterval(timer),
  };
}
