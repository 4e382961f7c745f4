import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SIGN_IN_ADDRESSES } from '../../lib/stack/sign-in-addresses.ts';
import { temporaryDirectory } from '../support/local-run.ts';
import { noChromium, shop } from './visit.ts';
import { type } from '../unit/cli/command-line.ts';

/** The module name as a variable, because the package has no types. */
const UNTYPED: string = 'oidc-provider';
/** The part of the package that is used here. */
type ProviderClass = new (issuer: string, configuration: object) => { callback: () => RequestListener };

/** A certified OpenID provider with one public client, configured as DEPLOY describes. */
async function realProvider(): Promise<{ readonly issuer: string; readonly server: Server }> {
  const { default: Provider } = (await import(UNTYPED)) as { default: ProviderClass };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  // Silence its warnings about development settings.
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const native = { application_type: 'native', token_endpoint_auth_method: 'none' };
  const lives = ['AccessToken', 'Grant', 'IdToken', 'Interaction', 'Session'];
  const provider = new Provider(issuer, {
    ttl: Object.fromEntries(lives.map((name) => [name, 600])),
    clients: [{ client_id: 'refunds-cli', ...native, redirect_uris: SIGN_IN_ADDRESSES }],
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  });
  warn.mockRestore();
  server.on('request', provider.callback());
  return { issuer, server };
}

describe.skipIf(noChromium)('refunds sign-in at a real OpenID provider', () => {
  let provider: Awaited<ReturnType<typeof realProvider>>;
  beforeAll(async () => {
    provider = await realProvider();
  });
  afterAll(() => {
    provider.server.closeAllConnections();
    provider.server.close();
  });

  async function signInAs(name: string, address: string): Promise<string | null> {
    const page = await (await shop.browser.newContext()).newPage();
    // Only this machine is reachable.
    await page.route(/^https:/, (route) => route.abort());
    await page.goto(address);
    await page.locator('input[name=login]').fill(name);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.locator('button[autofocus]', { hasText: 'Continue' }).click();
    return page.getByText('go on in the terminal').textContent();
  }

  it('refunds sign-in gets a token of a certified provider, and the browser is told to go back to the terminal', async () => {
    const shown = Promise.withResolvers<string | null>();
    const api = 'https://refunds.shop.example';
    const words = `sign-in --api ${api} --issuer ${provider.issuer} --client-id refunds-cli`;
    const answer = await type(words, {
      env: { HOME: await temporaryDirectory() },
      nowMs: Date.now,
      openBrowser: (address) => void signInAs('hana', address).then(shown.resolve, shown.reject),
    });
    expect(answer.status).toBe(0);
    expect(answer.text).toContain(`Signed in at ${api} until 20`);
    expect(await shown.promise).toBe('Close this page, and go on in the terminal.');
  });
});
