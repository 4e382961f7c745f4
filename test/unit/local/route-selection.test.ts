import { describe, expect, it } from 'vitest';
import { selectRoute } from '../../../lib/lab/local/gateway/gateway.ts';
import { routeOf } from './gateway-request.ts';

const ROUTES = [
  '$default',
  'ANY /payments/{proxy+}',
  'GET /payments/{merchant_uid}',
  'ANY /payments/cancel',
  'POST /payments/cancel',
].map((key) => routeOf(key));

describe('an HTTP API picks a route', () => {
  it.each([
    ['POST', '/payments/cancel', 'POST /payments/cancel', {}],
    ['PUT', '/payments/cancel', 'ANY /payments/cancel', {}],
    ['GET', '/payments/order-1', 'GET /payments/{merchant_uid}', { merchant_uid: 'order-1' }],
    ['GET', '/payments/a%20b%25', 'GET /payments/{merchant_uid}', { merchant_uid: 'a b%' }],
    // Decoded before a route is looked for, so these have a segment more, or none that a variable takes.
    ['GET', '/payments/a%2Fb', 'ANY /payments/{proxy+}', { proxy: 'a/b' }],
    ['GET', '/payments/a%3Fb', '$default', {}],
    ['POST', '/payments%2Fcancel', 'POST /payments/cancel', {}],
    ['GET', '/payments/a/b', 'ANY /payments/{proxy+}', { proxy: 'a/b' }],
    ['GET', '/payments/', '$default', {}],
    ['GET', '/payments', '$default', {}],
    ['POST', '/payments/cancel/', 'ANY /payments/{proxy+}', { proxy: 'cancel/' }],
    ['GET', '/payments/100%', 'GET /payments/{merchant_uid}', { merchant_uid: '100%' }],
  ])('%s %s → %s', (method, path, routeKey, pathParameters) => {
    const selected = selectRoute(ROUTES, method, path);
    expect({ routeKey: selected?.route.routeKey, pathParameters: selected?.pathParameters }).toEqual({
      routeKey,
      pathParameters,
    });
  });

  it('without $default nothing else is made up', () => {
    expect(selectRoute(ROUTES.slice(2), 'DELETE', '/payments/order-1')).toBeUndefined();
  });
});
