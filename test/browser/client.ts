import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientScript } from '../../lib/packages/client-package.ts';
import { shop, noChromium } from '../support/shop.ts';
import { Api, aRefund, DONE, looked, tokenOf } from '../unit/client/page.ts';

/** A shop page without a build step, in an old Korean encoding. */
const PAGE = `<!doctype html><meta charset="euc-kr"><title>shop</title><script src="/client.js"></script>`;

interface Script {
  readonly IamportRefunds: {
    readonly createRefundClient: (options: object) => {
      readonly cancel: (request: object) => Promise<{ readonly kind: string; readonly message: string }>;
    };
  };
}

describe.skipIf(noChromium)('the client as a plain script, on a page of another origin', () => {
  const api = new Api();
  let server: Server;
  let context: BrowserContext;
  let address = '';

  beforeAll(async () => {
    await api.start();
    const script = await clientScript();
    server = createServer(({ url }, response) => {
      const isScript = url === '/client.js';
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
      response.end(isScript ? script : PAGE);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A host other than localhost without TLS has no randomUUID, no subtle and no Web Locks.
    address = `http://shop.test:${(server.address() as AddressInfo).port}/`;
    api.origin = new URL(address).origin;
  });
  afterAll(() => {
    server.close();
    api.stop();
  });
  beforeEach(async () => {
    await context?.close();
    context = await shop.browser.newContext();
    api.reset();
  });

  async function tab(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }

  async function press(page: Page, amount: number) {
    const request = { merchant_uid: 'o', cancel_request_amount: amount };
    return page.evaluate(
      async ({ baseUrl, token, asked }) => {
        const { IamportRefunds } = globalThis as unknown as Script;
        return IamportRefunds.createRefundClient({ baseUrl, getToken: () => token }).cancel(asked);
      },
      { baseUrl: api.baseUrl.replace('127.0.0.1', 'api.test'), token: tokenOf('customer-1'), asked: request },
    );
  }

  it('the client refunds and shows correct texts on a page without randomUUID and subtle', async () => {
    api.script = [DONE];
    const page = await tab();
    const has = await page.evaluate(() => [isSecureContext, 'randomUUID' in crypto, 'locks' in navigator]);
    expect(has).toEqual([false, false, false]);
    expect(await press(page, 100)).toMatchObject({ kind: 'cancelled', message: '환불되었습니다. 100원' });
    expect(api.received[0]?.headers['accept-language']).toBe('ko');
  });

  it('two tabs that press at once without locks refund once', async () => {
    api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked(aRefund('cancelled')));
    const tabs = await Promise.all([tab(), tab()]);
    await Promise.all(tabs.map(async (page) => press(page, 100)));
    expect(api.keys.size).toBe(1);
  });

  it('the second tab is told that another request is open', async () => {
    api.otherwise = ({ method }) => (method === 'POST' ? 'silent' : looked());
    const [first, second] = await Promise.all([tab(), tab()]);
    const pressed = press(first, 100).catch(() => undefined);
    await expect.poll(() => api.keys.size).toBe(1);
    expect(await press(second, 250)).toMatchObject({ kind: 'busy', open: { amount: 100 }, amount: 250 });
    await first.close();
    await pressed;
    expect(api.keys.size).toBe(1);
  });
});
