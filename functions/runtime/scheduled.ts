import type { Context } from 'aws-lambda';
import { systemClock } from './clock.ts';
import { withInvocation, type Door } from './invocation.ts';
import { reportFailure } from './report.ts';

/**
 * The handler of a schedule: a failure is counted and thrown again, so that Lambda counts and repeats it. A table
 * failure is no defect of ours: Lambda sees no error, because a throttle would otherwise roll back a deployment; the next run
 * does the work. `deadlineMs`: epoch ms at which the function is stopped.
 */
export function scheduledHandler<T>(
  door: Door,
  run: (event: unknown, deadlineMs: number) => Promise<T>,
): (event: unknown, context: Context) => Promise<T | { readonly failed: string }> {
  return async (event, context) => {
    const deadlineMs = systemClock() + context.getRemainingTimeInMillis();
    try {
      return await withInvocation(async () => run(event, deadlineMs), door);
    } catch (error) {
      if (reportFailure(door, error, { requestId: context.awsRequestId })) return { failed: error.message };
      throw error;
    }
  };
}
