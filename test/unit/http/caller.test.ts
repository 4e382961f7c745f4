import { describe, expect, it } from 'vitest';
import { callerOf, personOf } from '../../../functions/http/caller.ts';

const event = (claims: Record<string, unknown>, scopes?: string[]) => ({
  requestContext: { authorizer: { jwt: { claims, scopes: scopes ?? null } } },
});

describe('the role of a caller', () => {
  it.each([
    [{ 'cognito:groups': '[refund-staff other]' }],
    [{ 'cognito:groups': '[refund-staff]' }],
    [{ 'cognito:groups': ['refund-staff'] }],
    [{ scope: 'openid payments/cancel.any' }],
    [{ scp: 'payments/cancel.any' }],
    [{ scp: '[openid payments/cancel.any]' }],
  ])('a caller with %j is staff', (claims) => {
    expect(callerOf(event({ sub: 's', ...claims }))).toEqual({ kind: 'staff', sub: 's' });
  });

  it.each([
    [{}],
    [{ 'cognito:groups': '[not-refund-staff]' }],
    [{ 'cognito:groups': '[a,refund-staff]' }],
    [{ 'cognito:groups': '[a\trefund-staff]' }],
    [{ 'cognito:groups': '[a\u00a0refund-staff]' }],
    [{ 'cognito:groups': '[[refund-staff]]' }],
    [{ 'cognito:groups': ['a refund-staff'] }],
    [{ 'cognito:groups': '[Refund-Staff]' }],
    [{ 'custom:groups': '[refund-staff]' }],
    [{ scope: 'payments/cancel.anything' }],
    [{ scope: 'payments/cancel.any,openid' }],
    [{ scope: { 'payments/cancel.any': true } }],
  ])('a caller with the similar %j is a customer', (claims) => {
    expect(callerOf(event({ sub: 's', ...claims }))).toEqual({ kind: 'customer', sub: 's' });
  });

  it('a caller with the scope that the gateway checked is staff', () => {
    expect(callerOf(event({ sub: 's' }, ['payments/cancel.any']))?.kind).toBe('staff');
  });

  it('a caller without a subject or a checked token has neither identity nor name', () => {
    const claims = { token_use: 'access', username: 'hana' };
    for (const nobody of [event(claims), event({ ...claims, sub: '' }), event({ ...claims, sub: 5 }), {}]) {
      expect(callerOf(nobody)).toBeUndefined();
      expect(personOf(nobody, 'username')).toBeUndefined();
    }
  });
});

describe('an ID token', () => {
  it.each([[{ token_use: 'id' }], [{ nonce: 'n' }], [{ at_hash: 'h' }]])(
    'an ID token, recognised by %j, gives no right, not even to staff',
    (claims) => {
      const token = event({ sub: 's', username: 'hana', 'cognito:groups': '[refund-staff]', ...claims });
      expect(callerOf(token)).toBeUndefined();
      expect(personOf(token, 'username')).toBeUndefined();
    },
  );
});

describe('the person behind a token', () => {
  const access = { sub: 's', token_use: 'access' };

  it('the person is named by Cognito’s own claims', () => {
    expect(personOf(event({ ...access, username: 'hana' }), undefined)).toEqual({ sub: 's', person: 'hana' });
  });

  it('without Cognito the person is named only by the claim that the deployer set', () => {
    const claims = { sub: 's', username: 'u', preferred_username: 'hana', email: 'hana@shop.example' };
    expect(personOf(event(claims), 'preferred_username')).toEqual({ sub: 's', person: 'hana' });
    expect(personOf(event(claims), undefined)).toBeUndefined();
    expect(personOf(event(claims), 'name')).toBeUndefined();
    expect(personOf(event({ ...access, email: 'e' }), 'email')).toEqual({ sub: 's', person: 'e' });
  });

  it.each([[{ ...access, client_id: 's', username: 'hana' }], [{ sub: 's', azp: 's', name: 'hana' }]])(
    'a token whose subject is the client itself names no person: %j',
    (claims) => {
      expect(personOf(event(claims), 'name')).toBeUndefined();
    },
  );

  it.each(['', '\u200b', '\u3000\ufeff', '\u0301', 5, ['hana']])(
    'a name without visible characters names no person: %j',
    (username) => {
      expect(personOf(event({ ...access, username }), 'username')).toBeUndefined();
    },
  );
});
