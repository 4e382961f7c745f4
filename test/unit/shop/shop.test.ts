import { beforeAll, describe, expect, it } from 'vitest';
import { messageOf, type Refund } from '../../../lib/client/refund-client.ts';
import { amountIn } from '../../../lib/desk/text.ts';
import { stepsOf } from '../../../lib/lab/shop/refunds.ts';
import { storefront } from '../../../lib/lab/shop/server.ts';
import { say, type Word, WORDS } from '../../../lib/lab/shop/words.ts';

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

describe('the texts of the shop', () => {
  const HANGUL = /\p{Script=Hangul}/u;
  const values = (text: string) => new Set(text.match(/\{\w+\}/g));
  // The name of the other language is written in that language.
  const texts = Object.entries(WORDS).filter(([name]) => name !== 'otherLanguage');
  it('each text is in Korean and English, with the same values', () => {
    for (const [name, { ko, en }] of texts) {
      expect([name, HANGUL.test(ko), HANGUL.test(en)]).toEqual([name, true, false]);
      expect([name, values(ko)]).toEqual([name, values(en)]);
    }
  });
});

describe('the time line of a refund in the demo shop', () => {
  const REFUND: Refund = {
    refund_id: 'rf_1',
    status: 'unknown',
    amount: 100,
    reason: null,
    reference: null,
    actor: 'customer',
    requested_at: 1_000,
    cancelled_at: 0,
    finished_at: 0,
    cancellation_id: null,
    receipt_url: null,
    decided_by: null,
    attribution: null,
    expected_by: null,
    warnings: [],
  };
  const CANCELLED = { status: 'cancelled', cancelled_at: 1_005, finished_at: 1_009 } as const;
  const DOUBT = { since: 1_001, why: null, drift: false };
  const ASKED = [1_000, 't_asked_customer'] as const;

  it.each<[string, Partial<Refund>, readonly (readonly [number, string])[]]>([
    ['in doubt has no end', { in_doubt: DOUBT }, [ASKED, [1_001, 't_doubt']]],
    [
      'in drift says that staff look into it',
      { in_doubt: { ...DOUBT, drift: true } },
      [ASKED, [1_001, 't_doubt'], [0, 't_drift']],
    ],
    ['with a new status is in doubt', { status: 'on_its_way' as 'unknown' }, [ASKED, [1_000, 't_doubt']]],
    ['that was cancelled ends at i’mport’s time', CANCELLED, [ASKED, [1_005, 't_cancelled']]],
    [
      'closed without an entry ends at the time of closing',
      { ...CANCELLED, cancelled_at: 0 },
      [ASKED, [1_009, 't_cancelled']],
    ],
    ['that was corrected says so', { ...CANCELLED, corrected: true }, [ASKED, [1_005, 't_corrected']]],
    [
      'that the PG has undone does not end as refunded',
      { ...CANCELLED, undone: true },
      [ASKED, [1_005, 't_cancelled'], [0, 't_undone']],
    ],
    [
      'that was rejected says why',
      { status: 'rejected', finished_at: 1_009, rejection: { code: 'CHECKSUM_MISMATCH' } },
      [ASKED, [1_009, 'CHECKSUM_MISMATCH']],
    ],
    [
      'that was not executed says so',
      { status: 'not_executed', finished_at: 1_009 },
      [ASKED, [1_009, 'NOT_EXECUTED']],
    ],
    [
      'requested by staff says so',
      { actor: 'staff', status: 'not_sent', finished_at: 1_009 },
      [
        [1_000, 't_asked_staff'],
        [1_009, 'NOT_SENT'],
      ],
    ],
    [
      'made elsewhere begins with the cancel',
      { ...CANCELLED, made_by: 'provider', requested_at: 0 },
      [[1_005, 't_cancelled']],
    ],
  ])('a refund %s', (_, refund, steps) => {
    const textOf = (name: string) =>
      name in WORDS ? say(name as Word, { amount: '100원' }) : messageOf(name, 'ko');
    expect(stepsOf({ ...REFUND, ...refund }, 'KRW').map(({ at, text }) => [at, text])).toEqual(
      steps.map(([at, name]) => [at, textOf(name)]),
    );
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
