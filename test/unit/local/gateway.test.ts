import { createLocalJWKSet } from 'jose';
import { describe, expect, it } from 'vitest';
import { isPreflight, preflightAnswer, withCors } from '../../../lib/lab/local/gateway/cors.ts';
import { createEvent, responseOf } from '../../../lib/lab/local/gateway/event.ts';
import {
  createGateway,
  type Gateway,
  MAX_BODY_BYTES,
  selectRoute,
} from '../../../lib/lab/local/gateway/gateway.ts';
import { type GatewayRequest, joinedHeaders } from '../../../lib/lab/local/gateway/http.ts';
import type { InvocationResult } from '../../../lib/lab/local/lambda/lambda-host.ts';
import type { RoutePlan } from '../../../lib/lab/local/template/plan-api.ts';

const EMPTY: GatewayRequest = {
  method: 'GET',
  target: '/',
  headers: { host: 'api.example' },
  sourceIp: '127.0.0.1',
  body: Buffer.alloc(0),
};

function routeOf(routeKey: string, fields: Partial<RoutePlan> = {}): RoutePlan {
  const none = { authorizer: undefined, throttle: undefined };
  return { routeKey, functionId: 'Function', timeoutMs: 30_000, ...none, ...fields };
}

describe('the route selection of an HTTP API', () => {
  const ROUTES = [
    '$default',
    'ANY /payments/{proxy+}',
    'GET /payments/{merchant_uid}',
    'ANY /payments/cancel',
    'POST /payments/cancel',
  ].map((key) => routeOf(key));

  it.each([
    ['POST', '/payments/cancel', 'POST /payments/cancel', {}],
    ['PUT', '/payments/cancel', 'ANY /payments/cancel', {}],
    ['GET', '/payments/a%20b%25', 'GET /payments/{merchant_uid}', { merchant_uid: 'a b%' }],
    ['GET', '/payments/100%', 'GET /payments/{merchant_uid}', { merchant_uid: '100%' }],
    // The path is decoded first: these then have one more segment, or a segment that no variable matches.
    ['GET', '/payments/a%2Fb', 'ANY /payments/{proxy+}', { proxy: 'a/b' }],
    ['GET', '/payments/a%3Fb', '$default', {}],
    ['POST', '/payments%2Fcancel', 'POST /payments/cancel', {}],
    ['GET', '/payments/', '$default', {}],
    ['GET', '/payments', '$default', {}],
    ['POST', '/payments/cancel/', 'ANY /payments/{proxy+}', { proxy: 'cancel/' }],
  ])('%s %s → %s', (method, path, routeKey, pathParameters) => {
    const selected = selectRoute(ROUTES, method, path);
    expect([selected?.route.routeKey, selected?.pathParameters]).toEqual([routeKey, pathParameters]);
  });

  it('a path without a route has no match if there is no $default', () => {
    expect(selectRoute(ROUTES.slice(2), 'DELETE', '/payments/order-1')).toBeUndefined();
  });
});

describe('the event in payload format 2.0', () => {
  const nowMs = Date.UTC(2020, 2, 12, 19, 3, 58);
  const traceId = 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e';
  const CONTEXT = { apiId: 'api', requestId: 'JKJaXmPLvHcESHA=', traceId, nowMs, jwt: undefined };

  function eventOf(fields: Partial<GatewayRequest>, pathParameters: Record<string, string> = {}): object {
    const route = routeOf('GET /payments/{merchant_uid}');
    return createEvent({ ...EMPTY, ...fields }, { route, pathParameters }, CONTEXT);
  }

  it('the event has path, query, cookies, headers and request context', () => {
    const target = '/payments/a%20b?x=1&x=2&y=%EC%9B%90';
    const sent = { host: 'api.example', cookie: 'a=1; b=2', 'user-agent': 'curl', connection: 'keep-alive' };
    const event = eventOf({ target, headers: sent }, { merchant_uid: 'a b' });
    const sender = { sourceIp: '127.0.0.1', userAgent: 'curl' };
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /payments/{merchant_uid}',
      rawPath: '/payments/a b',
      rawQueryString: 'x=1&x=2&y=%EC%9B%90',
      queryStringParameters: { x: '1,2', y: '원' },
      cookies: ['a=1', 'b=2'],
      pathParameters: { merchant_uid: 'a b' },
      requestContext: {
        domainName: 'api.example',
        http: { method: 'GET', path: '/payments/a b', protocol: 'HTTP/1.1', ...sender },
        requestId: CONTEXT.requestId,
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: nowMs,
      },
      isBase64Encoded: false,
    });
    expect(event).toHaveProperty('headers', {
      host: 'api.example',
      'user-agent': 'curl',
      'content-length': '0',
      'x-amzn-trace-id': traceId,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    });
  });

  it.each(['cookies', 'queryStringParameters', 'pathParameters', 'body', 'requestContext.authorizer'])(
    'the event has no %s when there is none',
    (absent) => {
      expect(eventOf({})).not.toHaveProperty(absent);
    },
  );

  it.each([
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    [undefined, true],
  ])('the event has a body of type %s in base64: %s', (type, isBase64Encoded) => {
    const body = Buffer.from('amount=1&원');
    const event = eventOf({ body, headers: { 'content-type': type } });
    expect(event).toMatchObject({
      isBase64Encoded,
      body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    });
  });

  it('the event joins the values of a repeated header with a comma', () => {
    expect(joinedHeaders({ 'idempotency-key': ['a', 'b'], cookie: ['c=1', 'd=2'] })).toEqual({
      'idempotency-key': 'a,b',
      cookie: 'c=1; d=2',
    });
  });
});

describe('the response for the result of a function', () => {
  const headers = { 'content-type': 'text/plain;charset=UTF-8' };
  const json = { 'content-type': 'application/json' };

  it.each<readonly [unknown, object]>([
    [
      {
        statusCode: 201,
        headers: { 'X-A': 1, 'Content-Type': 'application/json' },
        cookies: ['a=1'],
        body: '{}',
      },
      { status: 201, headers: { 'x-a': '1', ...json }, cookies: ['a=1'], body: '{}' },
    ],
    [{ statusCode: 204 }, { status: 204, headers, cookies: [], body: '' }],
    [
      { statusCode: 200, body: 'aGk=', isBase64Encoded: true },
      { status: 200, headers, cookies: [], body: Buffer.from('hi') },
    ],
    // A Content-Length from the function would contradict the real length.
    [
      { statusCode: 200, headers: { 'Content-Length': '999' }, body: 'hi' },
      { status: 200, headers, cookies: [], body: 'hi' },
    ],
    [{ a: 1 }, { status: 200, headers: json, body: '{"a":1}' }],
    ['hello', { status: 200, headers: json, body: 'hello' }],
    ...[{ statusCode: 'nonsense' }, { statusCode: 99 }, { statusCode: 200, body: { a: 1 } }].map(
      (wrong) =>
        [wrong, { status: 500, headers: json, body: '{"message":"Internal Server Error"}' }] as const,
    ),
  ])('the result %j becomes the response %j', (result, response) => {
    expect(responseOf(JSON.stringify(result))).toEqual(response);
  });
});

interface Setting {
  readonly route?: Partial<RoutePlan>;
  readonly result?: InvocationResult | Promise<InvocationResult>;
  readonly now?: () => number;
  /** Whether the event gets an environment at once instead of waiting. */
  readonly starts?: boolean;
}

const DONE: InvocationResult = { kind: 'returned', payload: '{"statusCode":200,"body":"done"}' };
const REFUND: GatewayRequest = { ...EMPTY, method: 'POST', target: '/refund' };

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

describe('errors of the gateway itself', () => {
  it.each<[string, number, string, Setting]>([
    [
      'the function threw or timed out',
      500,
      'Internal Server Error',
      { result: { kind: 'failed', errorType: 'Error', errorMessage: 'x', trace: '' } },
    ],
    ['no execution environment is free', 503, 'Service Unavailable', { result: { kind: 'throttled' } }],
    [
      'the function takes longer than the integration',
      503,
      'Service Unavailable',
      { result: new Promise(() => undefined), route: { timeoutMs: 20 } },
    ],
    [
      'a request has no token on a route with an authorizer',
      401,
      'Unauthorized',
      { route: { authorizer: { issuer: 'i', audience: [], scopes: [] } } },
    ],
    [
      'the route is throttled',
      429,
      'Too Many Requests',
      { route: { throttle: { ratePerSecond: 1, burst: 0 } } },
    ],
  ])(
    'when %s, the gateway answers %i %s, with Retry-After for 429 and 503',
    async (_, status, message, setting) => {
      const { headers, ...answer } = await gatewayOf(setting).handle(REFUND);
      expect(answer).toEqual({ status, body: JSON.stringify({ message }) });
      expect(headers['retry-after']).toBe([429, 503].includes(status) ? '1' : undefined);
    },
  );

  it('the time spent waiting for an environment does not count towards the function’s timeout', async () => {
    const route = { timeoutMs: 20 };
    const afterTheTimeout = new Promise<InvocationResult>((resolve) => setTimeout(() => resolve(DONE), 60));
    const gateway = gatewayOf({ route, result: afterTheTimeout, starts: false });
    expect(await gateway.handle(REFUND)).toMatchObject({ status: 200 });
  });

  it('the gateway answers 413 for a too large body and 404 for an unknown route, without running a function', async () => {
    const gateway = gatewayOf();
    for (const body of [undefined, Buffer.alloc(MAX_BODY_BYTES - 1, 'a')])
      expect(await gateway.handle({ ...REFUND, body })).toMatchObject({ status: 413 });
    expect(gateway.serves({ method: 'GET', target: '/refund' })).toBe(false);
    expect(await gateway.handle({ ...EMPTY, target: '/refund' })).toMatchObject({ status: 404 });
    expect(gateway.events).toEqual([]);
  });

  it('the gateway answers 429 after the burst until the rate allows a request again', async () => {
    let nowMs = 0;
    const gateway = gatewayOf({ route: { throttle: { ratePerSecond: 2, burst: 2 } }, now: () => nowMs });
    const status = async (): Promise<number> => (await gateway.handle(REFUND)).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    nowMs += 500;
    expect([await status(), await status()]).toEqual([200, 429]);
  });

  it('every answer has the request id that the function got', async () => {
    const gateway = gatewayOf();
    const { headers } = await gateway.handle(REFUND);
    expect(JSON.parse(gateway.events[0] ?? '')).toMatchObject({
      requestContext: { requestId: headers['apigw-requestid'] },
    });
  });
});

describe('CORS', () => {
  const SHOP = 'https://shop.example';
  const CORS = {
    allowOrigins: [SHOP],
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['authorization', 'content-type'],
    exposeHeaders: ['location'],
    allowCredentials: false,
    maxAgeSeconds: 600,
  };
  const from = (origin: string): GatewayRequest => ({
    ...EMPTY,
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });

  it('a preflight of an allowed origin gets the CORS headers, and one of another origin gets none', () => {
    const headers = {
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '600',
    };
    expect(preflightAnswer(CORS, from(SHOP))).toEqual({ status: 204, body: '', headers });
    expect(preflightAnswer(CORS, from('https://evil.example'))).toEqual({
      status: 204,
      body: '',
      headers: {},
    });
  });

  it('only an OPTIONS with an origin and a requested method is a preflight', () => {
    expect(isPreflight(from(SHOP))).toBe(true);
    expect(isPreflight({ ...from(SHOP), headers: { origin: SHOP } })).toBe(false);
    expect(isPreflight({ ...EMPTY, method: 'OPTIONS' })).toBe(false);
  });

  it.each([
    ['*', 'https://any.example', '*'],
    ['https://*', 'https://any.example', 'https://any.example'],
    ['https://*', 'http://any.example', undefined],
  ])('with %s allowed, the origin %s gets %s', (allowed, origin, answer) => {
    const { headers } = preflightAnswer({ ...CORS, allowOrigins: [allowed] }, from(origin));
    expect(headers['access-control-allow-origin']).toBe(answer);
  });

  it.each([
    [SHOP, { 'access-control-allow-origin': SHOP, 'access-control-expose-headers': 'location' }],
    ['https://evil.example', {}],
  ])('the CORS headers for %s are %j, whatever the function returns', (origin, allowed) => {
    const json = { 'content-type': 'application/json' };
    const answer = { status: 401, headers: { ...json, 'access-control-allow-origin': '*' }, body: '{}' };
    expect(withCors(CORS, from(origin), answer).headers).toEqual({ ...json, ...allowed });
  });
});
