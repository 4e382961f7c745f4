import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { StoreError } from '../protocol/write.ts';
import { systemClock } from './clock.ts';
import { withInvocation, type Door } from './invocation.ts';
import { reportEvent, reportUnexpected } from './report.ts';

/** One run of a schedule. `deadlineMs`: epoch ms at which the function is stopped. */
export type Run<T> = (event: unknown, deadlineMs: number) => Promise<T>;

/** A run that a table failure ended; the next run does its work. */
export interface StoreFailed {
  readonly failed: string;
}

/**
 * The middleware chain of a schedule: a failure is counted and thrown again, so that Lambda counts and repeats it. A table
 * failure is no defect of ours: Lambda sees no error, because a throttle would otherwise roll back a deployment.
 */
export function scheduledHandler<T>(
  door: Door,
  run: Run<T>,
): (event: unknown, context: Context) => Promise<T | StoreFailed> {
  const chain = middy<unknown, T>({ timeoutEarlyInMillis: 0 }).handler(async (event, context) =>
    withInvocation(async () => run(event, systemClock() + context.getRemainingTimeInMillis()), door),
  );
  return async (event, context) => {
    try {
      // Middy returns undefined only after its early stop, which is switched off.
      return (await chain(event, context, { signal: new AbortController().signal })) as T;
    } catch (error) {
      if (error instanceof StoreError) {
        reportEvent({ event: 'store_failed', during: door, cause: error.message, merchantUid: '' });
        return { failed: error.message };
      }
      reportUnexpected(door, error, { requestId: context.awsRequestId });
      throw error;
    }
  };
}
