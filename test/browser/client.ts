import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientScript } from '../../lib/packages/client-package.ts';
import { noChromium, shop } from './visit.ts';
import { api, DONE, tokenOf } from '../unit/client/page.ts';

/** A shop page without a build step, in an old Korean encoding. */
const PAGE = `<!doctype html><meta charset="euc-kr"><title>shop</title><script src="/client.js"></script>`;

/** The headers of the service's API for the one origin that it allows. */
function cors(origin: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET,POST',
    'access-control-allow-headers': 'authorization,content-type,idempotency-key',
    'access-control-expose-headers': 'location,retry-after,idempotency-replayed',
  };
}

/** The scripted API over HTTP. */
async function serve(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
  const { method = '', url = '', headers } = request;
  if (method === 'OPTIONS') return void response.writeHead(204, cors(origin)).end();
  const body = await text(request);
  const asked = { method, headers: new Headers(headers as Record<string, string>), body: body || null };
  const answer = await api.fetch(url, asked);
  return void response
    .writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...cors(origin) })
    .end(await answer.text());
}

interface Script {
  readonly IamportRefunds: {
    readonly createRefundClient: (options: object) => {
      readonly cancel: (request: object) => Promise<{ readonly kind: string; readonly message: string }>;
    };
  };
}

describe.skipIf(noChromium)('the client as a plain script, on a page of another origin', () => {
  let server: Server;
  let context: BrowserContext;
  let address = '';
  let apiAddress = '';

  beforeAll(async () => {
    const script = await clientScript();
    server = createServer((request, response) => {
      if (request.headers.host?.startsWith('api.') === true)
        return void serve(request, response, new URL(address).origin).catch(() => response.destroy());
      const isScript = request.url === '/client.js';
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
      return response.end(isScript ? script : PAGE);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    // A host other than localhost without TLS has no randomUUID, no subtle and no Web Locks.
    address = `http://shop.test:${port}/`;
    apiAddress = `http://api.test:${port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
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

  async function press(page: Page) {
    const request = { merchant_uid: 'o', cancel_request_amount: 100 };
    return page.evaluate(
      async ({ baseUrl, token, asked }) => {
        const { IamportRefunds } = globalThis as unknown as Script;
        return IamportRefunds.createRefundClient({ baseUrl, getToken: () => token }).cancel(asked);
      },
      { baseUrl: apiAddress, token: tokenOf('customer-1'), asked: request },
    );
  }

  it('the client refunds and shows correct texts on a page without randomUUID and subtle', async () => {
    api.script = [DONE];
    const page = await tab();
    const has = await page.evaluate(() => [isSecureContext, 'randomUUID' in crypto, 'locks' in navigator]);
    expect(has).toEqual([false, false, false]);
    expect(await press(page)).toMatchObject({ kind: 'cancelled', message: '환불되었습니다. 100원' });
    expect(api.received[0]?.headers['accept-language']).toBe('ko');
  });
});
