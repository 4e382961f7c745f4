import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';
import { type, type Said } from '../unit/cli/command-line.ts';

let service: TestRun;
let staff: string;
beforeAll(async () => {
  service = await startTestRun();
  staff = await service.signIn({ sub: 'staff-1', groups: ['refund-staff'] });
});
afterAll(async () => service.end());

const LIST = '/refunds?from=2026-01-01T00:00:00+09:00&to=2026-01-02';

async function get(path: string, headers: Readonly<Record<string, string>> = {}) {
  return service.call('GET', path, { headers: { authorization: staff, ...headers } });
}

async function refunds(words: string): Promise<Said> {
  return type(`${words} --url ${service.url}`, { nowMs: Date.now });
}

/** An order of 10,000 won with these refunds of a customer, each with a reference. */
async function refunded(order: string, ...amounts: readonly number[]): Promise<void> {
  const payment = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 10_000, customer_id: 'c' };
  expect((await service.call('POST', '/_local/payments', { body: payment })).status).toBe(201);
  const authorization = await service.signIn({ sub: 'c' });
  for (const amount of amounts) {
    const body = {
      merchant_uid: order,
      cancel_request_amount: amount,
      reference: `R-${order}`,
      reason: '=1+1',
    };
    const answer = await service.call('POST', '/payments/cancel', { body, headers: { authorization } });
    expect(answer.status).toBe(200);
  }
}

const today = () => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);

describe('lists of refunds, on the local run', () => {
  it('the list shows staff all refunds and cancels page by page, and refuses others', async () => {
    await refunded('LIST-1', 1_000, 2_000, 3_000);
    await service.call('POST', '/_local/iamport/imp_LIST-1/console-cancel', { body: { amount: 500 } });
    await service.call('POST', '/_local/reconcile', { body: {} });
    const first = await get('/refunds?limit=3&merchant_uid=LIST-1');
    expect(first).toMatchObject({ status: 200, body: { refunds: [{}, {}, {}] } });
    const second = await get(`/refunds?limit=3&merchant_uid=LIST-1&cursor=${String(first.body['next'])}`);
    expect(second.body['next']).toBeNull();
    const all = [...(first.body['refunds'] as object[]), ...(second.body['refunds'] as object[])];
    const told = (all as { amount: number; made_by?: string }[]).map((each) => [each.amount, each.made_by]);
    expect(new Map(told as [number, string | undefined][])).toEqual(
      new Map([
        [500, 'provider'],
        [1_000, undefined],
        [2_000, undefined],
        [3_000, undefined],
      ]),
    );
    for (const query of [
      '',
      '?status=cancelled',
      `?from=${today()}`,
      '?reference=R-LIST-1',
      '?imp_uid=imp_LIST-1',
    ])
      expect(JSON.stringify((await get(`/refunds${query}`)).body), query).toContain('R-LIST-1');
    expect((await get('/refunds?status=open')).body).toEqual({ refunds: [], next: null });
    const authorization = await service.signIn({ sub: 'c' });
    expect((await get('/refunds', { authorization })).body).toMatchObject({ code: 'FORBIDDEN' });
    expect((await service.call('GET', '/refunds')).status).toBe(401);
  });

  it('the list accepts times in a query, and names a wrong parameter', async () => {
    expect((await get(LIST)).body).toEqual({ refunds: [], next: null });
    expect(await get('/refunds?from=2026-02-30&limit=0')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: 'query:from' }, { pointer: 'query:limit' }] },
    });
  });

  it('the list as CSV has pages that can be joined, and contains no formulas', async () => {
    await refunded('LIST-2', 1_000, 2_000);
    let path: string | undefined = '/refunds?limit=1&reference=R-LIST-2';
    let joined = '';
    while (path !== undefined) {
      const response: Response = await fetch(`${service.url}${path}`, {
        headers: { authorization: staff, accept: 'text/csv' },
      });
      expect(response.headers.get('content-type')).toMatch(/^text\/csv; charset=utf-8/);
      joined += Buffer.from(await response.arrayBuffer()).toString();
      [, path] = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '') ?? [];
    }
    const lines = joined.split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\uFEFFrefund_id,/);
    // Refunds of the same second are ordered by id.
    for (const amount of [1_000, 2_000])
      expect(joined).toContain(`,LIST-2,imp_LIST-2,,cancelled,${amount},,KRW,'=1+1,R-LIST-2,`);
  });

  it('the command line prints the list with totals, and exports it', async () => {
    await refunded('LIST-3', 4_000);
    const { status, told } = await refunds(`list --from ${today()}`);
    expect(status).toBe(0);
    expect(told).toContain('order LIST-3, payment imp_LIST-3, reference "R-LIST-3"');
    expect(told).toMatch(/\ncancelled: \d+ refunds, [\d,]+ KRW$/);
    const { out } = await refunds(`export --from ${today()} --status cancelled --csv --as staff-1`);
    expect(out).toMatch(/^\uFEFFrefund_id,.*\r\n/);
    expect(out).toMatch(/,LIST-3,imp_LIST-3,,cancelled,4000,,KRW,'=1\+1,R-LIST-3,/);
  });
});

describe('a finding of reconciliation, on the local run', () => {
  it('refunds acknowledge marks a finding, which stays in the report', async () => {
    await refunded('LIST-4', 1_000);
    await service.call('POST', '/_local/orders', {
      body: { merchant_uid: 'LIST-4', customer_id: 'c', amount: 9_000 },
    });
    const found = await refunds('reconcile --imp-uid imp_LIST-4');
    const [, finding = ''] = /differs from the amount of the order \((fd_\w+)\)/.exec(found.told) ?? [];
    const said = await refunds(`acknowledge ${finding} --note 'a coupon' --as staff-1`);
    expect(said).toMatchObject({ status: 0, out: `${finding}: acknowledged.` });
    const words = `(${finding}); acknowledged by staff-1: "a coupon"`;
    expect((await refunds('reconcile --last --imp-uid imp_LIST-4')).told).toContain(words);
    expect((await refunds('reconcile --imp-uid imp_LIST-4')).told).toContain(words);
    const { status, body } = await get('/reconciliation');
    expect(status).toBe(200);
    const reports = body['reports'] as { findings: { id: string; acknowledged: unknown }[] }[];
    const told = reports.flatMap(({ findings }) => findings).filter(({ id }) => id === finding);
    expect(told).toMatchObject([
      { kind: 'amountDiffers', acknowledged: { by: 'staff-1', note: 'a coupon' } },
    ]);
    expect((await refunds('acknowledge fd_nobody --note x --as staff-1')).out).toContain('FINDING_NOT_FOUND');
  });
});
