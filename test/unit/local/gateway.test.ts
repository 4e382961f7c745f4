import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type GenerateKeyPairResult,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorize } from '../../../lib/lab/local/gateway/authorizer.ts';
import { createGateway, MAX_BODY_BYTES } from '../../../lib/lab/local/gateway/gateway.ts';
import { type GatewayRequest, joinedHeaders } from '../../../lib/lab/local/gateway/http.ts';
import type { InvocationResult } from '../../../lib/lab/local/lambda/lambda-host.ts';
import type { RoutePlan } from '../../../lib/lab/local/template/plan.ts';

const REFUND: GatewayRequest = {
  method: 'POST',
  target: '/refund',
  headers: { host: 'api.example' },
  sourceIp: '127.0.0.1',
  body: Buffer.alloc(0),
};
const DONE: InvocationResult = { kind: 'returned', payload: '{"statusCode":200,"body":"done"}' };

const throttleOf = (rate: number, burst: number) => ({
  ThrottlingRateLimit: rate,
  ThrottlingBurstLimit: burst,
});
const FREE = throttleOf(100, 100);

interface Setting {
  readonly routes?: readonly string[];
  readonly route?: Partial<RoutePlan>;
  readonly result?: InvocationResult | Promise<InvocationResult>;
  readonly now?: () => number;
  /** Whether the event gets an environment at once instead of waiting. */
  readonly starts?: boolean;
}

/** A gateway with the events that its function got. */
function gatewayOf({
  routes = ['POST /refund'],
  route,
  result = DONE,
  now = Date.now,
  starts = true,
}: Setting = {}) {
  const events: Record<string, unknown>[] = [];
  const common = { functionId: 'Function', timeoutMs: 30_000, needsToken: false, throttle: FREE };
  const gateway = createGateway({
    api: {
      apiId: 'api',
      cors: undefined,
      trust: { issuer: 'i', audience: [] },
      routes: routes.map((routeKey) => ({ routeKey, ...common, ...route })),
    },
    keys: createLocalJWKSet({ keys: [] }),
    issuerAliases: [],
    invoke: (_, event, onStart) => {
      events.push(JSON.parse(event) as Record<string, unknown>);
      if (starts) onStart?.();
      return Promise.resolve(result);
    },
    now,
  });
  const ask = (more: Partial<GatewayRequest> = {}) => gateway.handle({ ...REFUND, ...more });
  return { ask, events };
}

describe('the event that a function gets', () => {
  const ROUTES = ['GET /payments/{merchant_uid}', 'GET /payments/cancel', 'POST /payments/cancel'];

  it.for([
    ['GET', '/payments/cancel', 'GET /payments/cancel', undefined],
    ['GET', '/payments/a%20b%25', 'GET /payments/{merchant_uid}', { merchant_uid: 'a b%' }],
    ['GET', '/payments/100%', 'GET /payments/{merchant_uid}', { merchant_uid: '100%' }],
    // The path is decoded first: these then have one more segment, or a segment that no variable matches.
    ['GET', '/payments/a%2Fb', undefined, undefined],
    ['GET', '/payments/a%3Fb', undefined, undefined],
    ['POST', '/payments%2Fcancel', 'POST /payments/cancel', undefined],
    ['GET', '/payments/', undefined, undefined],
    ['DELETE', '/payments/cancel', undefined, undefined],
  ] as const)('%s %s reaches the route %s', async ([method, target, routeKey, pathParameters]) => {
    const { ask, events } = gatewayOf({ routes: ROUTES });
    expect((await ask({ method, target })).status).toBe(routeKey === undefined ? 404 : 200);
    expect(events[0]?.['routeKey']).toEqual(routeKey);
    expect(events[0]?.['pathParameters']).toEqual(pathParameters);
  });

  it('the event has path, query, headers and request context in payload format 2.0', async () => {
    const nowMs = Date.UTC(2020, 2, 12, 19, 3, 58);
    const { ask, events } = gatewayOf({ routes: ROUTES, now: () => nowMs });
    const sent = { host: 'api.example', cookie: 'a=1', 'user-agent': 'curl', connection: 'keep-alive' };
    const target = '/payments/a%20b?x=1&x=2&y=%EC%9B%90';
    const { headers } = await ask({ method: 'GET', target, headers: sent });
    const http = { method: 'GET', path: '/payments/a b', sourceIp: '127.0.0.1', userAgent: 'curl' };
    const requestId = headers['apigw-requestid'];
    expect(events[0]).toMatchObject({
      rawPath: '/payments/a b',
      rawQueryString: 'x=1&x=2&y=%EC%9B%90',
      queryStringParameters: { x: '1,2', y: '원' },
      headers: { host: 'api.example', 'content-length': '0', 'x-forwarded-for': '127.0.0.1' },
      requestContext: { http, requestId, time: '12/Mar/2020:19:03:58 +0000', timeEpoch: nowMs },
    });
    expect(events[0]?.['headers']).not.toHaveProperty('cookie');
    expect(joinedHeaders({ 'idempotency-key': ['a', 'b'] })).toEqual({ 'idempotency-key': 'a,b' });
  });

  it.for([
    ['application/json; charset=utf-8', 'utf8'],
    ['application/x-www-form-urlencoded', 'base64'],
    [undefined, 'base64'],
  ] as const)('a body of type %s is passed on as %s', async ([type, encoding]) => {
    const { ask, events } = gatewayOf();
    const body = Buffer.from('amount=1&원');
    await ask({ body, headers: { 'content-type': type } });
    expect(events[0]).toMatchObject({
      isBase64Encoded: encoding === 'base64',
      body: body.toString(encoding),
    });
  });
});

describe('the answer of the gateway', () => {
  const failed = { kind: 'failed', errorType: 'Error', errorMessage: 'x', at: '' } as const;
  const returned = (result: object) => ({ kind: 'returned', payload: JSON.stringify(result) }) as const;

  it.for<readonly [string, number, Setting]>([
    ['the function threw or timed out', 500, { result: failed }],
    ['the function returned no response', 500, { result: returned({ statusCode: 99 }) }],
    [
      'the function returned a body that is no text',
      500,
      { result: returned({ statusCode: 200, body: {} }) },
    ],
    ['no execution environment is free', 503, { result: { kind: 'throttled' } }],
    [
      'the function takes longer than the integration',
      503,
      { result: new Promise(() => undefined), route: { timeoutMs: 20 } },
    ],
    ['a request has no token', 401, { route: { needsToken: true } }],
    ['the route is throttled', 429, { route: { throttle: throttleOf(1, 0) } }],
  ])('when %s, the gateway answers %i, with Retry-After for 429 and 503', async ([, status, setting]) => {
    const { headers, ...answer } = await gatewayOf(setting).ask();
    expect(answer).toEqual({ status, body: expect.stringMatching(/^\{"message":"[A-Z]/) as unknown });
    expect(headers['retry-after']).toBe([429, 503].includes(status) ? '1' : undefined);
  });

  it('the time spent waiting for an environment does not count towards the function’s timeout', async () => {
    const late = new Promise<InvocationResult>((resolve) => setTimeout(() => resolve(DONE), 60));
    const { ask } = gatewayOf({ route: { timeoutMs: 20 }, result: late, starts: false });
    expect((await ask()).status).toBe(200);
  });

  it('a body that is too long is refused without running a function', async () => {
    const { ask, events } = gatewayOf();
    for (const body of [undefined, Buffer.alloc(MAX_BODY_BYTES - 1, 'a')])
      expect((await ask({ body })).status).toBe(413);
    expect(events).toEqual([]);
  });

  it('the gateway answers 429 after the burst until the rate allows a request again', async () => {
    let nowMs = 0;
    const { ask } = gatewayOf({ route: { throttle: throttleOf(2, 2) }, now: () => nowMs });
    const statuses = async () => [(await ask()).status, (await ask()).status, (await ask()).status];
    expect(await statuses()).toEqual([200, 200, 429]);
    nowMs += 500;
    expect(await statuses()).toEqual([200, 429, 429]);
  });
});

describe('the authorizer', () => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const VALID = { iss: 'https://issuer.example', aud: 'client-1', exp: nowSeconds + 60, iat: nowSeconds - 1 };
  let own: GenerateKeyPairResult;
  let other: GenerateKeyPairResult;
  let trust: Parameters<typeof authorize>[0];
  beforeAll(async () => {
    [own, other] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
    const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'RS256' };
    trust = { keys: createLocalJWKSet({ keys: [jwk] }), issuers: [VALID.iss], audience: ['client-1'] };
  });
  const sign = (claims: JWTPayload, key = own.privateKey) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(key);

  it('a valid token passes every claim to the function as a text, and a list in brackets', async () => {
    const claims = { ...VALID, 'cognito:groups': ['refund-staff', 'other'], address: { city: 'Seoul' } };
    expect(await authorize(trust, `Bearer ${await sign(claims)}`)).toEqual({
      ...VALID,
      exp: String(VALID.exp),
      iat: String(VALID.iat),
      'cognito:groups': '[refund-staff other]',
      address: 'map[city:Seoul]',
    });
  });

  it.for<readonly [string, boolean, JWTPayload]>([
    [
      'with client_id instead of an audience, as Cognito makes it',
      true,
      { aud: undefined, client_id: 'client-1' },
    ],
    ['with several audiences', true, { aud: ['another', 'client-1'] }],
    ['of another audience', false, { aud: 'another', client_id: 'client-1' }],
    ['of another issuer', false, { iss: 'https://evil.example' }],
    ['without an audience', false, { aud: undefined }],
    ['that has expired', false, { exp: nowSeconds - 1 }],
    ['without an end', false, { exp: undefined }],
    ['that is not valid yet', false, { nbf: nowSeconds + 60 }],
    ['issued in the future', false, { iat: nowSeconds + 60 }],
  ])('a token %s is accepted: %s', async ([, isAccepted, changed]) => {
    const answer = await authorize(trust, `Bearer ${await sign({ ...VALID, ...changed })}`);
    expect(typeof answer === 'object').toBe(isAccepted);
  });

  it('no token, a token with another key, an unsigned token and a text that is no token are refused', async () => {
    const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(VALID))}.`;
    for (const header of [undefined, await sign(VALID, other.privateKey), none, 'nonsense', ''])
      expect(await authorize(trust, header)).toMatch('Bearer');
  });
});
