import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { describeError } from '../iamport/outcome.ts';
import { systemClock } from '../runtime/clock.ts';
import { writeLine } from '../runtime/observability.ts';
import { problem } from './problem.ts';

export type HttpEvent = APIGatewayProxyEventV2;
export type HttpResult = APIGatewayProxyStructuredResultV2;
type Layer = middy.MiddlewareObj<HttpEvent, HttpResult>;

/** A request of one route. `deadlineMs`: epoch ms at which the function is stopped, answered or not. */
export type HttpRoute = (event: HttpEvent, deadlineMs: number) => Promise<HttpResult>;

/** The one chain around every route: an answer whatever happens, and one line about it without personal data. */
export function httpHandler(route: HttpRoute): (event: HttpEvent, context: Context) => Promise<HttpResult> {
  // The route ends before its deadline by itself; middy's own early stop would turn a truth into an error.
  const chain = middy<HttpEvent, HttpResult>({ timeoutEarlyInMillis: 0 })
    .use(accessLine())
    .use(neutralErrors())
    .handler(async (event, context) => route(event, systemClock() + context.getRemainingTimeInMillis()));
  return async (event, context) =>
    (await chain(event, context, { signal: new AbortController().signal })) ?? problem('INTERNAL_ERROR');
}

function accessLine(): Layer {
  return {
    after: ({ event, response, context }) => {
      writeLine({
        level: 'INFO',
        event: 'answered',
        route: event.routeKey,
        status: response?.statusCode,
        requestId: context.awsRequestId,
      });
    },
  };
}

/** An unexpected error: the cause goes to the log by name and place, a neutral body to the caller. */
function neutralErrors(): Layer {
  return {
    onError: (request) => {
      const { error, event, context } = request;
      const stack = error instanceof Error ? error.stack?.split('\n').slice(1, 6) : undefined;
      const cause = describeError(error);
      writeLine({
        level: 'ERROR',
        event: 'failed',
        route: event.routeKey,
        cause,
        stack,
        requestId: context.awsRequestId,
      });
      request.response = problem('INTERNAL_ERROR');
    },
  };
}

/** API Gateway hands headers over in lower case; a test or another front may not. */
export function header(event: HttpEvent, name: string): string | undefined {
  return Object.entries(event.headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

export function json(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResult {
  const always = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { statusCode, headers: { ...always, ...headers }, body: JSON.stringify(body) };
}
