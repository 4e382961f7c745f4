import { beforeAll, describe, expect, it } from 'vitest';
import { storefront } from '../../../lib/lab/shop/server.ts';

describe('the pages of the demo shop', () => {
  let pages: Awaited<ReturnType<typeof storefront>>;
  beforeAll(async () => {
    pages = await storefront();
  });
  const get = (path: string) => pages({ method: 'GET', path });

  it.each(['/', '/docs'])('the page %s loads only files of the shop, and each exists', (path) => {
    const files = [...(get(path)?.body ?? '').matchAll(/(?:src|href)="([^"]+)"/g)]
      .map(([, file = '']) => file)
      .filter((file) => file !== 'data:,');
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect([file, (get(file)?.body ?? '').length > 0]).toEqual([file, true]);
  });

  it('the content security policy allows only the shop’s own files', () => {
    for (const path of ['/', '/docs', '/shop.js']) {
      const policy = get(path)?.headers['content-security-policy'] ?? '';
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/);
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    }
  });

  it('every order number gets the same document', () => {
    expect(get('/orders/a%2Fb')?.body).toBe(get('/')?.body);
    expect(get('/orders/')).toBeUndefined();
    expect(pages({ method: 'POST', path: '/' })).toBeUndefined();
  });

  it('the shop serves the browser client as a module', () => {
    expect(get('/refund-client.js')?.body).toMatch(/export \{[^}]*createRefundClient/);
  });
});
