import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { type Receiver, receiveWebhooks, simulate, type World } from './support.ts';

async function cancelledWith(...faults: readonly Fault[]): Promise<Receiver & { readonly world: World }> {
  const receiver = await receiveWebhooks();
  const world = await simulate({ webhookUrl: receiver.url });
  world.paid({ merchant_uid: '20260131001' });
  world.simulator.script(faults);
  await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
  return { ...receiver, world };
}

function bodies({ received }: Receiver): unknown[] {
  return received.map(({ body }) => JSON.parse(body) as unknown);
}

describe('webhooks with habits', () => {
  it('webhook_null_id: there is no cancellation_id, and it says so', async () => {
    expect(bodies(await cancelledWith({ fault: 'webhook_null_id' }))).toMatchObject([
      { imp_uid: 'imp_1', cancellation_id: null },
    ]);
  });

  it('webhook_numbers: what could be a number is one', async () => {
    expect(bodies(await cancelledWith({ fault: 'webhook_numbers' }))).toMatchObject([
      { imp_uid: 'imp_1', merchant_uid: 20_260_131_001, cancellation_id: expect.any(Number) as number },
    ]);
  });

  it('webhook_bom: the body starts with a byte order mark', async () => {
    const { received } = await cancelledWith({ fault: 'webhook_bom' });
    expect(received[0]?.body).toMatch(/^\uFEFF\{"imp_uid"/);
  });

  it('webhook_form and webhook_content_type: a form of an odd type', async () => {
    const { received } = await cancelledWith({ fault: 'webhook_form' }, { fault: 'webhook_content_type' });
    expect(received[0]?.contentType).toBe('Application/X-WWW-Form-Urlencoded;charset=EUC-KR');
    expect(received[0]?.body).toMatch(/^imp_uid=imp_1&/);
  });

  it('webhook_content_type: any type that is given', async () => {
    const { received } = await cancelledWith({ fault: 'webhook_content_type', text: 'text/plain' });
    expect(received[0]).toMatchObject({
      contentType: 'text/plain',
      body: expect.stringMatching(/^\{/) as string,
    });
  });

  it('webhook_lost and webhook_twice', async () => {
    expect((await cancelledWith({ fault: 'webhook_lost' })).received).toHaveLength(0);
    expect((await cancelledWith({ fault: 'webhook_twice' })).received).toHaveLength(2);
  });

  it('webhook_late: after the one that follows it', async () => {
    const { world, received } = await cancelledWith({ fault: 'webhook_late' });
    expect(received).toHaveLength(0);
    const { cancel_history: history } = await world.simulator.consoleCancel({ imp_uid: 'imp_1' });
    const [late, next] = history.map(({ cancellation_id }) => cancellation_id);
    expect(received[0]?.body).toContain(next);
    expect(received[1]?.body).toContain(late);
  });

  it('only the payment that is meant, and only so often', async () => {
    const { world, received } = await cancelledWith(
      { fault: 'webhook_lost', imp_uid: 'imp_2' },
      { fault: 'webhook_form', times: 1 },
    );
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
    expect(received.map(({ contentType }) => contentType)).toEqual([
      'application/x-www-form-urlencoded',
      'application/json',
    ]);
  });

  it.for([
    [{ fault: 'order_number_cut', max: 5 }, 'Order'],
    [{ fault: 'order_number_trimmed' }, 'Order-1'],
    [{ fault: 'order_number_case' }, 'ORDER-1 '],
  ] as const)('%j: the order number is changed here as well', async ([fault, shown]) => {
    const receiver = await cancelledWith({ fault: 'webhook_lost' });
    receiver.world.paid({ imp_uid: 'imp_2', merchant_uid: 'Order-1 ' });
    receiver.world.simulator.script(fault);
    await receiver.world.simulator.announce('imp_2');
    expect(bodies(receiver)).toMatchObject([{ merchant_uid: shown }]);
  });
});
