import { createHash, randomBytes } from 'node:crypto';

import { SIGN_IN_ADDRESSES } from '../../stack/sign-in-addresses.ts';
import { type GatewayRequest, type GatewayResponse, splitTarget } from './gateway/http.ts';
import { LOOPBACK_NAMES } from './guard.ts';
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

/** A client's request after the check of client id and redirect address. */
interface Wish {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | undefined;
}

interface Code extends Wish {
  readonly sub: string;
  readonly isStaff: boolean;
  readonly untilMs: number;
}

type Answer = GatewayResponse;

/**
 * An OpenID provider like Cognito's managed login: code flow with PKCE for a client without a secret. Everybody may sign in as
 * anybody. It redirects only to the staff desk of this local run and to `refunds sign-in`. Resolves to undefined for a request
 * to another path.
 */
export function createOidc({
  issuer,
  now,
}: OidcOptions): (request: GatewayRequest) => Promise<Answer | undefined> {
  const codes = new Map<string, Code>();
  return async ({ method, target, headers, body }) => {
    const { path, query } = splitTarget(target);
    if (!path.startsWith(`${OIDC_PATH}/`)) return undefined;
    // The guard of the port has let this name in as one of its own.
    const own = `http://${headers['host'] ?? ''}`;
    const asked = new URLSearchParams(method === 'POST' ? body?.toString() : query);
    const returnsTo = [`${own}/desk/`, ...SIGN_IN_ADDRESSES];
    const asking = { asked, returnsTo, clientId: issuer.audience };
    switch (`${method} ${path.slice(OIDC_PATH.length)}`) {
      case 'GET /.well-known/openid-configuration':
        return json(200, configuration(own));
      case 'GET /authorize':
        return wishIn(asking, (wish) => signInPage(asked, wish));
      case 'POST /authorize':
        return wishIn(asking, (wish) => signedIn(asked, { wish, codes, nowMs: now() }));
      case 'POST /token': {
        const code = codes.get(asked.get('code') ?? '');
        // A code is valid for one attempt, also if the attempt fails.
        codes.delete(asked.get('code') ?? '');
        const fault = faultOf(asked, { code, clientId: issuer.audience, nowMs: now() });
        if (code === undefined || fault !== undefined) return json(400, { error: fault ?? 'invalid_grant' });
        return json(200, await tokens(code, { issuer, name: `${own}${OIDC_PATH}` }));
      }
      case 'GET /end-session':
        return ended(asking);
      default:
        return json(404, { message: `${method} ${path} is nothing of the local sign-in.` });
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

interface Asking {
  readonly asked: URLSearchParams;
  readonly returnsTo: readonly string[];
  readonly clientId: string;
}

/** An unknown client or address gets an error page, because a redirect could send the answer to a stranger. */
function wishIn({ asked, returnsTo, clientId }: Asking, answer: (wish: Wish) => Answer): Answer {
  const redirectUri = asked.get('redirect_uri') ?? '';
  if (asked.get('client_id') !== clientId)
    return page(400, `<p>client_id must be ${escapeHtml(clientId)}.</p>`);
  if (!returnsTo.includes(redirectUri))
    return page(400, `<p>redirect_uri must be one of ${returnsTo.join(', ')}.</p>`);
  const challenge = asked.get('code_challenge') ?? '';
  if (asked.get('response_type') !== 'code')
    return back(redirectUri, asked, { error: 'unsupported_response_type' });
  // A challenge is the SHA-256 of the verifier: 43 characters.
  if (asked.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge))
    return back(redirectUri, asked, {
      error: 'invalid_request',
      error_description: 'PKCE with S256 is required',
    });
  return answer({ redirectUri, challenge, nonce: asked.get('nonce') || undefined });
}

/** The request parameters that the page passes on. */
const WISH = [
  'client_id',
  'redirect_uri',
  'response_type',
  'code_challenge_method',
  'code_challenge',
  'state',
  'nonce',
];

function buttons(names: readonly string[]): string {
  return names.map((name) => `<button name="sub" value="${name}">${name}</button>`).join(' ');
}

function signInPage(asked: URLSearchParams, { redirectUri }: Wish): Answer {
  const wish = WISH.map(
    (name) => `<input type="hidden" name="${name}" value="${escapeHtml(asked.get(name) ?? '')}">`,
  );
  const form = (content: string): string => `<form method="post">${wish.join('')}${content}</form>`;
  return page(
    200,
    `<h1>Sign in as …</h1>
    <h2>Staff</h2>${form(`<input type="hidden" name="staff" value="yes">${buttons(STAFF)}`)}
    <h2>Customers</h2>${form(buttons(CUSTOMERS))}
    <h2>Somebody else</h2>${form('<label>Name <input name="sub" required maxlength="100" autocomplete="off"></label><label><input type="checkbox" name="staff" value="yes" checked> staff</label><button>Sign in</button>')}
    ${form('<button name="deny" value="yes">Do not sign in</button>')}`,
    new URL(redirectUri).origin,
  );
}

interface SignIn {
  readonly wish: Wish;
  readonly codes: Map<string, Code>;
  readonly nowMs: number;
}

function signedIn(asked: URLSearchParams, { wish, codes, nowMs }: SignIn): Answer {
  if (asked.has('deny')) return back(wish.redirectUri, asked, { error: 'access_denied' });
  const sub = asked.get('sub')?.trim() ?? '';
  if (sub === '') return page(400, '<p>Name somebody.</p>');
  for (const [old, { untilMs }] of codes) if (untilMs <= nowMs) codes.delete(old);
  const code = randomBytes(24).toString('base64url');
  codes.set(code, { ...wish, sub, isStaff: asked.has('staff'), untilMs: nowMs + CODE_LIFETIME_MS });
  return back(wish.redirectUri, asked, { code });
}

interface Exchange {
  readonly code: Code | undefined;
  readonly clientId: string;
  readonly nowMs: number;
}

/** RFC 6749, 5.2, and RFC 7636, 4.6. */
function faultOf(asked: URLSearchParams, { code, clientId, nowMs }: Exchange): string | undefined {
  if (asked.get('grant_type') !== 'authorization_code') return 'unsupported_grant_type';
  if (asked.get('client_id') !== clientId) return 'invalid_client';
  const challenge = sha256(asked.get('code_verifier') ?? '').toString('base64url');
  const isRight =
    code !== undefined &&
    code.untilMs > nowMs &&
    code.redirectUri === asked.get('redirect_uri') &&
    code.challenge === challenge;
  return isRight ? undefined : 'invalid_grant';
}

/** `name`: of the provider, as the client has asked it. */
async function tokens(
  { sub, isStaff, nonce }: Code,
  { issuer, name }: { readonly issuer: TokenIssuer; readonly name: string },
): Promise<object> {
  // Loaded at the first sign-in, so that the start does not wait.
  const { STAFF_GROUP } = await import('../../../functions/http/caller.ts');
  const subject = { sub, groups: isStaff ? [STAFF_GROUP] : [], scope: 'openid' };
  const access = await issuer.issue(subject);
  const atHash = sha256(access.access_token).subarray(0, 16).toString('base64url');
  const claims = { iss: name, at_hash: atHash, ...(nonce !== undefined && { nonce }) };
  return { ...access, id_token: await issuer.issueIdToken(subject, claims) };
}

/** There is no session to end, so it only redirects. `logout_uri` is Cognito's name of the parameter. */
function ended({ asked, returnsTo }: Asking): Answer {
  const to = asked.get('post_logout_redirect_uri') ?? asked.get('logout_uri') ?? '';
  return returnsTo.includes(to) ? back(to, asked, {}) : page(200, '<p>You are signed out.</p>');
}

function back(to: string, asked: URLSearchParams, words: Readonly<Record<string, string>>): Answer {
  const state = asked.get('state') ?? '';
  const query = new URLSearchParams({ ...words, ...(state !== '' && { state }) }).toString();
  return { status: 303, headers: { location: query === '' ? to : `${to}?${query}`, ...UNKEPT }, body: '' };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const UNKEPT = { 'cache-control': 'no-store' };

function json(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json', ...UNKEPT }, body: JSON.stringify(body) };
}

/** `origin`: where its form may lead, beside here; Chromium asks this of the redirect as well. */
function page(status: number, content: string, origin = ''): Answer {
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
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    ...UNKEPT,
  };
  return { status, headers: { ...headers, 'x-content-type-options': 'nosniff' }, body };
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
