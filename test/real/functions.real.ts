import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES, type FunctionName as Door } from '../../lib/stack/functions.ts';
import { startDeployed, type Answer, type Circumstance, type Deployed } from './support/deployed.ts';
import { cancelEvent, closeEvent, getEvent, refundEvent, webhookEvent } from './support/gateway-events.ts';

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
    await deployed.order('lost');
    deployed.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: 'imp_lost' });
    const unknown = await cancel({ merchant_uid: 'lost', cancel_request_amount: 1_000 });
    expect(unknown.statusCode).toBe(202);
    const { refund_id } = unknown.body['refund'] as { readonly refund_id: string };
    expect(await run('resolveRefunds', { all: true })).toMatchObject({ kind: 'response' });
    const status = 'cancelled';
    expect(await ask('getPayment', getEvent('lost'))).toMatchObject({
      statusCode: 200,
      body: { cancel_amount: 1_000, refunds: [{ status, attribution: 'tag' }] },
    });
    const read = await ask('getRefund', refundEvent({ merchant_uid: 'lost', refund_id }));
    expect(read).toMatchObject({ statusCode: 200, body: { refund: { status } } });
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
  const names = { merchant_uid: 'around', refund_id: 'rf_0123456789abcdefghjkmnpq' };
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
    expect(await deployed.payment('around')).not.toHaveProperty('in_flight');
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
