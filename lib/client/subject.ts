/** `sub` of a JWT, unchecked: it only tells one caller of this browser from another. Undefined: a token of another kind. */
export function subjectOfJwt(token: string): string | undefined {
  const [, payload = ''] = token.split('.');
  try {
    const bytes = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
    const claims: unknown = JSON.parse(text);
    const has = typeof claims === 'object' && claims !== null && 'sub' in claims;
    return has && typeof claims.sub === 'string' ? claims.sub : undefined;
  } catch {
    return undefined;
  }
}
