import { createLocalJWKSet } from 'jose';
import { describe, expect, it } from 'vitest';
import { createGateway, type Gateway, MAX_BODY_BYTES } from '../../../lib/lab/local/gateway/gateway.ts';
import type { InvocationResult } from '../../../lib/lab/local/lambda/lambda-host.ts';
import type { RoutePlan } from '../../../lib/lab/local/template/plan-api.ts';
import { requestOf, routeOf } from './gateway-request.ts';

interface Setting {
  readonly route?: Partial<RoutePlan>;
  readonly result?: InvocationResult | Promise<InvocationResult>;
  readonly now?: () => number;
  /** Whether the event gets an environment at once, instead of waiting in line. */
  readonly starts?: boolean;
}

const DONE: InvocationResult = { kind: 'returned', payload: '{"statusCode":200,"body":"done"}' };

function gatewayOf({ route = {}, result = DONE, now = Date.now, starts = true }: Setting = {}): Gateway & {
  readonly events: string[];
} {
  const events: string[] = [];
  const gateway = createGateway({
    api: { apiId: 'api', name: 'api', cors: undefined, routes: [routeOf('POST /refund', route)] },
    keys: createLocalJWKSet({ keys: [] }),
    invoke: (_, event, { onStart } = {}) => {
      events.push(event);
      if (starts) onStart?.();
      return Promise.resolve(result);
    },
    now,
  });
  return { ...gateway, events };
}

const REFUND = requestOf({ method: 'POST', target: '/refund' });

describe('the gateway answers itself', () => {
  it.each<[string, number, string, Setting]>([
    [
      'the function threw or timed out',
      500,
      'Internal Server Error',
      { result: { kind: 'failed', errorType: 'Error', errorMessage: 'x', trace: '' } },
    ],
    ['the function has no free place', 503, 'Service Unavailable', { result: { kind: 'throttled' } }],
    [
      'the function takes longer than the integration',
      503,
      'Service Unavailable',
      { result: new Promise(() => undefined), route: { timeoutMs: 20 } },
    ],
    [
      'no token on a route with an authorizer',
      401,
      'Unauthorized',
      { route: { authorizer: { issuer: 'i', audience: [], scopes: [] } } },
    ],
  ])('%s: %i %s', async (_, status, message, setting) => {
    expect(await gatewayOf(setting).handle(REFUND)).toMatchObject({
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message }),
    });
  });

  it('time in the line for a place does not count as time of the function', async () => {
    const route = { timeoutMs: 20 };
    const afterTheTimeout = new Promise<InvocationResult>((resolve) => setTimeout(() => resolve(DONE), 60));
    const gateway = gatewayOf({ route, result: afterTheTimeout, starts: false });
    expect(await gateway.handle(REFUND)).toMatchObject({ status: 200 });
  });

  it.each<[number, Setting]>([
    [503, { result: { kind: 'throttled' } }],
    [429, { route: { throttle: { ratePerSecond: 1, burst: 0 } } }],
  ])('%i says when to try again', async (status, setting) => {
    const { headers, ...answer } = await gatewayOf(setting).handle(REFUND);
    expect(answer).toMatchObject({ status });
    expect(headers).toMatchObject({ 'retry-after': '1' });
  });

  it('a body over 10 MB: 413, and no function runs', async () => {
    const gateway = gatewayOf();
    expect(await gateway.handle({ ...REFUND, body: undefined })).toMatchObject({ status: 413 });
    const overLambdasLimit = Buffer.alloc(MAX_BODY_BYTES - 1, 'a');
    expect(await gateway.handle({ ...REFUND, body: overLambdasLimit })).toMatchObject({ status: 413 });
    expect(gateway.events).toEqual([]);
  });

  it('no route: 404', async () => {
    const gateway = gatewayOf();
    expect(gateway.serves({ method: 'GET', target: '/refund' })).toBe(false);
    expect(await gateway.handle(requestOf({ target: '/refund' }))).toMatchObject({ status: 404 });
  });

  it('past the burst: 429, until the bucket has filled again at the rate', async () => {
    let nowMs = 0;
    const gateway = gatewayOf({ route: { throttle: { ratePerSecond: 2, burst: 2 } }, now: () => nowMs });
    const status = async (): Promise<number> => (await gateway.handle(REFUND)).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    nowMs += 500;
    expect([await status(), await status()]).toEqual([200, 429]);
  });
});

it('every answer carries the id that the function was given', async () => {
  const gateway = gatewayOf();
  const { headers } = await gateway.handle(REFUND);
  expect(JSON.parse(gateway.events[0] ?? '')).toMatchObject({
    requestContext: { requestId: headers['apigw-requestid'] },
  });
});
