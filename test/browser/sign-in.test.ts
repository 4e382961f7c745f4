import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oauth from 'oauth4webapi';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesize } from '../../lib/lab/local/template/assembly.ts';
import { SIGN_IN_ADDRESSES } from '../../lib/stack/sign-in-addresses.ts';
import { startTestRun, temporaryDirectory, type TestRun } from '../support/local-run.ts';
import { noChromium, openBrowser } from '../support/shop.ts';
import { type } from '../unit/cli/command-line.ts';

const CLIENT = 'refunds-cli';
const MACHINE = { client_id: 'back-office', client_secret: 'of-a-test' };
const API = 'https://refunds.shop.example';
const SCOPE = 'payments/cancel.any';

type Words = Readonly<Record<string, string>>;

/** The module name as a variable, because the package has no types. */
const UNTYPED: string = 'oidc-provider';
/** The part of the package that is used here. */
type ProviderClass = new (issuer: string, configuration: object) => { callback: () => RequestListener };

/** A certified OpenID provider, configured as by a shop: staff by scope, tokens for one API. */
async function realProvider(): Promise<{ readonly issuer: string; readonly server: Server }> {
  const { default: Provider } = (await import(UNTYPED)) as { default: ProviderClass };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const resource = { scope: SCOPE, audience: API, accessTokenFormat: 'jwt', accessTokenTTL: 600 };
  // Silence its warnings about development settings.
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const lives = [
    'AccessToken',
    'AuthorizationCode',
    'ClientCredentials',
    'Grant',
    'IdToken',
    'Interaction',
    'Session',
  ];
  const provider = new Provider(issuer, {
    ttl: Object.fromEntries(lives.map((name) => [name, 600])),
    clients: [
      {
        client_id: CLIENT,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: SIGN_IN_ADDRESSES,
      },
      { ...MACHINE, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    ],
    scopes: ['openid', SCOPE],
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => resource,
      },
    },
    extraTokenClaims: (_: unknown, { accountId }: { accountId?: string }) =>
      accountId === undefined ? {} : { preferred_username: accountId },
  });
  warn.mockRestore();
  server.on('request', provider.callback());
  return { issuer, server };
}

describe.skipIf(noChromium)('refunds sign-in at a real OpenID provider', () => {
  let provider: Awaited<ReturnType<typeof realProvider>>;
  let service: TestRun;
  let browser: Browser;
  let home: string;

  beforeAll(async () => {
    provider = await realProvider();
    home = await temporaryDirectory();
    const assembly = await temporaryDirectory();
    // The ID token's audience is accepted, too, so that only the kind of token can be the reason of a refusal.
    const trusted = {
      jwtIssuer: provider.issuer,
      jwtAudience: [API, CLIENT],
      personClaim: 'preferred_username',
    };
    await synthesize(assembly, undefined, trusted);
    service = await startTestRun({ assembly });
    const payment = { imp_uid: 'imp_1', merchant_uid: 'ORD-1', amount: 10_000, customer_id: 'c' };
    await service.call('POST', '/_local/payments', { body: payment });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await service.end();
    provider.server.closeAllConnections();
    provider.server.close();
  });

  /** A new browser that can reach only this machine. */
  async function newPage(): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.route(/^https:/, (route) => route.abort());
    return page;
  }

  async function signInAs(name: string, page: Page): Promise<void> {
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.locator('button[autofocus]', { hasText: 'Continue' }).click();
  }

  async function refunds(words: string, act: (page: Page) => Promise<void> = async () => {}) {
    const page = await newPage();
    const acted = Promise.withResolvers<string>();
    const said = await type(`${words} --api ${service.url}`, {
      env: { HOME: home },
      nowMs: Date.now,
      openBrowser: (address) => {
        page
          .goto(address)
          .then(async () => act(page))
          .then(async () => page.getByText(/You are (not )?signed in/).textContent())
          .then((text) => acted.resolve(text ?? ''))
          .catch(acted.reject);
      },
    });
    const shown = words.startsWith('sign-in') ? await acted.promise : '';
    return { ...said, shown };
  }

  const SIGN_IN = () => `sign-in --issuer ${provider.issuer} --client-id ${CLIENT} --scope ${SCOPE}`;
  it('refunds sign-in exchanges the code for a token that the service accepts', async () => {
    expect(await refunds('export --from 2026-11-01')).toMatchObject({ status: 2 });
    const signedIn = await refunds(SIGN_IN(), async (page) => signInAs('hana', page));
    expect(signedIn).toMatchObject({
      status: 0,
      shown: 'You are signed in. Close this page, and go on in the terminal.',
    });
    expect(signedIn.err).toContain(`${provider.issuer}/auth?`);
    expect(await refunds('export --from 2026-11-01')).toMatchObject({ status: 0 });
  });

  it('refunds sign-in ends without a token when the person cancels', async () => {
    const { status, told, shown } = await refunds(SIGN_IN(), async (page) =>
      page.getByRole('link', { name: 'Cancel' }).click(),
    );
    expect({ status, shown }).toEqual({ status: 1, shown: 'You are not signed in. The terminal says why.' });
    expect(told).toContain('has refused it: access_denied, "End-User aborted interaction"');
  });

  /** The provider's answer to the exchange of this code with this verifier. */
  async function exchanged(verifier: string, { challenge = '' } = {}): Promise<Words> {
    const [redirect] = SIGN_IN_ADDRESSES;
    const page = await newPage();
    const came = page.waitForRequest((request) => request.url().startsWith(redirect));
    const query = {
      response_type: 'code',
      client_id: CLIENT,
      redirect_uri: redirect,
      scope: `openid ${SCOPE}`,
      nonce: 'n',
      ...(challenge !== '' && { code_challenge: challenge, code_challenge_method: 'S256' }),
    };
    await page
      .goto(`${provider.issuer}/auth?${new URLSearchParams(query).toString()}`)
      .catch(() => undefined);
    if (challenge !== '') await signInAs('hana', page);
    const { searchParams } = new URL((await came).url());
    const code = searchParams.get('code');
    if (code === null) return { error: searchParams.get('error_description') ?? '' };
    const body = { grant_type: 'authorization_code', client_id: CLIENT, redirect_uri: redirect, code };
    const answer = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...body, code_verifier: verifier }),
    });
    return (await answer.json()) as Words;
  }

  it('the provider refuses a sign-in without PKCE or with another verifier', async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const challenge = await oauth.calculatePKCECodeChallenge(verifier);
    expect((await exchanged(verifier))['error']).toContain('requires PKCE');
    const other = oauth.generateRandomCodeVerifier();
    expect(await exchanged(other, { challenge })).toMatchObject({ error: 'invalid_grant' });
  });

  it('the service refuses an ID token and a forged token, and limits a machine’s token', async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const challenge = await oauth.calculatePKCECodeChallenge(verifier);
    const given = await exchanged(verifier, { challenge });
    const list = async (token = '') =>
      (await service.call('GET', '/refunds', { headers: { authorization: `Bearer ${token}` } })).status;
    const { access_token: access = '', id_token: id = '' } = given;
    expect(await list(access)).toBe(200);
    expect(await list(id)).toBe(403);
    const [head = '', claims = '', signature = ''] = access.split('.');
    expect(await list([head, claims, signature.split('').toReversed().join('')].join('.'))).toBe(401);
    const answer = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...MACHINE, grant_type: 'client_credentials', scope: SCOPE }),
    });
    const machine = (await answer.json()) as { readonly access_token: string };
    expect(await list(machine.access_token)).toBe(200);
    const refunded = await service.call('POST', '/payments/cancel', {
      body: { merchant_uid: 'ORD-1' },
      headers: { authorization: `Bearer ${access}` },
    });
    const { refund_id: refundId, cancellation_id: entry } = refunded.body['refund'] as Words;
    const words = `close ORD-1 ${refundId} --executed --cancellation-id ${entry} --evidence seen`;
    const closed = await refunds(`${words} --token ${machine.access_token}`);
    expect(closed.told).toContain('refused (403). PERSON_CLAIM_MISSING');
    // The person's token as kept by sign-in.
    expect((await refunds(words)).told).toBe(`${refundId}: closed.`);
  });
});
