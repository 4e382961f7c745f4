import { describe, expect, it } from 'vitest';
import { callerOf } from '../../../functions/http/caller.ts';

const event = (claims: Record<string, unknown>, scopes?: string[]) => ({
  requestContext: { authorizer: { jwt: { claims, scopes: scopes ?? null } } },
});

describe('a caller', () => {
  it.each([
    [{ 'cognito:groups': '[refund-staff other]' }],
    [{ 'cognito:groups': '[other refund-staff]' }],
    [{ 'cognito:groups': '[refund-staff]' }],
    [{ 'cognito:groups': ['refund-staff'] }],
    [{ scope: 'openid payments/cancel.any' }],
    [{ scp: 'payments/cancel.any' }],
    [{ scp: '[openid payments/cancel.any]' }],
  ])('with %j is staff', (claims) => {
    expect(callerOf(event({ sub: 's', ...claims }))).toEqual({ kind: 'staff', sub: 's' });
  });

  it.each([
    [{}],
    [{ 'cognito:groups': '[not-refund-staff]' }],
    [{ 'cognito:groups': '[refund-staff-x]' }],
    [{ 'cognito:groups': '[refund-staff,a]' }],
    [{ 'cognito:groups': '[a,refund-staff]' }],
    [{ 'cognito:groups': '[a\trefund-staff]' }],
    [{ 'cognito:groups': '[a\u00a0refund-staff]' }],
    [{ 'cognito:groups': '[a\nrefund-staff]' }],
    [{ 'cognito:groups': '[[refund-staff]]' }],
    [{ 'cognito:groups': ['a refund-staff'] }],
    [{ 'cognito:groups': '[Refund-Staff]' }],
    [{ 'cognito:groups': '[refund‑staff]' }],
    [{ 'custom:groups': '[refund-staff]' }],
    [{ groups: '[refund-staff]' }],
    [{ scope: 'payments/cancel.anything' }],
    [{ scope: 'payments/cancel.any,openid' }],
    [{ scope: 'refund-staff' }],
    [{ scope: { 'payments/cancel.any': true } }],
  ])('with %j, which only looks like it, is a customer', (claims) => {
    expect(callerOf(event({ sub: 's', ...claims }))).toEqual({ kind: 'customer', sub: 's' });
  });

  it('is staff by a scope that the gateway has checked', () => {
    expect(callerOf(event({ sub: 's' }, ['payments/cancel.any']))?.kind).toBe('staff');
  });

  it('without a subject, or without a checked token, is nobody', () => {
    for (const nobody of [event({}), event({ sub: '' }), event({ sub: 5 }), { requestContext: {} }, {}])
      expect(callerOf(nobody)).toBeUndefined();
  });
});
