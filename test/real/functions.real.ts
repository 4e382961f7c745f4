import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES, type FunctionName as Door } from '../../lib/stack/functions.ts';
import { ask, type Answer } from './support/answers.ts';
import { startDeployed, type Circumstance, type Deployed } from './support/deployed.ts';
import {
  cancelEvent,
  closeEvent,
  CUSTOMER,
  getEvent,
  OTHER_STAFF,
  refundEvent,
  STAFF,
  webhookEvent,
  type Caller,
} from './support/gateway-events.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await startDeployed();
});
afterAll(async () => deployed.end());

async function told(door: Door, event: object, circumstance?: Circumstance): Promise<Answer> {
  return ask(await deployed.running(door, circumstance), event);
}

async function cancel(body: unknown, caller?: Caller, key?: string): Promise<Answer> {
  return told('cancelPayment', cancelEvent(body, caller, key));
}

async function run(door: Door, event: unknown): Promise<unknown> {
  return (await deployed.running(door)).invoke(event);
}

/** A refund whose answer was lost, or that was accepted and is never booked. */
async function inDoubt(name: string, fault: 'answer_lost' | 'asynchronous' = 'answer_lost'): Promise<string> {
  // For a PG that cancels later, no look proves that nothing was executed.
  await deployed.order(name, fault === 'asynchronous' ? { pg_provider: 'paypal' } : {});
  const never = fault === 'asynchronous' ? { on_trigger: true } : {};
  deployed.simulator.script({ on: 'cancel', fault, imp_uid: `imp_${name}`, ...never });
  const { statusCode, body } = await cancel({ merchant_uid: name, cancel_request_amount: 1_000 });
  expect(statusCode).toBe(202);
  return String((body['refund'] as Record<string, unknown>)['refund_id']);
}

const MOST_RUNS = 6;

async function open(names: readonly string[]): Promise<readonly string[]> {
  const payments = await Promise.all(names.map(deployed.payment));
  return names.filter((_name, index) => payments[index]?.['in_flight'] !== undefined);
}

describe('the bundled functions under Lambda’s runtime client', () => {
  it('the bundled functions cancel in part and then in full, and answer a third request with 400', async () => {
    await deployed.order('first');
    const part = await cancel({ merchant_uid: 'first', cancel_request_amount: 3_000 });
    expect(part).toMatchObject({ statusCode: 200, body: { cancel_amount: 3_000, cancelable_amount: 7_000 } });
    expect((await cancel({ merchant_uid: 'first' })).body).toMatchObject({ cancelable_amount: 0 });
    const third = await cancel({ merchant_uid: 'first' });
    expect(third).toMatchObject({
      statusCode: 400,
      body: { message: 'This order has already been fully refunded.' },
    });
    expect(deployed.simulator.payment('imp_first')?.cancel_amount).toBe(10_000);
  });

  it('the bundled functions answer the same key with the same refund, marked as replayed', async () => {
    await deployed.order('replayed');
    const wish = { merchant_uid: 'replayed', cancel_request_amount: 500 };
    const first = await cancel(wish, undefined, 'key-a');
    const again = await cancel(wish, undefined, 'key-a');
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body['refund']).toEqual(first.body['refund']);
    const refundId = String((first.body['refund'] as Record<string, unknown>)['refund_id']);
    const read = await told('getRefund', refundEvent({ merchantUid: 'replayed', refundId }));
    expect(read).toMatchObject({ statusCode: 200, body: { refund: { status: 'cancelled' } } });
    const other = await cancel({ ...wish, cancel_request_amount: 501 }, undefined, 'key-a');
    expect(other).toMatchObject({ statusCode: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  it('the bundled functions answer 404 for an unknown payment and for another customer’s', async () => {
    await deployed.order('hers');
    const stranger = { sub: 'stranger' };
    const unknown = await cancel({ merchant_uid: 'nobody-ordered-this' });
    const foreign = await cancel({ merchant_uid: 'hers' }, stranger);
    expect(unknown.statusCode).toBe(404);
    expect(foreign).toEqual(unknown);
    expect((await told('getPayment', getEvent('hers', stranger))).statusCode).toBe(404);
  });

  it('the bundled functions refuse invalid requests, too high amounts and PG refusals with their codes', async () => {
    await deployed.order('wrong');
    const codes: unknown[] = [];
    for (const body of [
      { merchant_uid: 'wrong', cancel_request_amount: null },
      { merchant_uid: 'wrong', amount: 10 },
      { merchant_uid: 'wrong', cancel_request_amount: 10_001 },
      { merchant_uid: 'wrong', checksum: 1 },
    ]) {
      const answer = await cancel(body);
      codes.push([answer.statusCode, answer.body['code']]);
    }
    deployed.simulator.script({ fault: 'refused', imp_uid: 'imp_wrong' });
    const rejected = await cancel({ merchant_uid: 'wrong', cancel_request_amount: 10 });
    codes.push([rejected.statusCode, rejected.body['code']]);
    expect(codes).toEqual([
      [400, 'INVALID_REQUEST'],
      [400, 'INVALID_REQUEST'],
      [400, 'AMOUNT_EXCEEDS_CANCELABLE'],
      [409, 'CHECKSUM_MISMATCH'],
      [422, 'CANCEL_REJECTED'],
    ]);
  });

  it('a lost answer gives 202, and the resolver settles the refund with the schedule’s event', async () => {
    await inDoubt('lost');
    expect(await run('resolveRefunds', { all: true })).toMatchObject({ kind: 'response' });
    const read = await told('getPayment', getEvent('lost'));
    expect(read).toMatchObject({
      statusCode: 200,
      body: { cancel_amount: 1_000, refunds: [{ status: 'cancelled', attribution: 'tag' }] },
    });
  });

  it('two resolvers at the same time settle ten refunds in doubt, each once', async () => {
    const names = Array.from({ length: 10 }, (_each, index) => `crowd-${index}`);
    for (const name of names) await inDoubt(name);
    const resolvers = [
      await deployed.running('resolveRefunds'),
      await deployed.running('resolveRefunds', 'second_environment'),
    ];
    // On a busy machine moto sometimes answers too late; the next run settles the rest.
    for (let count = 0; count < MOST_RUNS && (await open(names)).length > 0; count += 1) {
      const runs = await Promise.all(resolvers.map(async (resolver) => resolver.invoke({ all: true })));
      expect(runs.map(({ kind }) => kind)).toEqual(['response', 'response']);
    }
    for (const name of names) {
      const payment = await deployed.payment(name);
      expect(payment).toMatchObject({ cancel_amount: 1_000 });
      expect(payment).not.toHaveProperty('in_flight');
      const refunds = await deployed.refunds(name);
      expect(refunds.map(({ status }) => status)).toEqual(['cancelled']);
      expect(refunds[0]).not.toHaveProperty('open_shard');
      expect(deployed.simulator.payment(`imp_${name}`)?.cancel_amount).toBe(1_000);
    }
  });

  it('a webhook imports an unknown payment and a console cancel', async () => {
    const { simulator } = deployed;
    simulator.addPayment({ imp_uid: 'imp_heard', merchant_uid: 'heard', amount: 5_000 });
    expect((await told('receiveWebhook', webhookEvent('imp_heard'))).statusCode).toBe(200);
    expect(await deployed.payment('heard')).toMatchObject({ amount: 5_000, status: 'paid' });
    await simulator.consoleCancel({ imp_uid: 'imp_heard', amount: 2_000 });
    expect((await told('receiveWebhook', webhookEvent('imp_heard'))).statusCode).toBe(200);
    expect(await deployed.payment('heard')).toMatchObject({ cancel_amount: 2_000 });
    const foreign = await told('receiveWebhook', webhookEvent('imp_heard', '198.51.100.7'));
    expect(foreign.statusCode).toBe(403);
  });

  it('two members of staff close a refund that the service cannot decide', async () => {
    const refundId = await inDoubt('closed', 'asynchronous');
    const names = { merchantUid: 'closed', refundId };
    const verdict = { verdict: 'not_executed', evidence: 'PG 관리자 화면에서 확인' };
    const early = await told('closeRefund', closeEvent(names, verdict));
    expect(early).toMatchObject({ statusCode: 409, body: { code: 'STILL_RESOLVABLE' } });
    await deployed.age('closed', 3_600_000);
    const customer = await told('closeRefund', closeEvent(names, verdict, CUSTOMER));
    const first = await told('closeRefund', closeEvent(names, verdict));
    const alone = await told('closeRefund', closeEvent(names, verdict));
    const second = await told('closeRefund', closeEvent(names, verdict, OTHER_STAFF));
    expect([customer, first, alone, second].map(({ statusCode }) => statusCode)).toEqual([
      403, 202, 202, 200,
    ]);
    expect(second.body).toMatchObject({
      cancel_amount: 0,
      refund: { status: 'not_executed', closed_by: { proposed_by: 'staff-1', approved_by: 'staff-2' } },
    });
  });

  it('reconciliation runs with the event of each schedule', async () => {
    await deployed.order('compared');
    await deployed.simulator.consoleCancel({ imp_uid: 'imp_compared', amount: 400 });
    for (const input of scheduleInputs()) {
      const door = 'window' in input ? 'reconcilePayments' : 'resolveRefunds';
      expect(await run(door, input)).toMatchObject({ kind: 'response' });
    }
    expect(await deployed.payment('compared')).toMatchObject({ cancel_amount: 400 });
  });
});

/** EventBridge Scheduler sends the `Input` of a schedule unchanged. */
function scheduleInputs(): readonly object[] {
  const schedules = [...deployed.stack.template.resources.values()].filter(
    ({ type }) => type === 'AWS::Scheduler::Schedule',
  );
  const inputs = schedules.map(({ properties }) => (properties['Target'] as { Input: string }).Input);
  expect(inputs.length).toBe(3);
  return inputs.map((input) => JSON.parse(input) as object);
}

describe('the bundled functions with a missing dependency', () => {
  const http = [
    ['cancelPayment', () => cancelEvent({ merchant_uid: 'around' })],
    ['getPayment', () => getEvent('around')],
    ['getRefund', () => refundEvent(names)],
    ['closeRefund', () => closeEvent(names, closing, STAFF)],
    ['receiveWebhook', () => webhookEvent('imp_around')],
  ] as const;
  const names = { merchantUid: 'around', refundId: 'rf_0123456789abcdefghjkmnpq' };
  const closing = { verdict: 'not_executed', evidence: '확인' };
  beforeAll(async () => deployed.order('around'));

  it.each(http)('%s answers a proper 503 without its table', async (door, event) => {
    const answer = await told(door, event(), 'no_table');
    expect(answer).toMatchObject({ statusCode: 503, body: { code: 'STORE_UNAVAILABLE' } });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.stringify(answer)).not.toContain('no-such-table');
  });

  it.each(http)('%s answers a proper 503 without the permission to read', async (door, event) => {
    const { denied } = deployed.moto;
    denied.add('Query').add('GetItem');
    const answer = await told(door, event());
    denied.clear();
    expect(answer).toMatchObject({ statusCode: 503, body: { code: 'STORE_UNAVAILABLE' } });
  });

  it.each(http)('%s answers a proper 500 without a setting', async (door, event) => {
    const answer = await told(door, event(), 'no_setting');
    expect(answer).toMatchObject({ statusCode: 500, body: { code: 'INTERNAL_ERROR' } });
    expect(JSON.stringify(answer)).not.toContain('LEDGER_TABLE_NAME');
  });

  it('cancelPayment sends nothing without the permission to write', async () => {
    const { denied } = deployed.moto;
    denied.add('TransactWriteItems');
    const answer = await told('cancelPayment', cancelEvent({ merchant_uid: 'around' }));
    denied.clear();
    expect(answer).toMatchObject({ statusCode: 503, body: { code: 'STORE_UNAVAILABLE' } });
    expect(deployed.simulator.payment('imp_around')?.cancel_amount).toBe(0);
    expect(await deployed.refunds('around')).toEqual([]);
  });

  it.each(['secret_empty', 'secret_missing', 'provider_down'] as const)(
    'cancelPayment answers 503 and reserves nothing: %s',
    async (circumstance) => {
      const answer = await told('cancelPayment', cancelEvent({ merchant_uid: 'around' }), circumstance);
      expect(answer).toMatchObject({ statusCode: 503, body: { code: 'PROVIDER_UNAVAILABLE' } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(await deployed.payment('around')).not.toHaveProperty('in_flight');
    },
  );

  it.each(['secret_empty', 'provider_down'] as const)(
    'receiveWebhook answers 503, so that i’mport sends it again: %s',
    async (circumstance) => {
      const answer = await told('receiveWebhook', webhookEvent('imp_around'), circumstance);
      expect(answer.statusCode).toBe(503);
    },
  );

  it('getPayment needs neither secret nor provider for a payment without an open refund', async () => {
    for (const circumstance of ['secret_empty', 'provider_down'] as const) {
      const answer = await told('getPayment', getEvent('around'), circumstance);
      expect(answer).toMatchObject({ statusCode: 200, body: { amount: 10_000 } });
    }
  });

  it.each(['resolveRefunds', 'reconcilePayments'] as const)(
    '%s ends in an error without a setting, so that Lambda counts it and the schedule keeps it',
    async (door) => {
      const invoked = await (await deployed.running(door, 'no_setting')).invoke({ source: 'schedule' });
      expect(invoked.kind).toBe('error');
    },
  );

  it('resolveRefunds says that it has failed without its table', async () => {
    const { payload } = await (
      await deployed.running('resolveRefunds', 'no_table')
    ).invoke({ source: 'schedule' });
    expect(JSON.stringify(payload)).toMatch(/"failed":"[^"]*no-such-table/);
  });

  it('reconcilePayments says that it has failed without its table', async () => {
    const running = await deployed.running('reconcilePayments', 'no_table');
    const { payload } = await running.invoke({ window: 'recent' });
    expect(payload).toMatchObject({ finished: false });
    expect(JSON.stringify(payload)).toContain('no-such-table: ResourceNotFoundException');
  });

  it('no function has logged a secret, a token or an account', async () => {
    for (const door of FUNCTION_NAMES) {
      const { invoke, printed } = await deployed.running(door);
      await invoke({});
      expect(printed().length).toBeGreaterThan(1);
      expect(printed().filter((line) => line.includes('SECRET-MARK'))).toEqual([]);
    }
  });
});
