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
  const granted = [...(scopes ?? []), ...words(claims['scope']), ...words(claims['scp'])];
  const staff = words(claims['cognito:groups']).includes(STAFF_GROUP) || granted.includes(STAFF_SCOPE);
  return { kind: staff ? 'staff' : 'customer', sub };
}

/**
 * The words of a claim. HTTP API hands a list over as text in brackets ("[a b]"), and a scope is words by itself. Only a single
 * space separates (RFC 6749, 3.3): a comma, a tab or a no-break space can stand in a group's name, and must not make two of it.
 */
function words(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.filter((each) => typeof each === 'string');
  if (typeof claim !== 'string') return [];
  const list = claim.startsWith('[') && claim.endsWith(']') ? claim.slice(1, -1) : claim;
  return list.split(' ');
}
