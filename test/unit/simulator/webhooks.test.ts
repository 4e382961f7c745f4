import { describe, expect, it } from 'vitest';
import type { Fault, SimulatorOptions } from '../../../lib/lab/simulator/simulator.ts';
import { type Merchant, MINUTE_MS, type Receiver, receiveWebhooks, simulate } from './support.ts';

interface Shop extends Merchant {
  readonly receiver: Receiver;
}

async function shop(faults: readonly Fault[] = [], options: Partial<SimulatorOptions> = {}): Promise<Shop> {
  const receiver = await receiveWebhooks();
  const merchant = await simulate({ webhookUrl: receiver.url, ...options });
  merchant.paid({ merchant_uid: '20260131001' });
  merchant.simulator.script(faults);
  return { ...merchant, receiver };
}

function bodies({ receiver: { received } }: Shop): readonly unknown[] {
  return received.map(({ body }) => JSON.parse(body) as unknown);
}

const PART = { imp_uid: 'imp_1', amount: 1000 };
const IDS = { imp_uid: 'imp_1', merchant_uid: '20260131001' };

describe('when a webhook is sent', () => {
  it('a cancel in the console sends four fields and no amount; "announce" sends the status', async () => {
    const merchant = await shop();
    await merchant.simulator.announce('imp_1');
    const { cancel_history: history } = await merchant.simulator.consoleCancel(PART);
    const { cancellation_id } = history[0] ?? {};
    expect(history).toMatchObject([{ amount: 1000, reason: '관리자페이지취소' }]);
    expect(bodies(merchant)).toEqual([
      { ...IDS, status: 'paid' },
      { ...IDS, status: 'cancelled', cancellation_id },
    ]);
    expect(merchant.receiver.received[0]?.contentType).toBe('application/json');
  });

  it.for([
    [{ imp_uid: 'imp_1', amount: 10_001 }, 'at most what is left'],
    [{ imp_uid: 'imp_2' }, 'imp_2 is not a paid payment'],
  ] as const)('an impossible console cancel is refused without a webhook: %j', async ([request, message]) => {
    const { simulator, receiver } = await shop();
    await expect(simulator.consoleCancel(request)).rejects.toThrow(message);
    expect(receiver.received).toEqual([]);
  });

  it.for([
    [undefined, 0],
    [true, 1],
    ['true', 1],
  ] as const)('a cancel with enable_webhook %j sends %i webhooks', async ([enable_webhook, times]) => {
    const merchant = await shop();
    await merchant.cancel({ ...PART, enable_webhook });
    await merchant.simulator.announce('imp_1');
    await expect.poll(() => bodies(merchant).length).toBe(times + 1);
  });

  it.for(['asynchronous', 'executed_but_refused'] as const)(
    'a cancel that is booked later sends its webhook at the booking: %s',
    async (fault) => {
      const merchant = await shop([{ fault }]);
      await merchant.cancel(PART);
      expect(bodies(merchant)).toEqual([]);
      await merchant.simulator.bookPending();
      expect(bodies(merchant)).toMatchObject([{ ...IDS, status: 'cancelled' }]);
    },
  );

  it('a refused webhook is sent once; with retries it is repeated up to five times, a minute apart', async () => {
    for (const [webhookRetries, times] of [
      [false, [1, 1, 1]],
      [true, [1, 3, 6]],
    ] as const) {
      const { simulator, receiver } = await shop([], { webhookRetries });
      receiver.answerWith(500);
      await simulator.consoleCancel(PART);
      for (const [place, minutes] of [0, 2, 60].entries()) {
        await simulator.advance(minutes * MINUTE_MS);
        expect(receiver.received).toHaveLength(times[place] ?? 0);
      }
    }
  });
});
