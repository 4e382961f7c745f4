import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';
import { type, type Said } from '../unit/cli/command-line.ts';

/** A refund is in drift after five quiet periods. */
const QUIET_SECONDS = 1;

let service: TestRun;
beforeAll(async () => {
  service = await startTestRun({ quietPeriodSeconds: QUIET_SECONDS });
});
afterAll(async () => service.end());

async function refunds(words: string): Promise<Said> {
  return type(`${words} --url ${service.url}`, { nowMs: Date.now });
}

async function aPayment(order: string, fields: object = {}): Promise<void> {
  const body = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 10_000, customer_id: 'c', ...fields };
  expect((await service.call('POST', '/_local/payments', { body })).status).toBe(201);
}

/** A refund of 3,000 won with this fault, so its outcome is unknown. */
async function inDoubt(order: string, fault: object, fields: object = {}): Promise<string> {
  await aPayment(order, fields);
  const body = { on: 'cancel', imp_uid: `imp_${order}`, ...fault };
  expect((await service.call('POST', '/_local/faults', { body })).status).toBe(200);
  const authorization = await service.signIn({ sub: 'c' });
  const answer = await service.call('POST', '/payments/cancel', {
    body: { merchant_uid: order, cancel_request_amount: 3_000 },
    headers: { authorization },
  });
  expect(answer.status).toBe(202);
  return (answer.body['refund'] as { refund_id: string }).refund_id;
}

/** A refund that a PG has accepted and executes only on a trigger. */
async function accepted(order: string): Promise<string> {
  const fault = { fault: 'asynchronous', delay_ms: 86_400_000 };
  return inDoubt(order, fault, { pg_provider: 'paymentwall' });
}

describe('the refunds commands against a local run', () => {
  it('list, explain and drain handle a refund that is not booked yet', async () => {
    const refundId = await accepted('CLI-1');
    expect((await refunds('list')).told).toContain('order CLI-1, payment imp_CLI-1');
    expect((await refunds('explain CLI-1')).told).toContain(`${refundId}: 3,000 KRW, IN DOUBT`);
    await service.call('POST', '/_local/iamport/book');
    expect(await refunds('drain --imp-uid imp_CLI-1')).toMatchObject({
      status: 0,
      out: 'Nothing is in doubt.',
    });
    const { told } = await refunds(`explain --refund-id ${refundId}`);
    expect(told).toMatch(/CANCELLED as .*; decided by a look at i'mport's history, identified by its tag/);
  });

  it('close needs two members of staff for a refund in drift', async () => {
    const refundId = await accepted('CLI-2');
    const words = `close CLI-2 ${refundId} --not-executed --evidence 'PG console: refused'`;
    const early = await refunds(`${words} --as staff-1`);
    expect(early).toMatchObject({ status: 1 });
    expect(early.told).toContain('refused (409). STILL_RESOLVABLE');
    await expect
      .poll(async () => (await refunds(`${words} --as staff-1`)).told, { interval: 1_000 })
      .toBe(`${refundId}: proposed. A second member of staff must give the same verdict.`);
    expect((await refunds(`${words} --as staff-1`)).told).toContain('proposed');
    expect((await refunds('explain CLI-2')).told).toContain('PROPOSED by staff-1: not executed');
    expect((await refunds('list --json')).out).toContain('"drift":true');
    const second = words.replace('CLI-2 ', '--imp-uid imp_CLI-2 ');
    expect(await refunds(`${second} --as staff-2`)).toMatchObject({
      status: 0,
      out: `${refundId}: closed.`,
    });
    const { told } = await refunds('explain CLI-2');
    expect(told).toContain('staff-1 says: not executed, "PG console: refused"');
    expect(told).toContain('staff-2 says the same, "PG console: refused"');
    expect(told).toContain('NOT EXECUTED; decided by two people');
  });

  it('close --executed takes the entry that explain names', async () => {
    // The PG has refunded without keeping our tag.
    const refundId = await inDoubt('CLI-3', {
      fault: 'executed_but_refused',
      delay_ms: 0,
      also: ['drop_tag'],
    });
    const entry = /close: (--cancellation-id \S+)\)/;
    await expect.poll(async () => (await refunds('explain CLI-3')).told, { interval: 1_000 }).toMatch(entry);
    const [, named = ''] = entry.exec((await refunds('explain CLI-3')).told) ?? [];
    const words = `close CLI-3 ${refundId} --executed ${named} --evidence 'PG console: paid back'`;
    await expect
      .poll(async () => (await refunds(`${words} --as staff-1`)).told, { interval: 1_000 })
      .toContain('proposed');
    expect((await refunds(`${words} --as staff-2`)).told).toBe(`${refundId}: closed.`);
    const { told } = await refunds('explain CLI-3');
    expect(told).toMatch(/CANCELLED as .*; decided by two people, identified by their evidence/);
    expect(told).toContain('cancelled 3,000 KRW, left 7,000 KRW');
  });

  it('reconcile reports a cancel made in the provider’s console', async () => {
    await aPayment('CLI-4');
    await service.call('POST', '/_local/iamport/imp_CLI-4/console-cancel', { body: { amount: 1_000 } });
    const now = await refunds('reconcile');
    expect(now.told).toMatch(/payments compared, .*\nCancelled and explained: .* KRW\. Unexplained: /);
    expect((await refunds('explain CLI-4')).told).toContain('1,000 KRW, CANCELLED ELSEWHERE');
    expect((await refunds('reconcile --last')).told).toContain('recent, until ');
    const aWeekAgo = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
    expect((await refunds(`reconcile --from ${aWeekAgo} --json`)).out).toContain('"finished":true');
  });

  it('a command without a local run says what to do', async () => {
    const { status, err } = await type('reconcile --url http://127.0.0.1:1');
    expect(status).toBe(2);
    expect(err).toContain('Start the local run with "npm start"');
  });
});
