import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../lib/lab/simulator/simulator.ts';
import { FUNCTION_NAMES, type FunctionName as Door } from '../../lib/stack/functions.ts';
import { startDeployed, type Answer, type Circumstance, type Deployed } from './support/deployed.ts';
import {
  cancelEvent,
  closeEvent,
  getEvent,
  OTHER_STAFF,
  refundEvent,
  webhookEvent,
} from './support/gateway-events.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await startDeployed();
});
afterAll(async () => deployed.end());

async function ask(door: Door, event: object, circumstance?: Circumstance): Promise<Answer> {
  return deployed.ask(door, event, circumstance);
}

async function cancel(body: unknown): Promise<Answer> {
  return ask('cancelPayment', cancelEvent(body));
}

async function run(door: Door, event: unknown, circumstance?: Circumstance) {
  return (await deployed.running(door, circumstance)).invoke(event);
}

/** A refund whose outcome is unknown after this fault. */
async function inDoubt(
  name: string,
  fault: Omit<Fault, 'imp_uid'>,
  fields: Readonly<Record<string, unknown>> = {},
) {
  await deployed.order(name, fields);
  deployed.simulator.script({ ...fault, imp_uid: `imp_${name}` });
  const { statusCode, body } = await cancel({ merchant_uid: name, cancel_request_amount: 1_000 });
  expect(statusCode).toBe(202);
  return String((body['refund'] as Record<string, unknown>)['refund_id']);
}

describe('the bundled functions under Lambda’s runtime client', () => {
  it('the bundled functions cancel in part and then in full, and refuse a third request', async () => {
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

  it('a lost answer gives 202, and the resolver settles the refund, which can be read', async () => {
    const refundId = await inDoubt('lost', { on: 'cancel', fault: 'answer_lost' });
    expect(await run('resolveRefunds', { all: true })).toMatchObject({ kind: 'response' });
    const status = 'cancelled';
    expect(await ask('getPayment', getEvent('lost'))).toMatchObject({
      statusCode: 200,
      body: { cancel_amount: 1_000, refunds: [{ status, attribution: 'tag' }] },
    });
    const read = await ask('getRefund', refundEvent({ merchantUid: 'lost', refundId }));
    expect(read).toMatchObject({ statusCode: 200, body: { refund: { status } } });
  });

  it('a webhook imports an unknown payment and a console cancel, and one from elsewhere is refused', async () => {
    const { simulator } = deployed;
    simulator.addPayment({ imp_uid: 'imp_heard', merchant_uid: 'heard', amount: 5_000 });
    await simulator.consoleCancel({ imp_uid: 'imp_heard', amount: 2_000 });
    const refused = await ask('receiveWebhook', webhookEvent('imp_heard', '198.51.100.7'));
    expect(refused.statusCode).toBe(403);
    expect(await deployed.payment('heard')).toBeUndefined();
    expect((await ask('receiveWebhook', webhookEvent('imp_heard'))).statusCode).toBe(200);
    expect(await deployed.payment('heard')).toMatchObject({ amount: 5_000, cancel_amount: 2_000 });
  });

  it('two members of staff close a refund that the service cannot decide', async () => {
    // For a PG that cancels later, no look proves that nothing was executed.
    const fault = { on: 'cancel', fault: 'asynchronous', on_trigger: true } as const;
    const refundId = await inDoubt('closed', fault, { pg_provider: 'paypal' });
    await deployed.age('closed', 3_600_000);
    const names = { merchantUid: 'closed', refundId };
    const verdict = { verdict: 'not_executed', evidence: 'PG 관리자 화면에서 확인' };
    const first = await ask('closeRefund', closeEvent(names, verdict));
    const second = await ask('closeRefund', closeEvent(names, verdict, OTHER_STAFF));
    expect([first, second].map(({ statusCode }) => statusCode)).toEqual([202, 200]);
    expect(second.body).toMatchObject({
      refund: { status: 'not_executed', closed_by: { proposed_by: 'staff-1', approved_by: 'staff-2' } },
    });
  });

  it('each schedule’s event is accepted', async () => {
    await deployed.order('compared');
    await deployed.simulator.consoleCancel({ imp_uid: 'imp_compared', amount: 400 });
    const inputs = scheduleInputs();
    expect(inputs).toHaveLength(3);
    for (const input of inputs)
      expect(await run('window' in input ? 'reconcilePayments' : 'resolveRefunds', input)).toMatchObject({
        kind: 'response',
      });
    expect(await deployed.payment('compared')).toMatchObject({ cancel_amount: 400 });
  });
});

/** EventBridge Scheduler sends the `Input` of a schedule unchanged. */
function scheduleInputs(): readonly object[] {
  return [...deployed.stack.template.resources.values()]
    .filter(({ type }) => type === 'AWS::Scheduler::Schedule')
    .map(({ properties }) => JSON.parse((properties['Target'] as { Input: string }).Input) as object);
}

describe('the bundled functions with a missing dependency', () => {
  const names = { merchantUid: 'around', refundId: 'rf_0123456789abcdefghjkmnpq' };
  const unavailable = { statusCode: 503, body: { code: 'STORE_UNAVAILABLE' } };
  beforeAll(async () => deployed.order('around'));

  it.each([
    ['cancelPayment', cancelEvent({ merchant_uid: 'around' })],
    ['getPayment', getEvent('around')],
    ['getRefund', refundEvent(names)],
    ['closeRefund', closeEvent(names, { verdict: 'not_executed', evidence: '확인' })],
    ['receiveWebhook', webhookEvent('imp_around')],
  ] as const)(
    '%s answers 503 without its table or the permission to read, and 500 without a setting',
    async (door, event) => {
      const answer = await ask(door, event, 'no_table');
      expect(answer).toMatchObject(unavailable);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      const { denied } = deployed.moto;
      denied.add('Query').add('GetItem');
      expect(await ask(door, event)).toMatchObject(unavailable);
      denied.clear();
      const broken = await ask(door, event, 'no_setting');
      expect(broken).toMatchObject({ statusCode: 500, body: { code: 'INTERNAL_ERROR' } });
      expect(JSON.stringify([answer, broken])).not.toMatch(/no-such-table|LEDGER_TABLE_NAME/);
    },
  );

  it('cancelPayment sends nothing without the permission to write', async () => {
    const { denied } = deployed.moto;
    denied.add('TransactWriteItems');
    expect(await cancel({ merchant_uid: 'around' })).toMatchObject(unavailable);
    denied.clear();
    expect(deployed.simulator.payment('imp_around')?.cancel_amount).toBe(0);
    expect(await deployed.refunds('around')).toEqual([]);
  });

  it.each(['secret_empty', 'secret_missing', 'provider_down'] as const)(
    'without secret or provider nothing is reserved, webhooks get 503 and are sent again, and reads succeed: %s',
    async (circumstance) => {
      const answer = await ask('cancelPayment', cancelEvent({ merchant_uid: 'around' }), circumstance);
      expect(answer).toMatchObject({ statusCode: 503, body: { code: 'PROVIDER_UNAVAILABLE' } });
      expect(await deployed.payment('around')).not.toHaveProperty('in_flight');
      const webhook = await ask('receiveWebhook', webhookEvent('imp_around'), circumstance);
      expect(webhook.statusCode).toBe(503);
      const read = await ask('getPayment', getEvent('around'), circumstance);
      expect(read).toMatchObject({ statusCode: 200, body: { amount: 10_000 } });
    },
  );

  it.each([
    ['resolveRefunds', { source: 'schedule' }],
    ['reconcilePayments', { window: 'recent' }],
  ] as const)(
    '%s ends in an error without a setting, so that Lambda counts it, and says that it has failed without its table',
    async (door, event) => {
      expect((await run(door, event, 'no_setting')).kind).toBe('error');
      const { payload } = await run(door, event, 'no_table');
      expect(JSON.stringify(payload)).toContain('no-such-table');
    },
  );

  it('no function has logged a secret, a token or an account', async () => {
    for (const door of FUNCTION_NAMES) {
      const { invoke, printed } = await deployed.running(door);
      await invoke({});
      expect(printed().length).toBeGreaterThan(1);
      expect(printed().filter((line) => line.includes('SECRET-MARK'))).toEqual([]);
    }
  });
});
