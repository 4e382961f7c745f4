import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { systemClock } from './clock.ts';
import { withInvocation, type Door } from './invocation.ts';
import { reportUnexpected } from './report.ts';

/** One run of a schedule. `deadlineMs`: epoch ms at which the function is stopped. */
export type Run<T> = (event: unknown, deadlineMs: number) => Promise<T>;

/** The chain around a schedule: a failure is told by the metric, and thrown on, so that Lambda counts and repeats it. */
export function scheduledHandler<T>(
  door: Door,
  run: Run<T>,
): (event: unknown, context: Context) => Promise<T> {
  const chain = middy<unknown, T>({ timeoutEarlyInMillis: 0 }).handler(async (event, context) =>
    withInvocation(async () => run(event, systemClock() + context.getRemainingTimeInMillis()), door),
  );
  return async (event, context) => {
    try {
      // Middy answers undefined only when it has been stopped early, and that is switched off.
      return (await chain(event, context, { signal: new AbortController().signal })) as T;
    } catch (error) {
      reportUnexpected(door, error, { requestId: context.awsRequestId });
      throw error;
    }
  };
}
