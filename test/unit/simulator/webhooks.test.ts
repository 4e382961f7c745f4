import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { CANCEL, MINUTE_MS, type Receiver, receiveWebhooks, simulate, type World } from './support.ts';

async function shop(...faults: readonly Fault[]): Promise<World & { readonly receiver: Receiver }> {
  const receiver = await receiveWebhooks();
  const world = await simulate({ webhookUrl: receiver.url });
  world.paid({ merchant_uid: '20260131001' });
  world.simulator.script(faults);
  return { ...world, receiver };
}

function notes({ receiver: { received } }: { readonly receiver: Receiver }): readonly unknown[] {
  return received.map(({ body }) => JSON.parse(body) as unknown);
}

const PART = { imp_uid: 'imp_1', amount: 1000 };

describe('a cancel in the console', () => {
  it('the webhook of a console cancel has four fields and no amount', async () => {
    const world = await shop();
    const { cancel_history: history } = await world.simulator.consoleCancel(PART);
    const { cancellation_id } = history[0] ?? {};
    expect(history).toMatchObject([{ amount: 1000, reason: '관리자페이지취소' }]);
    expect(notes(world)).toEqual([
      { imp_uid: 'imp_1', merchant_uid: '20260131001', status: 'cancelled', cancellation_id },
    ]);
    expect(world.receiver.received[0]?.contentType).toBe('application/json');
  });

  it('the webhook of a console cancel is a form if the shop chose that format', async () => {
    const { simulator, receiver } = await shop();
    simulator.setWebhook({ format: 'form' });
    await simulator.consoleCancel(PART);
    expect(receiver.received[0]?.contentType).toBe('application/x-www-form-urlencoded');
    expect(receiver.received[0]?.body).toMatch(
      /^imp_uid=imp_1&merchant_uid=20260131001&status=cancelled&cancellation_id=\w{20}$/,
    );
  });

  it.for([
    [{ imp_uid: 'imp_1', amount: 10_001 }, 'at most what is left'],
    [{ imp_uid: 'imp_2' }, 'imp_2 is not a paid payment'],
  ] as const)('an impossible console cancel is refused without a webhook: %j', async ([request, message]) => {
    const { simulator, receiver } = await shop();
    await expect(simulator.consoleCancel(request)).rejects.toThrow(message);
    expect(receiver.received).toEqual([]);
  });
});

describe('a cancel over the API', () => {
  it.for([
    [undefined, 0],
    [true, 1],
    ['true', 1],
  ] as const)('a cancel with enable_webhook %j sends %i webhooks', async ([enable_webhook, times]) => {
    const world = await shop();
    const { response } = await world.cancel({ ...PART, enable_webhook });
    await world.simulator.advance(0);
    const { cancellation_id } = response.cancel_history[0] ?? {};
    expect(notes(world)).toMatchObject([{ cancellation_id }].slice(0, times));
  });

  it('webhook_first: the webhook is there before the answer', async () => {
    const order: string[] = [];
    const receiver = await receiveWebhooks(() => void order.push('webhook'));
    const { simulator, cancel, paid } = await simulate({ webhookUrl: receiver.url });
    paid();
    simulator.script({ fault: 'webhook_first' });
    await cancel(PART);
    order.push('answer');
    expect(order).toEqual(['webhook', 'answer']);
  });

  it.for([
    [{ fault: 'asynchronous' }, {}, 1],
    [{ fault: 'under_way', on_trigger: true }, {}, 1],
    [{ fault: 'executed_but_refused' }, {}, 1],
    // two_step sends a webhook only if the request asked for one.
    [{ fault: 'two_step', hang: false }, {}, 0],
    [{ fault: 'two_step', hang: false }, { enable_webhook: true }, 1],
  ] as const)(
    'a cancel that is booked later sends its webhook at the booking: %j %j, %i webhooks',
    async ([fault, body, times]) => {
      const world = await shop(fault);
      await world.cancel({ ...CANCEL, ...body }).catch(() => undefined);
      await world.simulator.advance(0);
      expect(notes(world)).toEqual([]);
      await world.simulator.bookPending();
      expect(notes(world)).toMatchObject([{ imp_uid: 'imp_1', status: 'cancelled' }].slice(0, times));
    },
  );
});

describe('a payment that was paid', () => {
  it('announce() sends the webhook of a paid payment', async () => {
    const world = await shop();
    await world.simulator.announce('imp_1');
    expect(notes(world)).toEqual([{ imp_uid: 'imp_1', merchant_uid: '20260131001', status: 'paid' }]);
  });
});

describe('faults of webhooks', () => {
  it.for([
    [{ fault: 'webhook_null_id' }, /"cancellation_id":null\}$/, 'application/json'],
    [
      { fault: 'webhook_numbers' },
      /"merchant_uid":20260131001,.*"cancellation_id":\d+\}$/,
      'application/json',
    ],
    [{ fault: 'webhook_bom' }, /^\uFEFF\{"imp_uid"/, 'application/json'],
    [{ fault: 'webhook_form' }, /^imp_uid=imp_1&/, 'application/x-www-form-urlencoded'],
    [{ fault: 'webhook_content_type' }, /^\{/, 'Application/JSON; Charset=EUC-KR'],
    [{ fault: 'webhook_content_type', text: 'text/plain' }, /^\{/, 'text/plain'],
    [{ fault: 'order_number_cut', max: 5 }, /"merchant_uid":" ORD-"/, 'application/json'],
    [{ fault: 'order_number_trimmed' }, /"merchant_uid":"ORD-1"/, 'application/json'],
    [{ fault: 'order_number_case', letters: 'lower' }, /"merchant_uid":" ord-1 "/, 'application/json'],
  ] as const)('%j', async ([fault, body, contentType]) => {
    const { simulator, paid, receiver } = await shop(fault);
    if (fault.fault.startsWith('webhook')) await simulator.consoleCancel(PART);
    else {
      paid({ imp_uid: 'imp_2', merchant_uid: ' ORD-1 ' });
      await simulator.announce('imp_2');
    }
    expect(receiver.received).toMatchObject([{ contentType, body: expect.stringMatching(body) as string }]);
  });

  it('webhook_form and webhook_content_type together send a form with an unusual content type', async () => {
    const { simulator, receiver } = await shop({ fault: 'webhook_form' }, { fault: 'webhook_content_type' });
    await simulator.consoleCancel(PART);
    expect(receiver.received[0]?.contentType).toBe('Application/X-WWW-Form-Urlencoded;charset=EUC-KR');
  });

  it('a webhook fault affects only its payment, and only its number of times', async () => {
    const { simulator, receiver } = await shop(
      { fault: 'webhook_lost', imp_uid: 'imp_2' },
      { fault: 'webhook_form' },
    );
    for (const _ of [1, 2]) await simulator.consoleCancel(PART);
    expect(receiver.received.map(({ contentType }) => contentType.slice(-4))).toEqual(['oded', 'json']);
  });

  it.for([
    ['webhook_lost', 0],
    ['webhook_twice', 2],
  ] as const)('%s makes the webhook arrive %i times', async ([fault, times]) => {
    const { simulator, receiver } = await shop({ fault });
    await simulator.consoleCancel(PART);
    expect(receiver.received).toHaveLength(times);
  });

  it('webhook_late delivers the webhook after the next one, or after a minute if none follows', async () => {
    const { simulator, receiver } = await shop({ fault: 'webhook_late' });
    await simulator.consoleCancel(PART);
    expect(receiver.received).toHaveLength(0);
    const { cancel_history: history } = await simulator.consoleCancel(PART);
    const [late, next] = history.map(({ cancellation_id }) => cancellation_id);
    expect(receiver.received.map(({ body }) => body.includes(String(late)))).toEqual([false, true]);
    expect(receiver.received[0]?.body).toContain(next);
    simulator.script({ fault: 'webhook_late', until_cleared: true });
    for (const _ of [1, 2]) await simulator.consoleCancel(PART);
    expect(receiver.received).toHaveLength(2);
    await simulator.advance(MINUTE_MS);
    expect(receiver.received).toHaveLength(4);
  });
});

describe('a shop that does not accept the webhook', () => {
  it('a refused webhook is sent once; with retries it is repeated up to five times, a minute apart', async () => {
    const { simulator, receiver } = await shop();
    receiver.answerWith(500);
    await simulator.consoleCancel(PART);
    await simulator.advance(60 * MINUTE_MS);
    expect(receiver.received).toHaveLength(1);
    simulator.setWebhook({ retries: true });
    await simulator.consoleCancel(PART);
    await simulator.advance(2 * MINUTE_MS);
    expect(receiver.received).toHaveLength(4);
    await simulator.advance(60 * MINUTE_MS);
    expect(receiver.received).toHaveLength(7);
    receiver.answerWith(400);
    await simulator.consoleCancel(PART);
    await simulator.advance(60 * MINUTE_MS);
    expect(receiver.received).toHaveLength(8);
  });

  it('an unreachable shop does not affect the cancel', async () => {
    const { simulator } = await shop();
    simulator.setWebhook({ url: 'http://127.0.0.1:1/' });
    expect((await simulator.consoleCancel({ imp_uid: 'imp_1' })).cancel_amount).toBe(10_000);
  });
});
