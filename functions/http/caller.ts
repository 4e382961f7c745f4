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

/** The access token that the gateway has checked. Undefined: none, one without a subject, or an ID token. */
function tokenOf(event: unknown): Token | undefined {
  const parsed = v.safeParse(Checked, event);
  if (!parsed.success) return undefined;
  const { jwt } = parsed.output.requestContext.authorizer;
  const { sub } = jwt.claims;
  return typeof sub === 'string' && sub !== '' && !isIdToken(jwt.claims) ? { ...jwt, sub } : undefined;
}

/**
 * An ID token tells a page who has signed in; it gives no right to call anybody. Cognito names its kind; elsewhere it is told by
 * claims that an access token has no use for (OpenID Connect Core, 2 and 3.1.3.6).
 */
function isIdToken(claims: Token['claims']): boolean {
  return claims['token_use'] === 'id' || 'nonce' in claims || 'at_hash' in claims;
}

/** Who calls, by the token and by nothing else. Undefined: the token gives no right. */
export function callerOf(event: unknown): Actor | undefined {
  const token = tokenOf(event);
  if (token === undefined) return undefined;
  const { claims, scopes, sub } = token;
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

/**
 * The person behind the token, by the name that tells two people apart: Cognito's `username`, elsewhere the claim that the
 * deployer has named. Undefined: a machine's token, whose subject is the client itself, or one that names nobody.
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

/** A name needs a visible character. */
function nameIn(claim: unknown): string | undefined {
  return typeof claim === 'string' && /[^\s\p{C}\p{M}]/u.test(claim) ? claim : undefined;
}
