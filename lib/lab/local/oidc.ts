import { createHash, randomBytes } from 'node:crypto';

import { SIGN_IN_ADDRESSES } from '../../stack/sign-in-addresses.ts';
import { type GatewayRequest, type GatewayResponse, splitTarget } from './gateway/http.ts';
import { LOOPBACK_NAMES } from './http-server.ts';
import type { TokenIssuer } from './token-issuer.ts';

const OIDC_PATH = '/_local/oidc';

/** The issuer in ID tokens has the host of the request. */
export function oidcIssuers(url: string): readonly string[] {
  const { port } = new URL(url);
  return LOOPBACK_NAMES.map((name) => `${new URL(`http://${name}:${port}`).origin}${OIDC_PATH}`);
}

/** Between the redirect and the exchange lies one request of a program. */
const CODE_LIFETIME_MS = 60_000;

/** Two members of staff, because closing needs two people. */
const STAFF = ['staff-1', 'staff-2'];
const CUSTOMERS = ['demo-customer', 'customer-1'];

/** A code that was given, with the request for it and the name that somebody has chosen. */
interface Code {
  readonly asked: URLSearchParams;
  readonly untilMs: number;
}

/**
 * An OpenID provider like Cognito's managed login: code flow with PKCE for a client without a secret. Everybody may sign in as
 * anybody. It redirects only to the staff desk of this local run and to `refunds sign-in`. Resolves to undefined for a request
 * to another path.
 */
export function createOidc({
  issuer,
  now,
}: {
  readonly issuer: TokenIssuer;
  readonly now: () => number;
}): (request: GatewayRequest) => Promise<GatewayResponse | undefined> {
  const codes = new Map<string, Code>();
  return async ({ method, target, headers, body }) => {
    const { path, query } = splitTarget(target);
    if (!path.startsWith(`${OIDC_PATH}/`)) return undefined;
    // The guard of the port has accepted this name as one of its own.
    const own = `http://${headers['host'] ?? ''}`;
    const asked = new URLSearchParams(method === 'POST' ? body?.toString() : query);
    const returnsTo = [`${own}/desk/`, ...SIGN_IN_ADDRESSES];
    switch (`${method} ${path.slice(OIDC_PATH.length)}`) {
      case 'GET /.well-known/openid-configuration':
        return json(200, configuration(own));
      case 'GET /authorize':
        return refusalOf(asked, returnsTo, issuer.audience) ?? signInPage(asked);
      case 'POST /authorize':
        return refusalOf(asked, returnsTo, issuer.audience) ?? signedIn(asked, codes, now());
      case 'POST /token': {
        const name = asked.get('code') ?? '';
        const code = codes.get(name);
        // A code is valid for one attempt, also if the attempt fails.
        codes.delete(name);
        if (asked.get('grant_type') !== 'authorization_code')
          return json(400, { error: 'unsupported_grant_type' });
        if (asked.get('client_id') !== issuer.audience) return json(400, { error: 'invalid_client' });
        if (code === undefined || code.untilMs <= now() || !isOf(code, asked))
          return json(400, { error: 'invalid_grant' });
        return json(200, await tokens(code.asked, issuer, `${own}${OIDC_PATH}`));
      }
      case 'GET /end-session': {
        // There is no session to end, so it only redirects. `logout_uri` is Cognito's name of the parameter.
        const to = asked.get('post_logout_redirect_uri') ?? asked.get('logout_uri') ?? '';
        return returnsTo.includes(to) ? back(to, asked, {}) : page(200, '<p>You are signed out.</p>');
      }
      default:
        return json(404, { message: `The local sign-in has no ${method} ${path}.` });
    }
  };
}

function configuration(own: string): object {
  const at = `${own}${OIDC_PATH}`;
  return {
    issuer: at,
    authorization_endpoint: `${at}/authorize`,
    token_endpoint: `${at}/token`,
    end_session_endpoint: `${at}/end-session`,
    jwks_uri: `${own}/_local/jwks.json`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
  };
}

/** An unknown client or address gets an error page, because a redirect could send the answer to a stranger. */
function refusalOf(
  asked: URLSearchParams,
  returnsTo: readonly string[],
  clientId: string,
): GatewayResponse | undefined {
  const redirectUri = asked.get('redirect_uri') ?? '';
  if (asked.get('client_id') !== clientId)
    return page(400, `<p>client_id must be ${escapeHtml(clientId)}.</p>`);
  if (!returnsTo.includes(redirectUri))
    return page(400, `<p>redirect_uri must be one of ${returnsTo.join(', ')}.</p>`);
  if (asked.get('response_type') !== 'code')
    return back(redirectUri, asked, { error: 'unsupported_response_type' });
  // A challenge is the SHA-256 of the verifier: 43 characters.
  const hasChallenge = /^[\w-]{43}$/.test(asked.get('code_challenge') ?? '');
  if (hasChallenge && asked.get('code_challenge_method') === 'S256') return undefined;
  const error_description = 'PKCE with S256 is required';
  return back(redirectUri, asked, { error: 'invalid_request', error_description });
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`;
}

function buttons(names: readonly string[]): string {
  return names.map((name) => `<button name="sub" value="${name}">${name}</button>`).join(' ');
}

/** The page passes the parameters of the request on, with the name that somebody chooses. */
function signInPage(asked: URLSearchParams): GatewayResponse {
  const passedOn = [...asked]
    .filter(([name]) => !['sub', 'staff', 'deny'].includes(name))
    .map(([name, value]) => hidden(name, value))
    .join('');
  const form = (content: string): string => `<form method="post">${passedOn}${content}</form>`;
  return page(
    200,
    `<h1>Sign in as …</h1>
    <h2>Staff</h2>${form(`${hidden('staff', 'yes')}${buttons(STAFF)}`)}
    <h2>Customers</h2>${form(buttons(CUSTOMERS))}
    <h2>Somebody else</h2>${form('<label>Name <input name="sub" required maxlength="100" autocomplete="off"></label><label><input type="checkbox" name="staff" value="yes" checked> staff</label><button>Sign in</button>')}
    ${form('<button name="deny" value="yes">Do not sign in</button>')}`,
    new URL(asked.get('redirect_uri') ?? '').origin,
  );
}

function signedIn(asked: URLSearchParams, codes: Map<string, Code>, nowMs: number): GatewayResponse {
  const redirectUri = asked.get('redirect_uri') ?? '';
  if (asked.has('deny')) return back(redirectUri, asked, { error: 'access_denied' });
  if (nameIn(asked) === '') return page(400, '<p>Enter a name.</p>');
  for (const [old, { untilMs }] of codes) if (untilMs <= nowMs) codes.delete(old);
  const code = randomBytes(24).toString('base64url');
  codes.set(code, { asked, untilMs: nowMs + CODE_LIFETIME_MS });
  return back(redirectUri, asked, { code });
}

function nameIn(asked: URLSearchParams): string {
  return asked.get('sub')?.trim() ?? '';
}

/** RFC 6749, 5.2, and RFC 7636, 4.6. */
function isOf({ asked }: Code, given: URLSearchParams): boolean {
  const challenge = sha256(given.get('code_verifier') ?? '').toString('base64url');
  return asked.get('redirect_uri') === given.get('redirect_uri') && asked.get('code_challenge') === challenge;
}

/** @param iss the provider, as the client has called it */
async function tokens(asked: URLSearchParams, issuer: TokenIssuer, iss: string): Promise<object> {
  // Loaded at the first sign-in, so that the start does not wait.
  const { STAFF_GROUP } = await import('../../../functions/http/caller.ts');
  const groups = asked.has('staff') ? [STAFF_GROUP] : [];
  const subject = { sub: nameIn(asked), groups, scope: 'openid' };
  const access = await issuer.issue(subject);
  const at_hash = sha256(access.access_token).subarray(0, 16).toString('base64url');
  const nonce = asked.get('nonce') ?? '';
  const claims = { iss, at_hash, ...(nonce !== '' && { nonce }) };
  return { ...access, id_token: await issuer.issueIdToken(subject, claims) };
}

function back(to: string, asked: URLSearchParams, result: Readonly<Record<string, string>>): GatewayResponse {
  const state = asked.get('state') ?? '';
  const query = new URLSearchParams({ ...result, ...(state !== '' && { state }) }).toString();
  return { status: 303, headers: { location: query === '' ? to : `${to}?${query}`, ...NO_STORE }, body: '' };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const NO_STORE = { 'cache-control': 'no-store' };

function json(status: number, body: object): GatewayResponse {
  return { status, headers: { 'content-type': 'application/json', ...NO_STORE }, body: JSON.stringify(body) };
}

/** @param origin where its form may lead, beside here; Chromium checks the redirect as well */
function page(status: number, content: string, origin = ''): GatewayResponse {
  const policy = `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${origin}; base-uri 'none'; frame-ancestors 'none'`;
  const body = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Sign-in of the local run</title>
    <link rel="stylesheet" href="/pico.css">
  </head>
  <body><main>${content}</main></body>
</html>`;
  const type = { 'content-type': 'text/html; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers: { ...type, 'content-security-policy': policy, ...NO_STORE }, body };
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
