import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayRequest } from '../../../lib/lab/local/gateway/http.ts';
import { createOidc } from '../../../lib/lab/local/oidc.ts';
import { createTokenIssuer } from '../../../lib/lab/local/token-issuer.ts';
import { startTestRun, temporaryDirectory, type TestRun } from '../../support/local-run.ts';

const VERIFIER = 'v'.repeat(43);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const CLI = 'http://localhost:18976/signed-in';

let run: TestRun;
let client: string;
beforeAll(async () => {
  run = await startTestRun();
  const { body } = await run.call('GET', '/_local');
  client = String(body['token_audience']);
});
afterAll(async () => run.end());

type Words = Readonly<Record<string, string>>;

/** The client's request with the changes of a test; '' leaves a field out. */
function wish(more: Words = {}): URLSearchParams {
  const all = {
    client_id: client,
    redirect_uri: `${run.url}/desk/`,
    response_type: 'code',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 's&"1',
    ...more,
  };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== ''));
}

async function send(path: string, body?: URLSearchParams, headers: Words = {}): Promise<Response> {
  return fetch(`${run.url}/_local/oidc${path}`, {
    redirect: 'manual',
    headers,
    ...(body !== undefined && { method: 'POST', body }),
  });
}

/** The redirect address and its query. */
function location(answer: Response): readonly [string, Words] {
  const { origin, pathname, searchParams } = new URL(answer.headers.get('location') ?? '');
  return [`${origin}${pathname}`, Object.fromEntries(searchParams)];
}

async function codeOf(more: Words = {}): Promise<string> {
  const answer = await send('/authorize', wish({ sub: 'staff-1', staff: 'yes', ...more }));
  return location(answer)[1]['code'] ?? '';
}

function exchange(code: string, more: Words = {}): URLSearchParams {
  const redirect = { redirect_uri: `${run.url}/desk/`, client_id: client };
  return new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    code_verifier: VERIFIER,
    ...redirect,
    ...more,
  });
}

async function tokensOf(code: string, more: Words = {}) {
  const answer = await send('/token', exchange(code, more));
  return { status: answer.status, body: (await answer.json()) as Words };
}

function claimsOf(token: string | undefined): Readonly<Record<string, unknown>> {
  const [, payload = ''] = (token ?? '').split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

describe('the sign-in of the local run', () => {
  it('the discovery document uses the host of the request', async () => {
    const own = run.url.replace('127.0.0.1', 'localhost');
    const answer = await fetch(`${own}/_local/oidc/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({
      issuer: `${own}/_local/oidc`,
      token_endpoint: `${own}/_local/oidc/token`,
      code_challenge_methods_supported: ['S256'],
    });
  });

  it('the sign-in page offers the accounts and shows the request as text', async () => {
    const answer = await send(`/authorize?${wish().toString()}`);
    const page = await answer.text();
    expect(page).toContain('value="staff-1"');
    expect(page).toContain('value="s&#38;&#34;1"');
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toContain(
      `default-src 'none'; style-src 'self'; img-src data:; form-action 'self' ${run.url};`,
    );
  });

  it('staff get an access token that the API accepts, and an ID token that it refuses', async () => {
    const { status, body } = await tokensOf(await codeOf({ nonce: 'n1' }));
    expect(status).toBe(200);
    const access = claimsOf(body['access_token']);
    expect(access).toMatchObject({
      token_use: 'access',
      client_id: client,
      sub: 'staff-1',
      username: 'staff-1',
      'cognito:groups': ['refund-staff'],
    });
    const list = async (token = '') =>
      (await run.call('GET', '/refunds', { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await list(body['access_token'])).toBe(200);
    const id = claimsOf(body['id_token']);
    expect(id).toMatchObject({ token_use: 'id', aud: client, iss: `${run.url}/_local/oidc`, nonce: 'n1' });
    expect(id['at_hash']).toMatch(/^[\w-]{22}$/);
    // The gateway accepts the signature; the function refuses it because it is not an access token.
    expect(await list(body['id_token'])).toBe(403);
  });

  it('anybody can sign in as a customer, and the browser returns to the port of refunds sign-in', async () => {
    const answer = await send('/authorize', wish({ sub: ' kim ', redirect_uri: CLI }));
    const [to, { code = '', state }] = location(answer);
    expect([answer.status, to, state]).toEqual([303, CLI, 's&"1']);
    const { body } = await tokensOf(code, { redirect_uri: CLI });
    expect(claimsOf(body['access_token'])).not.toHaveProperty('cognito:groups');
    expect(claimsOf(body['access_token'])['sub']).toBe('kim');
  });

  it('a code can be used once, also if the exchange failed', async () => {
    const code = await codeOf();
    expect(await tokensOf(code, { code_verifier: 'w'.repeat(43) })).toMatchObject({ status: 400 });
    expect(await tokensOf(code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    const again = await codeOf();
    expect((await tokensOf(again)).status).toBe(200);
    expect((await tokensOf(again)).status).toBe(400);
  });

  it.each([
    [{ code_verifier: '' }, 'invalid_grant'],
    [{ redirect_uri: CLI }, 'invalid_grant'],
    [{ client_id: 'other' }, 'invalid_client'],
    [{ grant_type: 'refresh_token' }, 'unsupported_grant_type'],
  ])('the token endpoint refuses an exchange with %j', async (more, error) => {
    expect(await tokensOf(await codeOf(), more)).toEqual({ status: 400, body: { error } });
  });

  it('a code older than a minute is refused', async () => {
    let nowMs = 0;
    const issuer = await createTokenIssuer(await temporaryDirectory(), {
      issuer: 'https://i',
      audience: [client],
    });
    const oidc = createOidc({ issuer, now: () => nowMs });
    const ask = async (path: string, body: URLSearchParams) =>
      oidc({
        method: 'POST',
        target: `/_local/oidc${path}`,
        headers: { host: new URL(run.url).host },
        sourceIp: '',
        body: Buffer.from(body.toString()),
      } satisfies GatewayRequest);
    const code = async () => {
      const answer = await ask('/authorize', wish({ sub: 'kim' }));
      return new URL(answer?.headers['location'] ?? '').searchParams.get('code') ?? '';
    };
    const [young, old] = [await code(), await code()];
    nowMs = 59_999;
    expect((await ask('/token', exchange(young)))?.status).toBe(200);
    nowMs = 60_000;
    expect((await ask('/token', exchange(old)))?.status).toBe(400);
  });

  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ deny: 'yes' }, 'access_denied'],
  ])('the browser returns with an error and without a code for %j', async (more, error) => {
    const [to, words] = location(await send('/authorize', wish(more)));
    expect(to).toBe(`${run.url}/desk/`);
    expect(words).toMatchObject({ error, state: 's&"1' });
    expect(words).not.toHaveProperty('code');
  });

  it.each<Words>([
    { client_id: 'other' },
    { redirect_uri: 'https://evil.example/' },
    { redirect_uri: 'http://localhost:18976/' },
    { redirect_uri: 'http://127.0.0.1:1/desk/' },
  ])('the browser is not redirected anywhere for %j', async (more) => {
    for (const answer of [
      await send(`/authorize?${wish(more).toString()}`),
      await send('/authorize', wish({ sub: 'kim', ...more })),
      await send(
        `/end-session?${new URLSearchParams({ post_logout_redirect_uri: more['redirect_uri'] ?? '' }).toString()}`,
      ),
    ])
      expect(answer.headers.get('location')).toBeNull();
  });

  it('ending a session returns to the given address', async () => {
    const there = new URLSearchParams({ logout_uri: `${run.url}/desk/`, client_id: client });
    const answer = await send(`/end-session?${there.toString()}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${run.url}/desk/`]);
  });

  it('a page of another origin and an unknown path are refused', async () => {
    const evil = { origin: 'https://evil.example' };
    expect((await send('/authorize', wish({ sub: 'kim' }), evil)).status).toBe(403);
    expect((await send('/userinfo')).status).toBe(404);
  });
});
