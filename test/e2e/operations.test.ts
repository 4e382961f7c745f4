import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';
import { type, type Said } from '../unit/cli/command-line.ts';

/** Drift is told after five of them. */
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

/** A refund that i'mport has accepted and does not book by itself: no rule ends it. */
async function anAcceptedRefund(order: string): Promise<string> {
  await aPayment(order);
  await service.call('POST', '/_local/faults', {
    body: { on: 'cancel', fault: 'asynchronous', delay_ms: 86_400_000, imp_uid: `imp_${order}` },
  });
  const authorization = await service.signIn({ sub: 'c' });
  const answer = await service.call('POST', '/payments/cancel', {
    body: { merchant_uid: order, cancel_request_amount: 3_000 },
    headers: { authorization },
  });
  expect(answer.status).toBe(202);
  return (answer.body['refund'] as { refund_id: string }).refund_id;
}

describe('refunds against a local run', () => {
  it('lists, explains and drains what is not booked yet', async () => {
    await anAcceptedRefund('CLI-1');
    expect((await refunds('list')).out).toContain('CLI-1');
    expect((await refunds('explain CLI-1')).out).toContain('IN DOUBT');
    await service.call('POST', '/_local/iamport/book');
    expect(await refunds('drain --imp-uid imp_CLI-1')).toMatchObject({
      status: 0,
      out: 'Nothing is in doubt.',
    });
    expect((await refunds('explain CLI-1')).out).toMatch(/CANCELLED as .*read back from i'mport/);
  });

  it('closes a refund in drift by two members of staff, and by nobody alone', async () => {
    const refundId = await anAcceptedRefund('CLI-2');
    const words = `close CLI-2 ${refundId} --verdict not_executed --evidence 'PG console: refused'`;
    const early = await refunds(`${words} --as staff-1`);
    expect(early).toMatchObject({ status: 1 });
    expect(early.out).toContain('refused (409). STILL_RESOLVABLE');
    await expect
      .poll(async () => (await refunds(`${words} --as staff-1`)).out, { interval: 1_000 })
      .toBe(`${refundId}: proposed. A second member of staff has to say the same.`);
    expect((await refunds(`${words} --as staff-1`)).out).toContain('proposed');
    expect((await refunds('explain CLI-2')).out).toContain('PROPOSED by staff-1');
    expect((await refunds('list --json')).out).toContain('"drift":true');
    const second = words.replace('CLI-2 ', '--imp-uid imp_CLI-2 ');
    expect(await refunds(`${second} --as staff-2`)).toMatchObject({
      status: 0,
      out: `${refundId}: closed.`,
    });
    expect((await refunds('explain CLI-2')).out).toContain('two people (staff-1 and staff-2)');
  });

  it('compares with the provider, and tells what a cancel in its console has changed', async () => {
    await aPayment('CLI-3');
    await service.call('POST', '/_local/iamport/imp_CLI-3/console-cancel', { body: { amount: 1_000 } });
    const now = await refunds('reconcile');
    expect(now.out).toMatch(/payments compared, .*\nCancelled and explained: .* KRW\. Unexplained: /);
    expect((await refunds('explain CLI-3')).out).toContain('cancelled elsewhere: 1,000 KRW');
    expect((await refunds('reconcile --last')).out).toContain('recent, until ');
    const aWeekAgo = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
    expect((await refunds(`reconcile --from ${aWeekAgo} --json`)).out).toContain('"finished":true');
  });

  it('says what to do where no local run is', async () => {
    const { status, err } = await type('reconcile --url http://127.0.0.1:1');
    expect(status).toBe(2);
    expect(err).toContain('Start the local run with "npm start"');
  });
});
