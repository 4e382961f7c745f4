import { describe, expect, it } from 'vitest';
import { createEvent } from '../../../lib/lab/local/gateway/event.ts';
import { type GatewayRequest, joinedHeaders } from '../../../lib/lab/local/gateway/http.ts';
import { requestOf, routeOf } from './gateway-request.ts';

const CONTEXT = {
  apiId: 'api',
  requestId: 'JKJaXmPLvHcESHA=',
  traceId: 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
  nowMs: Date.UTC(2020, 2, 12, 19, 3, 58),
  jwt: undefined,
};

function eventOf(fields: Partial<GatewayRequest>, pathParameters: Record<string, string> = {}): object {
  return createEvent(
    requestOf(fields),
    { route: routeOf('GET /payments/{merchant_uid}'), pathParameters },
    CONTEXT,
  );
}

describe('the event, payload 2.0', () => {
  it('path, query, cookies, headers and request context', () => {
    const event = eventOf(
      {
        target: '/payments/a%20b?x=1&x=2&y=%EC%9B%90',
        headers: { host: 'api.example', cookie: 'a=1; b=2', 'user-agent': 'curl', connection: 'keep-alive' },
      },
      { merchant_uid: 'a b' },
    );
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
        http: {
          method: 'GET',
          path: '/payments/a b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'curl',
        },
        requestId: CONTEXT.requestId,
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: CONTEXT.nowMs,
      },
      isBase64Encoded: false,
    });
    expect(event).toHaveProperty('headers', {
      host: 'api.example',
      'user-agent': 'curl',
      'content-length': '0',
      'x-amzn-trace-id': CONTEXT.traceId,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    });
  });

  it('what is not there is left out', () => {
    for (const absent of ['cookies', 'queryStringParameters', 'pathParameters', 'body']) {
      expect(eventOf({})).not.toHaveProperty(absent);
    }
    expect(eventOf({})).not.toHaveProperty('requestContext.authorizer');
  });

  it.each([
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    [undefined, true],
  ])('a body of type %s: base64 = %s', (type, isBase64Encoded) => {
    const body = Buffer.from('amount=1&원');
    const event = eventOf({ body, headers: { 'content-type': type } });
    expect(event).toMatchObject({
      isBase64Encoded,
      body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    });
  });

  it('the values of a repeated header are joined by a comma', () => {
    expect(joinedHeaders({ 'idempotency-key': ['a', 'b'], cookie: ['c=1', 'd=2'] })).toEqual({
      'idempotency-key': 'a,b',
      cookie: 'c=1; d=2',
    });
  });
});
