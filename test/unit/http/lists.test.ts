import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ListAnswer, ListedRefund, listedJson, wantsCsv } from '../../../functions/http/listed.ts';
import { handleList } from '../../../functions/list-refunds.ts';
import type { ListPart } from '../../../functions/protocol/ports.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import {
  cancelled,
  elsewhere,
  eventOf,
  minor,
  notExecuted,
  NOW_MS,
  notSent,
  rejected,
  requested,
  SECOND,
  STAFF_CLAIMS,
  told,
  undone,
  world,
} from './samples.ts';

const ALL = [cancelled, rejected, notExecuted, undone, requested, notSent, elsewhere];

/** A ledger with these refunds. */
function holding(items: readonly LedgerItem[] = ALL) {
  const table = new FakeTable();
  for (const item of items) table.put(refundToItem(item, 2));
  return world({ ledger: table.ledger() });
}

function asStaff(
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
) {
  return eventOf({ claims: STAFF_CLAIMS, query, headers });
}

const CSV = { accept: 'text/csv' };
const known = holding();
/** Uses no ledger and no provider: every access would throw. */
const untouched = world({});

async function list(query: Readonly<Record<string, string>> = {}, of = known) {
  const { status, body } = told(await handleList(asStaff(query), of));
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
    const viewer = { nowMs: NOW_MS, quietPeriodMs: 180_000 };
    expect(listedJson(elsewhere, viewer)).toMatchObject({
      made_by: 'provider',
      status: 'cancelled',
      actor: null,
    });
    expect(listedJson(undone, viewer)).toMatchObject({ undone: true });
    const corrected = { ...cancelled, corrected: true, executedAmount: minor(1_000) };
    expect(listedJson(corrected, viewer)).toMatchObject({ corrected: true, executed_amount: 10 });
    expect(listedJson(requested, viewer)).toMatchObject({ status: 'unknown', finished_at: 0 });
    expect(listedJson(requested, viewer)).not.toHaveProperty('drift');
    const later = { ...viewer, nowMs: NOW_MS + 5 * 180_000 + SECOND };
    expect(listedJson(requested, later)).toMatchObject({ drift: true });
    expect(listedJson(notSent, viewer)).toMatchObject({ status: 'not_sent' });
    for (const item of ALL) v.parse(v.strictObject(ListedRefund.entries), listedJson(item, later));
  });

  it('a list continues after its cursor, which only a list issues', async () => {
    const first = await list({ limit: '4' });
    expect(first.refunds).toHaveLength(4);
    const second = await list({ limit: '4', cursor: first.next ?? '' });
    expect(second.next).toBeNull();
    expect([...first.refunds, ...second.refunds]).toEqual((await list()).refunds);
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

describe('a time in the query', () => {
  /** The period read from the ledger for the sample's day: from and until. */
  async function asked(query: Readonly<Record<string, string>>) {
    const parts: ListPart[] = [];
    const ledger = {
      listedOn: async (part: ListPart) => {
        parts.push(part);
        return Promise.resolve({ items: [], read: 0 });
      },
    };
    await handleList(asStaff(query), world({ ledger }));
    return [parts[0]?.fromMs, parts[0]?.before.atMs].map((ms) => new Date(ms ?? 0).toISOString());
  }

  it.each([
    ['2026-06-01', '2026-06-30', '2026-05-31T15:00:00.000Z', '2026-06-30T15:00:00.000Z'],
    [
      '2026-06-01T00:00:00+09:00',
      '2026-06-02T12:30Z',
      '2026-05-31T15:00:00.000Z',
      '2026-06-02T12:30:00.000Z',
    ],
    // An unescaped plus sign.
    ['2026-06-01T00:00:00 09:00', '2026-06-02', '2026-05-31T15:00:00.000Z', '2026-06-02T15:00:00.000Z'],
    ['2026-06-01T00:00:00.5-0330', '2026-06-02', '2026-06-01T03:30:00.500Z', '2026-06-02T15:00:00.000Z'],
  ])('%s to %s is the intended period', async (from, to, begin, end) => {
    expect(await asked({ from, to })).toEqual([begin, end]);
  });
});

describe('an invalid query', () => {
  const fault = (name: string) => [`query:${name}`];

  it.each<[Readonly<Record<string, string>>, readonly string[]]>([
    [{ from: 'yesterday' }, fault('from')],
    [{ from: '2026-02-30' }, fault('from')],
    [{ from: '2026-06-01T00:00:00' }, fault('from')],
    [{ from: '2026-06-01T25:00:00Z' }, fault('from')],
    [{ from: '' }, fault('from')],
    [{ to: '1782900000' }, fault('to')],
    [{ from: '2026-06-03', to: '2026-06-02' }, fault('from')],
    [{ from: '2026-12-01' }, fault('from')],
    [{ from: '2026-01-01', to: '2026-04-03' }, fault('from')],
    [{ from: '2025-01-01' }, fault('from')],
    [{ status: 'requested' }, fault('status')],
    [{ status: 'open,unknown' }, fault('status')],
    [{ limit: '0' }, fault('limit')],
    [{ limit: '101' }, fault('limit')],
    [{ limit: '1e1' }, fault('limit')],
    [{ cursor: 'nonsense' }, fault('cursor')],
    [{ cursor: '' }, fault('cursor')],
    [{ cursor: Buffer.from('[1,2,3]').toString('base64url') }, fault('cursor')],
    [{ cursor: Buffer.from('[1.5,"rf_1",null]').toString('base64url') }, fault('cursor')],
    // Times that no calendar has, and a period that no list has: it would be read day by day.
    [{ cursor: Buffer.from('[-9000000000000000,"",null]').toString('base64url') }, fault('cursor')],
    [
      { cursor: Buffer.from('[8640000000000000,"",8640000000000000]').toString('base64url') },
      fault('cursor'),
    ],
    [{ cursor: Buffer.from('[1782900000000,"",0]').toString('base64url') }, fault('cursor')],
    [{ cursor: Buffer.from('[1782900000000,"",1782900000001]').toString('base64url') }, fault('cursor')],
    [{ merchant_uid: '' }, fault('merchant_uid')],
    [{ imp_uid: 'x'.repeat(33) }, fault('imp_uid')],
    [{ reference: 'a\u0000' }, fault('reference')],
    [{ refund_id: 'x'.repeat(65) }, fault('refund_id')],
    [{ form: '2026-06-01', state: 'open' }, ['query:form', 'query:state']],
    [
      { from: '?', to: '?', status: '?', limit: '?' },
      ['query:from', 'query:to', 'query:status', 'query:limit'],
    ],
  ])('every faulty parameter is named: %j', async (query, pointers) => {
    const { status, body } = told(await handleList(asStaff(query, { 'accept-language': 'ko' }), untouched));
    expect(status).toBe(400);
    const errors = body['errors'] as readonly { readonly pointer: string; readonly message: string }[];
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
    for (const { message } of errors) expect(message).toMatch(/[가-힣]/);
  });

  it('a list without an end that began within 92 days goes on when they are over', async () => {
    const DAY_MS = 24 * 3_600_000;
    const from = new Date(NOW_MS - 92 * DAY_MS).toISOString();
    const { next } = await list({ from, limit: '4' });
    const later = { ...known, now: () => NOW_MS + 60_000 };
    expect((await list({ from, limit: '4', cursor: next ?? '' }, later)).refunds).toHaveLength(2);
    const refused = await handleList(asStaff({ from }), later);
    expect(JSON.stringify(told(refused).body)).toContain('at most 92 days before to');
  });

  it('a query may span a quarter and not a day more', async () => {
    const empty = holding([]);
    expect((await list({ from: '2026-01-01', to: '2026-04-02' }, empty)).refunds).toEqual([]);
    const tooLong = await handleList(asStaff({ from: '2026-01-01', to: '2026-04-03' }), untouched);
    expect(JSON.stringify(told(tooLong).body)).toContain('at most 92 days before to');
  });

  it('a misspelt parameter gets the similar name as a hint', async () => {
    const { body } = told(await handleList(asStaff({ merchantuid: 'ORD-1' }), untouched));
    expect(JSON.stringify(body['errors'])).toContain('did you mean merchant_uid?');
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
    const { statusCode, headers, body = '' } = await handleList(asStaff({}, CSV), holding([hostile]));
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
    const one = (await handleList(asStaff({}, CSV), known)).body;
    let joined = '';
    let query: Readonly<Record<string, string>> = { limit: '2', from: '2026-06-01' };
    for (let page = 0; page < 9; page += 1) {
      const { headers, body = '' } = await handleList(asStaff(query, CSV), known);
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
    ['text/csv', true],
    ['text/csv, application/json;q=0.5', true],
    ['TEXT/CSV; charset=utf-8', true],
    ['application/json, text/csv;q=0.5', false],
    ['text/csv;q=0', false],
    ['text/html, */*;q=0.8', false],
    [undefined, false],
  ])('the CSV is returned to who accepts it: %s', (accept, isWanted) => {
    expect(wantsCsv(accept)).toBe(isWanted);
  });
});
