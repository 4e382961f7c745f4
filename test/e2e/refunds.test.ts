import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type Answer, type TestRun } from '../support/local-run.ts';
import { readPaper, refundsCommandsIn } from '../support/papers.ts';
import { type, type Said } from '../unit/cli/command-line.ts';

let run: TestRun;
let customer: string;
let staff: string;
beforeAll(async () => {
  // A refund is in drift after five quiet periods.
  run = await startTestRun({ quietPeriodSeconds: 1 });
  customer = await run.signIn({ sub: 'customer-1' });
  staff = await run.signIn({ sub: 'staff-1', groups: ['refund-staff'] });
});
afterAll(async () => run.end());

/** A payment of 10,000 won of the customer. */
async function paid(name: string, fields: object = {}) {
  const names = { imp_uid: `imp_${name}`, merchant_uid: name };
  const body = { ...names, amount: 10_000, customer_id: 'customer-1', ...fields };
  expect((await run.call('POST', '/_local/payments', { body })).status).toBe(201);
  return body;
}

async function cancel(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return run.call('POST', '/payments/cancel', { body, headers: { authorization: customer, ...headers } });
}

/** A refund of 2,000 won with this fault, whose outcome is unknown. */
async function inDoubt(name: string, fault: object, fields: object = {}): Promise<string> {
  const { imp_uid, merchant_uid } = await paid(name, fields);
  await run.call('POST', '/_local/faults', { body: { on: 'cancel', imp_uid, ...fault } });
  const answer = await cancel({ merchant_uid, cancel_request_amount: 2_000 });
  expect(answer.status).toBe(202);
  return (answer.body['refund'] as { refund_id: string }).refund_id;
}

async function atProvider(impUid: string): Promise<Answer['body']> {
  return (await run.call('GET', `/_local/iamport/${impUid}`)).body;
}

/** The payment as staff see it. */
async function inService(merchantUid: string): Promise<Answer['body']> {
  return (await run.call('GET', `/payments/${merchantUid}`, { headers: { authorization: staff } })).body;
}

/** The amounts and reasons of a payment's history. */
function entriesOf({ cancel_history: history }: Answer['body']) {
  const entries = history as readonly { amount: number; reason: string }[];
  return entries.map(({ amount, reason }) => ({ amount, reason }));
}

async function refunds(words: string): Promise<Said> {
  return type(`${words} --url ${run.url}`, { nowMs: Date.now });
}

describe('a customer', () => {
  it.each([
    ['10,000 won', 'KRW', 10_000, 3_000, 7_000],
    ['14.20 dollars', 'USD', 14.2, 0.1, 14.1],
  ])('a payment of %s is refunded in part, then in full, and ledger and i’mport agree', async (...given) => {
    const [, currency, amount, part, rest] = given;
    const { merchant_uid, imp_uid } = await paid(`PART-${currency}`, { amount, currency });
    expect(await cancel({ merchant_uid, cancel_request_amount: part, reason: 'size' })).toMatchObject({
      status: 200,
      body: { status: 'cancelled', cancel_amount: part, cancelable_amount: rest },
    });
    expect(await cancel({ imp_uid })).toMatchObject({
      status: 200,
      body: { cancel_amount: amount, cancelable_amount: 0, refund: { amount: rest, status: 'cancelled' } },
    });
    expect(await cancel({ merchant_uid })).toMatchObject({
      status: 400,
      body: { code: 'ALREADY_FULLY_REFUNDED', message: 'This order has already been fully refunded.' },
    });
    const provider = await atProvider(imp_uid);
    expect(provider['cancel_amount']).toBe(amount);
    expect(entriesOf(await inService(merchant_uid))).toEqual(entriesOf(provider));
  });

  it('another customer cannot see the order, a caller without a token gets 401, and staff can refund', async () => {
    const { merchant_uid } = await paid('OTHER', { customer_id: 'customer-2' });
    const nobody = await cancel({ merchant_uid: 'no-such-order' });
    expect(await cancel({ merchant_uid })).toMatchObject({ status: 404, body: nobody.body });
    expect((await run.call('POST', '/payments/cancel', { body: { merchant_uid } })).status).toBe(401);
    expect(await cancel({ merchant_uid }, { authorization: staff })).toMatchObject({
      status: 200,
      body: { refund: { actor: 'staff' } },
    });
  });
});

describe('lists and reports of staff', () => {
  const today = () => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);

  it('the list shows staff refunds and cancels made elsewhere, page by page, and refuses customers', async () => {
    const { merchant_uid } = await paid('LIST');
    for (const amount of [1_000, 2_000]) {
      const body = { merchant_uid, cancel_request_amount: amount, reference: 'R-LIST', reason: '=1+1' };
      expect((await cancel(body)).status).toBe(200);
    }
    await run.call('POST', '/_local/iamport/imp_LIST/console-cancel', { body: { amount: 500 } });
    await run.call('POST', '/_local/reconcile', { body: {} });
    const get = async (path: string, authorization = staff) =>
      run.call('GET', path, { headers: { authorization } });
    const first = await get('/refunds?limit=2&merchant_uid=LIST');
    const second = await get(`/refunds?limit=2&merchant_uid=LIST&cursor=${String(first.body['next'])}`);
    expect(second.body['next']).toBeNull();
    const listed = [first, second].flatMap(({ body }) => body['refunds'] as { amount: number }[]);
    expect(listed.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([500, 1_000, 2_000]);
    expect((await get('/refunds', customer)).body).toMatchObject({ code: 'FORBIDDEN' });
    const printed = await refunds(`list --from ${today()}`);
    expect(printed.text).toContain('order LIST, payment imp_LIST, reference "R-LIST"');
    const { out } = await refunds(`export --from ${today()} --status cancelled --csv --as staff-1`);
    expect(out).toMatch(/^\uFEFFrefund_id,.*\r\n/);
    expect(out).toMatch(/,LIST,imp_LIST,,cancelled,2000,,KRW,'=1\+1,R-LIST,/);
  });
});

describe('the commands of the runbook', () => {
  let refundId: string;
  beforeAll(async () => {
    const fault = { fault: 'asynchronous', delay_ms: 86_400_000 };
    refundId = await inDoubt('ORD-1', fault, { imp_uid: 'imp_123456789012' });
  });

  /** The command with the stack's outputs and the refund replaced by those of this run. */
  function here(command: string): string {
    return command
      .replaceAll('--table "$TABLE"', `--url ${run.url}`)
      .replaceAll('"$API"', run.url)
      .replace(/rf_[0-9a-z]{24}/, refundId);
  }

  const commands = [...new Set(refundsCommandsIn(readPaper('lib/stack/RUNBOOK.md')))];

  it.each(commands.filter((command) => /^(list|explain|reconcile --last)/.test(command)))(
    'the runbook command works: %s',
    async (command) => {
      const { status, out, err } = await type(here(command), { nowMs: Date.now });
      expect(err).toBe('');
      expect(status).toBeLessThan(2);
      expect(out).toContain(command.startsWith('reconcile') ? 'until' : refundId);
    },
  );

  it('the runbook’s close command, run by two people, closes a refund in drift', async () => {
    const command = commands.find((each) => each.includes('--not-executed')) ?? '';
    const said = async (sub: string) => {
      const token = await run.signIn({ sub, groups: ['refund-staff'] });
      return type(here(command), { env: { REFUNDS_TOKEN: token.replace('Bearer ', '') } });
    };
    await expect.poll(async () => (await said('staff-1')).out, { interval: 1_000 }).toContain('proposed');
    expect((await said('staff-2')).out).toBe(`${refundId}: closed.`);
    const drained = commands.find((each) => each.startsWith('drain')) ?? '';
    expect((await type(here(drained))).out).toBe('Nothing is in doubt.');
  });
});
