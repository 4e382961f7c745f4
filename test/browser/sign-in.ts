import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SIGN_IN_ADDRESSES } from '../../lib/stack/sign-in-addresses.ts';
import { sharedAssembly, startTestRun, temporaryDirectory, type TestRun } from '../support/local-run.ts';
import { shop, noChromium } from '../support/shop.ts';
import { type } from '../unit/cli/command-line.ts';

const CLIENT = 'refunds-cli';
const MACHINE = { client_id: 'back-office', client_secret: 'of-a-test' };
const API = 'https://refunds.shop.example';
const SCOPE = 'payments/cancel.any';

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
  const native = { application_type: 'native', token_endpoint_auth_method: 'none' };
  const lives = ['AccessToken', 'ClientCredentials', 'Grant', 'IdToken', 'Interaction', 'Session'];
  const provider = new Provider(issuer, {
    ttl: Object.fromEntries(lives.map((name) => [name, 600])),
    clients: [
      { client_id: CLIENT, ...native, redirect_uris: SIGN_IN_ADDRESSES },
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

/** The template as it would be with the settings `jwtIssuer`, `jwtAudience` and `personClaim`, without another synthesis. */
async function assemblyFor(issuer: string): Promise<string> {
  const assembly = await temporaryDirectory();
  cpSync(await sharedAssembly(), assembly, { recursive: true });
  const [file = ''] = globSync('*.template.json', { cwd: assembly });
  const trusted = { Issuer: issuer, Audience: [API] };
  const template: unknown = JSON.parse(
    readFileSync(path.join(assembly, file), 'utf8'),
    (name, value: unknown) => {
      if (name === 'JwtConfiguration') return trusted;
      return name === 'Variables' ? { ...(value as object), PERSON_CLAIM: 'preferred_username' } : value;
    },
  );
  writeFileSync(path.join(assembly, file), JSON.stringify(template));
  return assembly;
}

describe.skipIf(noChromium)('refunds sign-in at a real OpenID provider', () => {
  let provider: Awaited<ReturnType<typeof realProvider>>;
  let service: TestRun;
  let home: string;

  beforeAll(async () => {
    provider = await realProvider();
    home = await temporaryDirectory();
    service = await startTestRun({ assembly: await assemblyFor(provider.issuer) });
    const payment = { imp_uid: 'imp_1', merchant_uid: 'ORD-1', amount: 10_000, customer_id: 'c' };
    await service.call('POST', '/_local/payments', { body: payment });
  });
  afterAll(async () => {
    await service.end();
    provider.server.closeAllConnections();
    provider.server.close();
  });

  async function signInAs(name: string, page: Page): Promise<void> {
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.locator('button[autofocus]', { hasText: 'Continue' }).click();
  }

  async function refunds(words: string) {
    const acted = Promise.withResolvers<string>();
    const answer = await type(`${words} --api ${service.url}`, {
      env: { HOME: home },
      nowMs: Date.now,
      openBrowser: (address) => {
        void (async () => {
          const context = await shop.browser.newContext();
          const page = await context.newPage();
          // Only this machine is reachable.
          await page.route(/^https:/, (route) => route.abort());
          await page.goto(address);
          await signInAs('hana', page);
          return page.getByText(/You are (not )?signed in/).textContent();
        })().then((text) => acted.resolve(text ?? ''), acted.reject);
      },
    });
    return { ...answer, shown: words.startsWith('sign-in') ? await acted.promise : '' };
  }

  it('refunds sign-in gets a token that the service accepts; closing needs the token of a person', async () => {
    expect(await refunds('export --from 2026-11-01')).toMatchObject({ status: 2 });
    const signedIn = await refunds(
      `sign-in --issuer ${provider.issuer} --client-id ${CLIENT} --scope ${SCOPE}`,
    );
    const shown = 'You are signed in. Close this page, and go on in the terminal.';
    expect(signedIn).toMatchObject({ status: 0, shown });
    expect(signedIn.err).toContain(`${provider.issuer}/auth?`);
    expect(await refunds('export --from 2026-11-01')).toMatchObject({ status: 0 });

    const answer = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...MACHINE, grant_type: 'client_credentials', scope: SCOPE }),
    });
    const { access_token: machine } = (await answer.json()) as { readonly access_token: string };
    const headers = { authorization: `Bearer ${machine}` };
    const refunded = await service.call('POST', '/payments/cancel', {
      body: { merchant_uid: 'ORD-1' },
      headers,
    });
    const { refund_id: id, cancellation_id: entry } = refunded.body['refund'] as Record<string, string>;
    const words = `close ORD-1 ${id} --executed --cancellation-id ${entry} --evidence seen`;
    expect((await refunds(`${words} --token ${machine}`)).text).toContain(
      'refused (403). PERSON_CLAIM_MISSING',
    );
    expect((await refunds(words)).text).toBe(`${id}: closed.`);
  });
});
