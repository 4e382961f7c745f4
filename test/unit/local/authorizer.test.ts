import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type GenerateKeyPairResult,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Authorization, authorize } from '../../../lib/lab/local/gateway/authorizer.ts';
import { containing } from './containing.ts';

const PLAN = { issuer: 'https://issuer.example', audience: ['client-1'], scopes: [] };
const nowSeconds = Math.floor(Date.now() / 1000);
const VALID = {
  iss: PLAN.issuer,
  aud: 'client-1',
  sub: 'customer-1',
  exp: nowSeconds + 60,
  iat: nowSeconds - 1,
};

let own: GenerateKeyPairResult;
let other: GenerateKeyPairResult;
let keys: ReturnType<typeof createLocalJWKSet>;

beforeAll(async () => {
  own = await generateKeyPair('RS256');
  other = await generateKeyPair('RS256');
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'RS256' }] });
});

function sign(claims: JWTPayload, key = own.privateKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(key);
}

async function check(claims: JWTPayload, scopes: readonly string[] = []): Promise<Authorization> {
  return authorize({ ...PLAN, scopes }, keys, `Bearer ${await sign(claims)}`);
}

describe('the authorizer of the local gateway', () => {
  it('a valid token passes every claim to the function as a string, and a list in brackets', async () => {
    const claims = {
      ...VALID,
      'cognito:groups': ['refund-staff', 'other'],
      verified: true,
      address: { city: 'Seoul' },
    };
    expect(await check(claims)).toEqual({
      kind: 'allowed',
      jwt: {
        scopes: null,
        claims: {
          iss: PLAN.issuer,
          aud: 'client-1',
          sub: 'customer-1',
          exp: String(VALID.exp),
          iat: String(VALID.iat),
          'cognito:groups': '[refund-staff other]',
          verified: 'true',
          address: 'map[city:Seoul]',
        },
      },
    });
  });

  it('a valid token is accepted without the word Bearer', async () => {
    expect((await authorize(PLAN, keys, await sign(VALID))).kind).toBe('allowed');
  });

  it("client_id counts as the audience, as in Cognito's access tokens", async () => {
    const { aud, ...claims } = VALID;
    expect((await check({ ...claims, client_id: aud })).kind).toBe('allowed');
    expect((await check({ ...VALID, aud: 'another', client_id: aud })).kind).toBe('unauthorized');
    expect((await check({ ...VALID, aud: ['another', aud] })).kind).toBe('allowed');
  });
});

describe('an invalid token', () => {
  it('a request without an authorization header is unauthorized', async () => {
    expect(await authorize(PLAN, keys, undefined)).toEqual({ kind: 'unauthorized', challenge: 'Bearer' });
  });

  it.each<[string, JWTPayload]>([
    ['another issuer', { ...VALID, iss: 'https://evil.example' }],
    ['another audience', { ...VALID, aud: 'client-2' }],
    ['no audience', { iss: VALID.iss, exp: VALID.exp }],
    ['expired', { ...VALID, exp: nowSeconds - 1 }],
    ['without an end', { iss: VALID.iss, aud: VALID.aud }],
    ['not yet valid', { ...VALID, nbf: nowSeconds + 60 }],
    ['issued in the future', { ...VALID, iat: nowSeconds + 60 }],
  ])('a token that has or is %s is unauthorized', async (_, claims) => {
    const challenge = containing('Bearer scope="" error="invalid_token"');
    expect(await check(claims)).toEqual({ kind: 'unauthorized', challenge });
  });

  it('a token with another key, an unsigned token and a text that is no token are unauthorized', async () => {
    const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(VALID))}.`;
    for (const token of [await sign(VALID, other.privateKey), none, 'nonsense', '']) {
      expect((await authorize(PLAN, keys, `Bearer ${token}`)).kind).toBe('unauthorized');
    }
  });
});

describe('a route with scopes', () => {
  it.each([
    [{ scope: 'openid payments/cancel.any' }, 'allowed'],
    [{ scp: ['payments/cancel.any'] }, 'allowed'],
    [{ scope: 'payments/cancel.anything' }, 'forbidden'],
    [{}, 'forbidden'],
  ])('the claims %j are %s on a route with scopes', async (claims, kind) => {
    expect((await check({ ...VALID, ...claims }, ['payments/cancel.any', 'other'])).kind).toBe(kind);
  });
});
