import * as v from 'valibot';
import type { Actor } from '../refund/payment.ts';
import type { Person } from '../refund/refund.ts';

export const STAFF_GROUP = 'refund-staff';
export const STAFF_SCOPE = 'payments/cancel.any';

const Checked = v.object({
  requestContext: v.object({
    authorizer: v.object({
      jwt: v.object({
        claims: v.record(v.string(), v.unknown()),
        scopes: v.nullish(v.array(v.string())),
      }),
    }),
  }),
});

type Token = v.InferOutput<typeof Checked>['requestContext']['authorizer']['jwt'] & { readonly sub: string };

/** The access token that the gateway has checked. Undefined: no token, one without a subject, or an ID token. */
function tokenOf(event: unknown): Token | undefined {
  const parsed = v.safeParse(Checked, event);
  if (!parsed.success) return undefined;
  const { jwt } = parsed.output.requestContext.authorizer;
  const { sub } = jwt.claims;
  return typeof sub === 'string' && sub !== '' && !isIdToken(jwt.claims) ? { ...jwt, sub } : undefined;
}

/**
 * An ID token tells a page who signed in; it gives no right to call an API. Cognito names its kind; other issuers' ID tokens are
 * recognised by claims that an access token does not need (OpenID Connect Core, 2 and 3.1.3.6).
 */
function isIdToken(claims: Token['claims']): boolean {
  return claims['token_use'] === 'id' || 'nonce' in claims || 'at_hash' in claims;
}

/** The caller, determined by the token only. Undefined: the token gives no right. */
export function callerOf(event: unknown): Actor | undefined {
  const token = tokenOf(event);
  if (token === undefined) return undefined;
  const { claims, scopes, sub } = token;
  const granted = [...(scopes ?? []), ...words(claims['scope']), ...words(claims['scp'])];
  const staff = words(claims['cognito:groups']).includes(STAFF_GROUP) || granted.includes(STAFF_SCOPE);
  return { kind: staff ? 'staff' : 'customer', sub };
}

/**
 * The words of a claim. HTTP API passes a list as text in brackets ("[a b]"), and a scope as words. Only a single space separates
 * (RFC 6749, 3.3): a comma, a tab or a no-break space may be part of a group's name and must not split it.
 */
function words(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.filter((each) => typeof each === 'string');
  if (typeof claim !== 'string') return [];
  const list = claim.startsWith('[') && claim.endsWith(']') ? claim.slice(1, -1) : claim;
  return list.split(' ');
}

/**
 * The person behind the token, by the name that tells two people apart: Cognito's `username`, otherwise the claim that the
 * deployer set. Undefined: a machine's token, whose subject is the client itself, or a token without a name.
 */
export function personOf(event: unknown, personClaim: string | undefined): Person | undefined {
  const token = tokenOf(event);
  if (token === undefined) return undefined;
  const { claims, sub } = token;
  if (sub === claims['client_id'] || sub === claims['azp']) return undefined;
  const username = claims['token_use'] === 'access' ? nameIn(claims['username']) : undefined;
  const person = username ?? (personClaim === undefined ? undefined : nameIn(claims[personClaim]));
  return person === undefined ? undefined : { sub, person };
}

/** Whether a name has a visible character. */
function nameIn(claim: unknown): string | undefined {
  return typeof claim === 'string' && /[^\s\p{C}\p{M}]/u.test(claim) ? claim : undefined;
}
