import * as v from 'valibot';
import type { Actor } from '../refund/payment.ts';

export const STAFF_GROUP = 'refund-staff';
export const STAFF_SCOPE = 'payments/cancel.any';

const Claims = v.object({
  requestContext: v.object({
    authorizer: v.object({
      jwt: v.object({
        claims: v.record(v.string(), v.unknown()),
        scopes: v.nullish(v.array(v.string())),
      }),
    }),
  }),
});

/** Who calls, by the token that the gateway has checked, and by nothing else. Undefined: a token without a subject. */
export function callerOf(event: unknown): Actor | undefined {
  const parsed = v.safeParse(Claims, event);
  if (!parsed.success) return undefined;
  const { claims, scopes } = parsed.output.requestContext.authorizer.jwt;
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '') return undefined;
  const granted = [...(scopes ?? []), ...words(claims['scope'])];
  const staff = words(claims['cognito:groups']).includes(STAFF_GROUP) || granted.includes(STAFF_SCOPE);
  return { kind: staff ? 'staff' : 'customer', sub };
}

/**
 * A list claim as HTTP API hands it over: text in brackets, separated by spaces ("[a b]"). Commas do not separate: a
 * group could have one in its name.
 */
function words(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.filter((each) => typeof each === 'string');
  if (typeof claim !== 'string') return [];
  return claim.replace(/^\[(.*)\]$/s, '$1').split(/\s+/);
}
