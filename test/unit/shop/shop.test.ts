import { beforeAll, describe, expect, it } from 'vitest';
import { refundJson } from '../../../functions/http/representation.ts';
import { messageOf, type Refund } from '../../../lib/client/refund-client.ts';
import { amountIn } from '../../../lib/desk/text.ts';
import { knownOf } from '../../../lib/lab/shop/refunds.ts';
import { storefront } from '../../../lib/lab/shop/server.ts';
import { say } from '../../../lib/lab/shop/words.ts';
import { requested } from '../../support/ledger-samples.ts';

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

  it('every order number gets the same document, and nothing can be posted', () => {
    expect(get('/orders/a%2Fb')?.body).toBe(get('/')?.body);
    expect(get('/orders/')).toBeUndefined();
    expect(pages({ method: 'POST', path: '/' })).toBeUndefined();
  });

  it('the shop serves the browser client as a module', () => {
    expect(get('/refund-client.js')?.body).toMatch(/export \{[^}]*createRefundClient/);
  });
});

describe('what the demo shop says of a refund', () => {
  const viewer = {
    actor: { kind: 'customer', sub: 'customer' },
    nowMs: 0,
    quietPeriodMs: undefined,
  } as const;
  const REFUND = { ...(refundJson(requested(), {}, viewer) as Refund), requested_at: 1_000 };
  const CANCELLED = { status: 'cancelled', cancelled_at: 1_005, finished_at: 1_009 } as const;
  const DOUBT = { since: 1_001, why: null, drift: false };
  const amount = { amount: '1,000원' };

  it.each<[string, Partial<Refund>, number, string]>([
    ['in doubt is not known yet', { in_doubt: DOUBT }, 1_001, say('t_doubt')],
    ['in drift is found out by staff', { in_doubt: { ...DOUBT, drift: true } }, 1_001, say('t_drift')],
    [
      'with a new status is in doubt',
      { status: 'on_its_way' as 'unknown', in_doubt: undefined },
      1_000,
      say('t_doubt'),
    ],
    ['that was cancelled has i’mport’s time', CANCELLED, 1_005, say('t_cancelled', amount)],
    [
      'closed without an entry has the time of closing',
      { ...CANCELLED, cancelled_at: 0 },
      1_009,
      say('t_cancelled', amount),
    ],
    ['that was corrected says so', { ...CANCELLED, corrected: true }, 1_005, say('t_corrected', amount)],
    ['that the PG has undone is not told as refunded', { ...CANCELLED, undone: true }, 0, say('t_undone')],
    [
      'that was rejected says why',
      { status: 'rejected', finished_at: 1_009, rejection: { code: 'CHECKSUM_MISMATCH' } },
      1_009,
      messageOf('CHECKSUM_MISMATCH', 'ko'),
    ],
    ...(['not_executed', 'not_sent'] as const).map((status): [string, Partial<Refund>, number, string] => [
      `that was ${status} says so`,
      { status, finished_at: 1_009 },
      1_009,
      messageOf(status.toUpperCase(), 'ko'),
    ]),
  ])('a refund %s', (_, refund, at, text) => {
    expect(knownOf({ ...REFUND, ...refund }, 'KRW')).toMatchObject({ at, text });
  });
});

describe('a typed amount', () => {
  it.each([
    [' 1,234,567 ', 'KRW', 1_234_567],
    ['1,000원', 'KRW', 1_000],
    ['₩1,000', 'KRW', 1_000],
    ['１，０００', 'KRW', 1_000],
    ['007', 'KRW', 7],
    ['$14.2', 'USD', 14.2],
    ['0.5', 'KWD', 0.5],
  ])('%j in %s is read as %d', (typed, currency, amount) => {
    expect(amountIn(typed, currency, 10_000_000)).toEqual({ amount });
  });

  it.each([
    ['   ', 'KRW', 'empty'],
    ['0x10', 'KRW', 'unreadable'],
    ['1e3', 'KRW', 'unreadable'],
    ['1,00,0', 'KRW', 'unreadable'],
    ['1,0000', 'KRW', 'unreadable'],
    [',100', 'KRW', 'unreadable'],
    ['-5', 'KRW', 'unreadable'],
    ['1 000', 'KRW', 'unreadable'],
    ['1.', 'USD', 'unreadable'],
    ['NaN', 'KRW', 'unreadable'],
    ['만원', 'KRW', 'unreadable'],
    ['$5', 'KRW', 'unreadable'],
    ['₩5', 'USD', 'unreadable'],
    ['1.5', 'KRW', 'decimals'],
    ['1.555', 'USD', 'decimals'],
    ['0.00', 'USD', 'zero'],
    ['10,001', 'KRW', 'too_much'],
  ])('%j in %s is refused: %s', (typed, currency, fault) => {
    expect(amountIn(typed, currency, 10_000)).toEqual({ fault });
  });
});
