import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

import type { AuthorizerPlan } from '../template/plan-api.ts';

/** `requestContext.authorizer.jwt`: an HTTP API makes every claim a string. */
export interface JwtContext {
  readonly claims: Readonly<Record<string, string>>;
  readonly scopes: readonly string[] | null;
}

export type Authorization =
  | { readonly kind: 'allowed'; readonly jwt: JwtContext }
  /** `challenge` is the value of `www-authenticate`. */
  | { readonly kind: 'unauthorized' | 'forbidden'; readonly challenge: string };

/**
 * Checks a token as an HTTP API's JWT authorizer does: RS256 signature, `iss`, `aud` or else `client_id`, `exp`, `nbf`,
 * `iat`, and one of the route's scopes when it has any.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function authorize(
  plan: AuthorizerPlan,
  keys: JWTVerifyGetKey,
  header: string | undefined,
): Promise<Authorization> {
  if (header === undefined) return { kind: 'unauthorized', challenge: 'Bearer' };
  const payload = await verify(plan, keys, header.replace(/^Bearer /i, ''));
  if (typeof payload === 'string') {
    const challenge = `Bearer scope="" error="invalid_token" error_description="${payload}"`;
    return { kind: 'unauthorized', challenge };
  }
  const granted = scopesOf(payload);
  if (plan.scopes.length > 0 && !plan.scopes.some((scope) => granted.includes(scope))) {
    return {
      kind: 'forbidden',
      challenge: `Bearer scope="${plan.scopes.join(' ')}" error="insufficient_scope"`,
    };
  }
  const claims = Object.entries(payload).map(([name, value]) => [name, claimText(value)] as const);
  return {
    kind: 'allowed',
    jwt: { claims: Object.fromEntries(claims), scopes: plan.scopes.length > 0 ? granted : null },
  };
}

/** The claims, or why the token is not valid. */
async function verify(
  plan: AuthorizerPlan,
  keys: JWTVerifyGetKey,
  token: string,
): Promise<JWTPayload | string> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer: [plan.issuer, ...(plan.aliases ?? [])],
      requiredClaims: ['exp'],
    });
    if (!isForAudience(payload, plan.audience)) return 'the token does not have a valid audience';
    if (payload.iat !== undefined && payload.iat * 1000 > Date.now())
      return 'the token was issued in the future';
    return payload;
  } catch (error) {
    // Any other error is a bug in the local run, not a bad token.
    if (error instanceof errors.JOSEError) return error.message.replaceAll('"', "'");
    throw error;
  }
}

/** `client_id` is checked only if there is no `aud`: Cognito's access tokens have only the former. */
function isForAudience({ aud, client_id }: JWTPayload, audience: readonly string[]): boolean {
  const named = aud ?? client_id;
  return (Array.isArray(named) ? named : [named]).some(
    (name) => typeof name === 'string' && audience.includes(name),
  );
}

function scopesOf({ scope, scp }: JWTPayload): readonly string[] {
  const granted = scope ?? scp;
  if (Array.isArray(granted)) return granted.map(String);
  return typeof granted === 'string' ? granted.split(' ').filter((entry) => entry !== '') : [];
}

/** A list becomes `[a b]` (measured on the real service), not JSON and without commas. */
function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, field]) => `${name}:${claimText(field)}`);
    return `map[${fields.toSorted().join(' ')}]`;
  }
  return String(value);
}
