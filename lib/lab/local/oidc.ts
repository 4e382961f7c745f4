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

export interface OidcOptions {
  readonly issuer: TokenIssuer;
  readonly now: () => number;
}

interface Code {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string;
  readonly sub: string;
  readonly isStaff: boolean;
  readonly untilMs: number;
}

/** A request to the provider. */
interface Asked {
  readonly parameters: URLSearchParams;
  /** The addresses to which it may redirect. */
  readonly returnsTo: readonly string[];
  readonly clientId: string;
  readonly nowMs: number;
}

/**
 * An OpenID provider like Cognito's managed login: code flow with PKCE for a client without a secret. Everybody may sign in as
 * anybody. It redirects only to the staff desk of this local run and to `refunds sign-in`. Resolves to undefined for a request
 * to another path.
 */
export function createOidc({
  issuer,
  now,
}: OidcOptions): (request: GatewayRequest) => Promise<GatewayResponse | undefined> {
  const codes = new Map<string, Code>();
  return async ({ method, target, headers, body }) => {
    const { path, query } = splitTarget(target);
    if (!path.startsWith(`${OIDC_PATH}/`)) return undefined;
    // The guard of the port has accepted this name as one of its own.
    const own = `http://${headers['host'] ?? ''}`;
    const parameters = new URLSearchParams(method === 'POST' ? body?.toString() : query);
    const returnsTo = [`${own}/desk/`, ...SIGN_IN_ADDRESSES];
    const asked = { parameters, returnsTo, clientId: issuer.audience, nowMs: now() };
    switch (`${method} ${path.slice(OIDC_PATH.length)}`) {
      case 'GET /.well-known/openid-configuration':
        return json(200, configuration(own));
      case 'GET /authorize':
        return refusalOf(asked) ?? signInPage(parameters);
      case 'POST /authorize':
        return refusalOf(asked) ?? signedIn(asked, codes);
      case 'POST /token': {
        const name = parameters.get('code') ?? '';
        const code = codes.get(name);
        // A code is valid for one attempt, also if the attempt fails.
        codes.delete(name);
        const fault = faultOf(asked, code);
        if (code === undefined || fault !== undefined) return json(400, { error: fault ?? 'invalid_grant' });
        return json(200, await tokens(code, issuer, `${own}${OIDC_PATH}`));
      }
      case 'GET /end-session': {
        // There is no session to end, so it only redirects. `logout_uri` is Cognito's name of the parameter.
        const to = parameters.get('post_logout_redirect_uri') ?? parameters.get('logout_uri') ?? '';
        return returnsTo.includes(to) ? back(to, parameters, {}) : page(200, '<p>You are signed out.</p>');
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
function refusalOf({ parameters, returnsTo, clientId }: Asked): GatewayResponse | undefined {
  const redirectUri = parameters.get('redirect_uri') ?? '';
  if (parameters.get('client_id') !== clientId)
    return page(400, `<p>client_id must be ${escapeHtml(clientId)}.</p>`);
  if (!returnsTo.includes(redirectUri))
    return page(400, `<p>redirect_uri must be one of ${returnsTo.join(', ')}.</p>`);
  if (parameters.get('response_type') !== 'code')
    return back(redirectUri, parameters, { error: 'unsupported_response_type' });
  // A challenge is the SHA-256 of the verifier: 43 characters.
  const hasChallenge = /^[\w-]{43}$/.test(parameters.get('code_challenge') ?? '');
  if (hasChallenge && parameters.get('code_challenge_method') === 'S256') return undefined;
  const error_description = 'PKCE with S256 is required';
  return back(redirectUri, parameters, { error: 'invalid_request', error_description });
}

/** The request parameters that the page passes on. */
const PASSED_ON =
  'client_id redirect_uri response_type code_challenge_method code_challenge state nonce'.split(' ');

function buttons(names: readonly string[]): string {
  return names.map((name) => `<button name="sub" value="${name}">${name}</button>`).join(' ');
}

function signInPage(parameters: URLSearchParams): GatewayResponse {
  const passedOn = PASSED_ON.map(
    (name) => `<input type="hidden" name="${name}" value="${escapeHtml(parameters.get(name) ?? '')}">`,
  ).join('');
  const form = (content: string): string => `<form method="post">${passedOn}${content}</form>`;
  return page(
    200,
    `<h1>Sign in as …</h1>
    <h2>Staff</h2>${form(`<input type="hidden" name="staff" value="yes">${buttons(STAFF)}`)}
    <h2>Customers</h2>${form(buttons(CUSTOMERS))}
    <h2>Somebody else</h2>${form('<label>Name <input name="sub" required maxlength="100" autocomplete="off"></label><label><input type="checkbox" name="staff" value="yes" checked> staff</label><button>Sign in</button>')}
    ${form('<button name="deny" value="yes">Do not sign in</button>')}`,
    new URL(parameters.get('redirect_uri') ?? '').origin,
  );
}

function signedIn({ parameters, nowMs }: Asked, codes: Map<string, Code>): GatewayResponse {
  const [redirectUri = '', challenge = '', nonce = '', sub = ''] = [
    'redirect_uri',
    'code_challenge',
    'nonce',
    'sub',
  ].map((name) => parameters.get(name)?.trim());
  if (parameters.has('deny')) return back(redirectUri, parameters, { error: 'access_denied' });
  if (sub === '') return page(400, '<p>Enter a name.</p>');
  for (const [old, { untilMs }] of codes) if (untilMs <= nowMs) codes.delete(old);
  const code = randomBytes(24).toString('base64url');
  const isStaff = parameters.has('staff');
  codes.set(code, { redirectUri, challenge, nonce, sub, isStaff, untilMs: nowMs + CODE_LIFETIME_MS });
  return back(redirectUri, parameters, { code });
}

/** RFC 6749, 5.2, and RFC 7636, 4.6. */
function faultOf({ parameters, clientId, nowMs }: Asked, code: Code | undefined): string | undefined {
  if (parameters.get('grant_type') !== 'authorization_code') return 'unsupported_grant_type';
  if (parameters.get('client_id') !== clientId) return 'invalid_client';
  const isRight =
    code !== undefined &&
    code.untilMs > nowMs &&
    code.redirectUri === parameters.get('redirect_uri') &&
    code.challenge === sha256(parameters.get('code_verifier') ?? '').toString('base64url');
  return isRight ? undefined : 'invalid_grant';
}

/** @param iss the provider, as the client has called it */
async function tokens({ sub, isStaff, nonce }: Code, issuer: TokenIssuer, iss: string): Promise<object> {
  // Loaded at the first sign-in, so that the start does not wait.
  const { STAFF_GROUP } = await import('../../../functions/http/caller.ts');
  const subject = { sub, groups: isStaff ? [STAFF_GROUP] : [], scope: 'openid' };
  const access = await issuer.issue(subject);
  const at_hash = sha256(access.access_token).subarray(0, 16).toString('base64url');
  const claims = { iss, at_hash, ...(nonce !== '' && { nonce }) };
  return { ...access, id_token: await issuer.issueIdToken(subject, claims) };
}

function back(
  to: string,
  parameters: URLSearchParams,
  result: Readonly<Record<string, string>>,
): GatewayResponse {
  const state = parameters.get('state') ?? '';
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
