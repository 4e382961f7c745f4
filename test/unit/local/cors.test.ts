import { describe, expect, it } from 'vitest';
import { isPreflight, preflightAnswer, withCors } from '../../../lib/lab/local/gateway/cors.ts';
import { requestOf } from './gateway-request.ts';

const CORS = {
  allowOrigins: ['https://shop.example'],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['authorization', 'content-type'],
  exposeHeaders: ['location'],
  allowCredentials: false,
  maxAgeSeconds: 600,
};

function from(origin: string): ReturnType<typeof requestOf> {
  return requestOf({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
}

describe('a preflight', () => {
  it('of an allowed origin says what it may do', () => {
    expect(preflightAnswer(CORS, from('https://shop.example'))).toEqual({
      status: 204,
      body: '',
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': '600',
      },
    });
  });

  it('of another origin is answered all the same, without a permission', () => {
    expect(preflightAnswer(CORS, from('https://evil.example'))).toEqual({
      status: 204,
      body: '',
      headers: {},
    });
  });

  it('is an OPTIONS with an origin and a method asked for; another OPTIONS is a request', () => {
    expect(isPreflight(from('https://shop.example'))).toBe(true);
    expect(isPreflight(requestOf({ method: 'OPTIONS', headers: { origin: 'https://shop.example' } }))).toBe(
      false,
    );
    expect(isPreflight(requestOf({ method: 'OPTIONS' }))).toBe(false);
  });

  it.each([
    ['*', 'https://any.example', '*'],
    ['https://*', 'https://any.example', 'https://any.example'],
    ['https://*', 'http://any.example', undefined],
  ])('allowed %s, asked by %s: %s', (allowed, origin, answer) => {
    const { headers } = preflightAnswer({ ...CORS, allowOrigins: [allowed] }, from(origin));
    expect(headers['access-control-allow-origin']).toBe(answer);
  });
});

describe('an answer', () => {
  const answer = {
    status: 401,
    headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
    body: '{}',
  };

  it('to an allowed origin may be read, a refusal too; what the function says about CORS does not count', () => {
    expect(withCors(CORS, from('https://shop.example'), answer).headers).toEqual({
      'content-type': 'application/json',
      'access-control-allow-origin': 'https://shop.example',
      'access-control-expose-headers': 'location',
    });
  });

  it('to another origin may not', () => {
    expect(withCors(CORS, from('https://evil.example'), answer).headers).toEqual({
      'content-type': 'application/json',
    });
  });
});
