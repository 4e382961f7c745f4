import type { BrowserContext } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { clientScript } from '../../lib/packages/client-package.ts';
import { api, DONE, tokenOf } from '../unit/client/page.ts';
import { noChromium, shop } from './visit.ts';

/** A shop page without a build step, in an old Korean encoding. */
const PAGE = `<!doctype html><meta charset="euc-kr"><title>shop</title><script src="/client.js"></script>`;
// A host other than localhost without TLS has no randomUUID, no subtle and no Web Locks.
const SHOP = 'http://shop.test';
const API = 'http://api.test';

/** Answers for both hosts: the shop's page and script, and the scripted API, which allows the page's origin. */
async function serve(context: BrowserContext): Promise<void> {
  const script = await clientScript();
  await context.route(`${SHOP}/**`, async (route) => {
    const isScript = route.request().url().endsWith('/client.js');
    await route.fulfill({
      contentType: isScript ? 'text/javascript' : 'text/html',
      body: isScript ? script : PAGE,
    });
  });
  await context.route(`${API}/**`, async (route) => {
    const asked = route.request();
    const headers = new Headers(asked.headers());
    const answer = await api.fetch(asked.url(), { method: asked.method(), headers, body: asked.postData() });
    await route.fulfill({
      status: answer.status,
      headers: { ...Object.fromEntries(answer.headers), 'access-control-allow-origin': SHOP },
      body: await answer.text(),
    });
  });
}

interface Script {
  readonly IamportRefunds: {
    readonly createRefundClient: (options: object) => {
      readonly cancel: (request: object) => Promise<{ readonly kind: string; readonly message: string }>;
    };
  };
}

describe.skipIf(noChromium)('the client as a plain script, on a page of another origin', () => {
  it('the client refunds and shows correct texts on a page without randomUUID and subtle', async () => {
    api.reset();
    api.script = [DONE];
    const context = await shop.browser.newContext();
    await serve(context);
    const page = await context.newPage();
    await page.goto(SHOP);
    const has = await page.evaluate(() => [isSecureContext, 'randomUUID' in crypto, 'locks' in navigator]);
    expect(has).toEqual([false, false, false]);
    const outcome = await page.evaluate(
      async ({ baseUrl, token }) => {
        const { IamportRefunds } = globalThis as unknown as Script;
        const client = IamportRefunds.createRefundClient({ baseUrl, getToken: () => token });
        return client.cancel({ merchant_uid: 'o', cancel_request_amount: 100 });
      },
      { baseUrl: API, token: tokenOf('customer-1') },
    );
    expect(outcome).toMatchObject({ kind: 'cancelled', message: '환불되었습니다. 100원' });
    expect(api.received[0]?.headers['accept-language']).toBe('ko');
    await context.close();
  });
});
