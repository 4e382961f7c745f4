import { describe, expect, it } from 'vitest';
import { MINUTE_MS, type Receiver, receiveWebhooks, simulate, type World } from './support.ts';

interface Note {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: string;
  readonly cancellation_id?: string;
}

async function shop(): Promise<{ readonly world: World; readonly receiver: Receiver }> {
  const receiver = await receiveWebhooks();
  const world = await simulate({ webhookUrl: receiver.url });
  world.paid();
  return { world, receiver };
}

function notes({ received }: Receiver): Note[] {
  return received.map(({ body }) => JSON.parse(body) as Note);
}

describe('a cancel in the console', () => {
  it('is told in four fields, of which no one is an amount', async () => {
    const { world, receiver } = await shop();
    const payment = await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
    const [entry] = payment.cancel_history;
    expect(entry).toMatchObject({ amount: 1000, reason: '관리자페이지취소' });
    expect(notes(receiver)).toEqual([
      {
        imp_uid: 'imp_1',
        merchant_uid: 'order-1',
        status: 'cancelled',
        cancellation_id: entry?.cancellation_id,
      },
    ]);
    expect(receiver.received[0]?.contentType).toBe('application/json');
  });

  it('is told in a form where the shop chose so', async () => {
    const { world, receiver } = await shop();
    world.simulator.setWebhook({ format: 'form' });
    await world.simulator.consoleCancel({ imp_uid: 'imp_1' });
    expect(receiver.received[0]?.contentType).toBe('application/x-www-form-urlencoded');
    expect(receiver.received[0]?.body).toMatch(
      /^imp_uid=imp_1&merchant_uid=order-1&status=cancelled&cancellation_id=\w{20}$/,
    );
  });

  it('cannot be more than what is left, nor of a payment that is not there', async () => {
    const { world, receiver } = await shop();
    const { simulator } = world;
    await expect(simulator.consoleCancel({ imp_uid: 'imp_1', amount: 10_001 })).rejects.toThrow(
      'at most what is left',
    );
    await expect(simulator.consoleCancel({ imp_uid: 'imp_2' })).rejects.toThrow(
      'imp_2 is not a paid payment',
    );
    expect(receiver.received).toEqual([]);
  });
});

describe('a cancel over the API', () => {
  it('is not told', async () => {
    const { world, receiver } = await shop();
    await world.cancel({ imp_uid: 'imp_1' });
    await world.simulator.advance(0);
    expect(receiver.received).toEqual([]);
  });

  it.for([true, 'true'])('is told with enable_webhook %j', async (enable_webhook) => {
    const { world, receiver } = await shop();
    const { response } = await world.cancel({ imp_uid: 'imp_1', enable_webhook });
    await world.simulator.advance(0);
    expect(notes(receiver)).toMatchObject([{ cancellation_id: response.cancel_history[0]?.cancellation_id }]);
  });

  it('webhook_first: the webhook is there before the answer', async () => {
    const order: string[] = [];
    const receiver = await receiveWebhooks(() => void order.push('webhook'));
    const { simulator, cancel, paid } = await simulate({ webhookUrl: receiver.url });
    paid();
    simulator.script({ on: 'cancel', fault: 'webhook_first' });
    await cancel({ imp_uid: 'imp_1' });
    order.push('answer');
    expect(order).toEqual(['webhook', 'answer']);
  });

  it('of an asynchronous PG is told when it is booked', async () => {
    const { world, receiver } = await shop();
    world.simulator.script({ on: 'cancel', fault: 'asynchronous' });
    await world.cancel({ imp_uid: 'imp_1' });
    await world.simulator.advance(MINUTE_MS - 1);
    expect(receiver.received).toEqual([]);
    await world.simulator.advance(1);
    expect(notes(receiver)).toMatchObject([{ imp_uid: 'imp_1', status: 'cancelled' }]);
  });
});

describe('a payment that was paid', () => {
  it('is told when asked to', async () => {
    const { world, receiver } = await shop();
    await world.simulator.announce('imp_1');
    expect(notes(receiver)).toEqual([{ imp_uid: 'imp_1', merchant_uid: 'order-1', status: 'paid' }]);
  });
});

describe('what becomes of webhooks', () => {
  it('webhook_late: a minute late when none follows', async () => {
    const { world, receiver } = await shop();
    world.simulator.script({ fault: 'webhook_late', until_cleared: true });
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 2000 });
    expect(receiver.received).toEqual([]);
    await world.simulator.advance(MINUTE_MS);
    expect(receiver.received).toHaveLength(2);
  });

  it('a shop that answers 500 hears it once', async () => {
    const { world, receiver } = await shop();
    receiver.answerWith(500);
    await world.simulator.consoleCancel({ imp_uid: 'imp_1' });
    await world.simulator.advance(60 * MINUTE_MS);
    expect(receiver.received).toHaveLength(1);
  });

  it('with retries it hears it five times more, a minute apart, until it is content', async () => {
    const { world, receiver } = await shop();
    world.simulator.setWebhook({ retries: true });
    receiver.answerWith(500);
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
    await world.simulator.advance(2 * MINUTE_MS);
    expect(receiver.received).toHaveLength(3);
    await world.simulator.advance(60 * MINUTE_MS);
    expect(receiver.received).toHaveLength(6);
    receiver.answerWith(400);
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
    await world.simulator.advance(60 * MINUTE_MS);
    expect(receiver.received).toHaveLength(7);
  });

  it('a shop that is not there does not disturb the cancel', async () => {
    const { world } = await shop();
    world.simulator.setWebhook({ url: 'http://127.0.0.1:1/' });
    const payment = await world.simulator.consoleCancel({ imp_uid: 'imp_1' });
    expect(payment.cancel_amount).toBe(10_000);
  });
});
