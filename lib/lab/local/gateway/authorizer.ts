import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** `requestContext.authorizer.jwt.claims`: an HTTP API makes every claim a string. */
export type Claims = Readonly<Record<string, string>>;

export interface Trust {
  readonly keys: JWTVerifyGetKey;
  /** All names of the issuer. */
  readonly issuers: readonly string[];
  readonly audience: readonly string[];
}

/**
 * Checks a token as an HTTP API's JWT authorizer does: RS256 signature, `iss`, `aud` or else `client_id`, `exp`, `nbf` and `iat`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * @returns the claims, or the value of `www-authenticate` for a token that is not valid
 */
export async function authorize(trust: Trust, header: string | undefined): Promise<Claims | string> {
  if (header === undefined) return 'Bearer';
  try {
    const { payload } = await jwtVerify(header.replace(/^Bearer /i, ''), trust.keys, {
      algorithms: ['RS256'],
      issuer: [...trust.issuers],
      requiredClaims: ['exp'],
    });
    if (!isForAudience(payload, trust.audience)) return refused('the token does not have a valid audience');
    if (payload.iat !== undefined && payload.iat * 1000 > Date.now())
      return refused('the token was issued in the future');
    return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claimText(value)]));
  } catch (error) {
    // Any other error is a bug in the local run, not a bad token.
    if (error instanceof errors.JOSEError) return refused(error.message);
    throw error;
  }
}

function refused(why: string): string {
  return `Bearer scope="" error="invalid_token" error_description="${why.replaceAll('"', "'")}"`;
}

/** `client_id` is checked only if there is no `aud`: Cognito's access tokens have only the former. */
function isForAudience({ aud, client_id }: JWTPayload, audience: readonly string[]): boolean {
  const named: unknown = aud ?? client_id;
  return (Array.isArray(named) ? named : [named]).some((name) => audience.includes(String(name)));
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
