import type { ThrottlePlan } from '../template/plan-api.ts';

/** Whether one more request may pass. */
export type Throttle = (nowMs: number) => boolean;

/** A token bucket, as API Gateway's: `burst` requests at once, refilled by `ratePerSecond`. */
export function createThrottle(plan: ThrottlePlan | undefined): Throttle {
  if (plan === undefined) return () => true;
  let tokens = plan.burst;
  let filledAtMs = -Infinity;
  return (nowMs) => {
    const passedSeconds = Math.max(nowMs - filledAtMs, 0) / 1000;
    tokens = Math.min(plan.burst, tokens + passedSeconds * plan.ratePerSecond);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
