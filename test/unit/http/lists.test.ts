import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { csvLine, escaped, textCell } from '../../../functions/http/csv.ts';
import { listRequest } from '../../../functions/http/list-query.ts';
import { ListAnswer, ListedRefund, listedJson, wantsCsv } from '../../../functions/http/listed.ts';
import { handleList } from '../../../functions/list-refunds.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import {
  cancelled,
  elsewhere,
  eventOf,
  holding,
  minor,
  notExecuted,
  NOW_MS,
  notSent,
  rejected,
  requested,
  SECOND,
  SOON_MS,
  STAFF_CLAIMS,
  parsed,
  undone,
  untouched,
} from './samples.ts';

const ALL = [cancelled, rejected, notExecuted, undone, requested, notSent, elsewhere];

function asStaff(
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
) {
  return eventOf({ claims: STAFF_CLAIMS, query, headers });
}

const CSV = { accept: 'text/csv' };
const known = holding(ALL);

async function list(query: Readonly<Record<string, string>> = {}, of = known) {
  const { status, body } = parsed(await handleList(asStaff(query), SOON_MS, of));
  expect(status).toBe(200);
  return v.parse(v.strictObject(ListAnswer.entries), body);
}

describe('the list of refunds', () => {
  it('the list has every refund with the same fields, newest first, without unsent ones', async () => {
    const { refunds, next } = await list();
    expect(next).toBeNull();
    expect(refunds.map(({ refund_id: id }) => id)).toEqual([
      'rf_rejected',
      'rf_not_executed',
      'rf_undone',
      'rf_cancelled',
      'rf_requested',
      'el_console',
    ]);
    expect(refunds.find(({ refund_id: id }) => id === 'rf_cancelled')).toEqual({
      refund_id: 'rf_cancelled',
      merchant_uid: 'ORD-1',
      imp_uid: 'imp_1',
      status: 'cancelled',
      amount: 14.2,
      currency: 'USD',
      reason: 'size',
      reference: 'RETURN-17',
      requested_at: NOW_MS / SECOND,
      cancelled_at: NOW_MS / SECOND,
      finished_at: NOW_MS / SECOND + 1,
      listed_at: NOW_MS / SECOND,
      actor: 'customer',
      decided_by: 'answer',
    });
  });

  it('the list says who made a cancel, how it ended, and which refunds are in drift', () => {
    const at = (nowMs: number) => ({ nowMs, quietPeriodMs: 180_000 });
    const later = at(NOW_MS + 5 * 180_000 + SECOND);
    const provider = { made_by: 'provider', status: 'cancelled', actor: null, requested_at: 0 };
    expect(listedJson(elsewhere, later)).toMatchObject({ ...provider, reason: '관리자페이지취소' });
    expect(listedJson(undone, later)).toMatchObject({ undone: true });
    const corrected = { ...cancelled, corrected: true, executedAmount: minor(1_000) };
    expect(listedJson(corrected, later)).toMatchObject({ corrected: true, executed_amount: 10 });
    expect(listedJson(requested, at(NOW_MS))).not.toHaveProperty('drift');
    const drift = { status: 'unknown', finished_at: 0, drift: true };
    expect(listedJson(requested, later)).toMatchObject(drift);
    expect(listedJson(notSent, later)).toMatchObject({ status: 'not_sent' });
    for (const item of ALL) v.parse(v.strictObject(ListedRefund.entries), listedJson(item, later));
  });

  it('the list accepts the query parameters of the contract, each with its meaning', async () => {
    expect((await list({ status: 'open' })).refunds).toMatchObject([{ refund_id: 'rf_requested' }]);
    expect((await list({ refund_id: 'rf_not_sent' })).refunds).toMatchObject([{ status: 'not_sent' }]);
    expect((await list({ reference: 'RETURN-17', status: 'rejected' })).refunds).toMatchObject([
      { refund_id: 'rf_rejected' },
    ]);
    expect((await list({ from: '2026-07-01', to: '2026-07-01' })).refunds).toHaveLength(6);
    expect((await list({ from: '2026-06-30', to: '2026-06-30' })).refunds).toEqual([]);
  });
});

describe('the period of a query', () => {
  it.for([
    ['2026-06-01', '2026-06-30', '2026-05-31T15:00:00.000Z', '2026-06-30T15:00:00.000Z'],
    // An unescaped plus sign.
    ['2026-06-01T00:00:00 09:00', '2026-06-02', '2026-05-31T15:00:00.000Z', '2026-06-02T15:00:00.000Z'],
  ] as const)('%s to %s is the intended period', ([from, to, begin, end]) => {
    const { fromMs = 0, toMs = 0 } = listRequest({ from, to });
    expect([fromMs, toMs].map((ms) => new Date(ms).toISOString())).toEqual([begin, end]);
  });

  it('a period has at most 92 days, but a list that has begun goes on when they are over', async () => {
    expect((await list({ from: '2026-01-01', to: '2026-04-02' }, holding([]))).refunds).toEqual([]);
    const from = new Date(NOW_MS - 92 * 24 * 3_600_000).toISOString();
    const { next } = await list({ from, limit: '4' });
    const later = { ...known, now: () => NOW_MS + 60_000 };
    expect((await list({ from, limit: '4', cursor: next ?? '' }, later)).refunds).toHaveLength(2);
    for (const query of [
      { from, limit: '4' },
      { from: '2026-01-01', to: '2026-04-03' },
    ] as Record<string, string>[]) {
      const { status, body } = parsed(await handleList(asStaff(query), SOON_MS, later));
      expect([status, JSON.stringify(body)]).toEqual([
        400,
        expect.stringContaining('at most 92 days before to'),
      ]);
    }
  });
});

const cursor = (text: string) => Buffer.from(text).toString('base64url');

describe('an invalid query', () => {
  it.for<[Readonly<Record<string, string>>, ...names: string[]]>([
    [{ from: 'yesterday' }, 'from'],
    [{ from: '' }, 'from'],
    [{ to: '1782900000' }, 'to'],
    [{ from: '2026-06-03', to: '2026-06-02' }, 'from'],
    [{ from: '2026-12-01' }, 'from'],
    [{ status: 'requested' }, 'status'],
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ cursor: 'nonsense' }, 'cursor'],
    [{ cursor: cursor('[1,2,3]') }, 'cursor'],
    [{ cursor: cursor('[1.5,"rf_1",null]') }, 'cursor'],
    // Times that no calendar has, and a period that no list has: it would be read day by day.
    [{ cursor: cursor('[-9000000000000000,"",null]') }, 'cursor'],
    [{ cursor: cursor('[8640000000000000,"",8640000000000000]') }, 'cursor'],
    [{ cursor: cursor('[1782900000000,"",0]') }, 'cursor'],
    [{ cursor: cursor('[1782900000000,"",1782900000001]') }, 'cursor'],
    [{ merchant_uid: '' }, 'merchant_uid'],
    [{ reference: 'a\u0000' }, 'reference'],
    [{ refund_id: 'x'.repeat(65) }, 'refund_id'],
    [{ form: '2026-06-01', state: 'open' }, 'form', 'state'],
    [{ from: '?', to: '?', status: '?', limit: '?' }, 'from', 'to', 'status', 'limit'],
  ])('every faulty parameter is named: %j', async ([query, ...names]) => {
    const { status, body } = parsed(
      await handleList(asStaff(query, { 'accept-language': 'ko' }), SOON_MS, untouched),
    );
    expect(status).toBe(400);
    const errors = body['errors'] as readonly { readonly pointer: string; readonly message: string }[];
    expect(errors.map(({ pointer }) => pointer)).toEqual(names.map((name) => `query:${name}`));
    for (const { message } of errors) expect(message).toMatch(/[가-힣]/);
  });
});

describe('the list as CSV', () => {
  const hostile: LedgerItem = {
    ...cancelled,
    refundId: 'rf_hostile',
    reason: '=HYPERLINK("x")\r\n둘째, 줄\u202e',
    reference: '＠cmd',
  };

  it('the CSV starts with a byte order mark and the column names, and no cell is a formula', async () => {
    const {
      statusCode,
      headers,
      body = '',
    } = await handleList(asStaff({}, CSV), SOON_MS, holding([hostile]));
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      vary: 'Accept',
    });
    expect(headers).not.toHaveProperty('link');
    expect(body).toBe(
      '\uFEFFrefund_id,merchant_uid,imp_uid,made_by,status,amount,executed_amount,currency,reason,reference,' +
        'requested_at,cancelled_at,finished_at,listed_at,actor,decided_by,corrected,undone,drift\r\n' +
        'rf_hostile,ORD-1,imp_1,,cancelled,14.20,,USD,' +
        String.raw`"'=HYPERLINK(""x"")\u000d\u000a둘째, 줄\u202e",'＠cmd,` +
        '2026-07-01T19:00:00+09:00,2026-07-01T19:00:00+09:00,2026-07-01T19:00:01+09:00,2026-07-01T19:00:00+09:00,' +
        'customer,answer,,,\r\n',
    );
  });

  it('the CSV names its next page in Link with all parameters, and pages can be joined', async () => {
    const one = (await handleList(asStaff({}, CSV), SOON_MS, known)).body;
    let joined = '';
    let query: Readonly<Record<string, string>> = { limit: '2', from: '2026-06-01' };
    for (let page = 0; page < 9; page += 1) {
      const { headers, body = '' } = await handleList(asStaff(query, CSV), SOON_MS, known);
      joined += body;
      const [, next] = /^<\/refunds\?([^>]+)>; rel="next"$/.exec(String(headers?.['link'] ?? '')) ?? [];
      if (next === undefined) break;
      query = Object.fromEntries(new URLSearchParams(next));
      expect(query).toMatchObject({ limit: '2', from: '2026-06-01' });
      expect(headers?.['content-type']).toContain(page === 0 ? 'header=present' : 'header=absent');
    }
    expect(joined).toBe(one);
  });

  it.each([
    ['TEXT/CSV; charset=utf-8, application/json;q=0.5', true],
    ['application/json, text/csv;q=0.5', false],
    ['text/csv;q=0', false],
    ['text/html, */*;q=0.8', false],
    [undefined, false],
  ])('a caller who accepts CSV gets CSV: %s', (accept, isWanted) => {
    expect(wantsCsv(accept)).toBe(isWanted);
  });
});

/** One line read as a spreadsheet reads it (RFC 4180). */
function cellsOf(line: string): readonly string[] {
  const cells = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)];
  return cells.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '');
}

describe('a text in a CSV cell', () => {
  it.each([
    '=1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n1',
    ' =1',
    '\u3000=1',
    '＝1+1',
    '－1',
    '﹦1',
    '\u22121',
    // A combining stroke, with which it is another character in NFKC.
    '=\u03381',
  ])('a text is never a formula, whatever it starts with: %j', (text) => {
    expect(textCell(text)).toMatch(/^'/);
  });

  it.each(['2-1', "it's", '반품(교환) + 환불', '👍'])(
    'a text without active content is not changed: %s',
    (text) => {
      expect(cellsOf(csvLine([textCell(text)]).trimEnd())).toEqual([text]);
    },
  );

  it.each([
    ['an escape sequence', '\u001b[2J', String.raw`\u001b[2J`],
    ['an 8-bit control character', '\u009b31m', String.raw`\u009b31m`],
    ['a line break', 'a\nb\r\u2028c', String.raw`a\u000ab\u000d\u2028c`],
    ['a character that changes the writing direction', 'a\u202eb\u2066c', String.raw`a\u202eb\u2066c`],
    ['an invisible character', 'a\u200bb\ufeff', String.raw`a\u200bb\ufeff`],
    ['a tag character beyond the first plane', 'a\u{e0041}b', String.raw`a\udb40\udc41b`],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ])('%s is printed as its escape', (_what, text, printed) => {
    expect(escaped(text)).toBe(printed);
  });
});

describe('a line of CSV', () => {
  it('a line is one line with the given number of cells, whatever they contain', () => {
    const cell = fc.string({ unit: 'grapheme' }).map(textCell);
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
        const line = csvLine(cells);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(cellsOf(line.slice(0, -2))).toEqual(cells);
        for (const each of cells) expect(each).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
      }),
    );
  });
});
