import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON, type Fault, TEXTS } from '../../../lib/lab/simulator/simulator.ts';
import {
  after,
  audits,
  CANCEL,
  cancels,
  consoles,
  entries,
  isPayment,
  MINUTE_MS,
  receiveWebhooks,
  simulate,
  play,
  type Story,
} from './support.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
const { reason: TAG } = CANCEL;

const SPLIT: Fault = { fault: 'split', shares: [5, 3, 2], delays_ms: [0, 1_000, MINUTE_MS] };

describe('split: the PG makes several entries of one cancel', () => {
  it.for<Story>([
    {
      rule: 'split entries and cancel_amount appear one after the other, but the audit counts one execution of the whole sum at once',
      faults: SPLIT,
      steps: [
        cancels(0),
        audits(1, 3000),
        after(0, 1500),
        after(1_000, 2400),
        entries([1500, TAG], [900, TAG]),
        after(MINUTE_MS, 3000),
        entries([1500, TAG], [900, TAG], [600, TAG]),
        audits(1, 3000),
      ],
    },
    {
      rule: 'further split entries use the last delay of the list',
      faults: { fault: 'split', shares: [1, 1, 1], delays_ms: [0, MINUTE_MS] },
      steps: [cancels(0), after(MINUTE_MS - 1, 1000), after(1, 3000)],
    },
    ...(
      [
        ['first', [TAG, '', '']],
        ['last', ['', '', TAG]],
        ['none', ['', '', '']],
      ] as const
    ).map(([tag, [a = '', b = '', c = '']]) => ({
      rule: `split puts the tag on ${tag} of the entries`,
      faults: { ...SPLIT, tag },
      steps: [cancels(0), after(MINUTE_MS, 3000), entries([1500, a], [900, b], [600, c])],
    })),
    {
      rule: 'split loses nothing by rounding and makes no entry of 0',
      faults: [{ fault: 'split', shares: [1, 1, 1], delays_ms: [0] }, SPLIT],
      steps: [
        cancels(0, { amount: 1000 }),
        entries([333, TAG], [333, TAG], [334, TAG]),
        cancels(0, { amount: 1, checksum: null }),
        after(MINUTE_MS, 1001),
        entries([333, TAG], [333, TAG], [334, TAG], [1, TAG]),
      ],
    },
    {
      rule: 'split can be combined with a lost answer and with an asynchronous PG',
      faults: { ...SPLIT, fault: 'answer_lost', on: 'cancel', also: ['split', 'asynchronous'] },
      steps: [cancels('breaks'), after(MINUTE_MS, 1500), after(MINUTE_MS, 3000)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('unlisted: an executed cancel whose entry is not listed', () => {
  it.for<Story>([
    {
      rule: 'unlisted: the entry never appears, although cancel_amount is raised',
      faults: { fault: 'unlisted' },
      steps: [cancels(0), after(DAY_MS, 3000), entries(), cancels(0, { checksum: 7000, amount: 7000 })],
    },
    {
      rule: 'unlisted and not counted: neither entry nor cancel_amount appears, but the PG knows what it has refunded',
      faults: { fault: 'unlisted', counted: false },
      steps: [
        cancels(0),
        after(DAY_MS, 0),
        isPayment({ status: 'paid' }),
        audits(1),
        cancels(-1, { amount: 10_000 }),
      ],
    },
    {
      rule: 'unlisted and not counted with a delay: entry and cancel_amount appear later',
      faults: { fault: 'unlisted', counted: false, delay_ms: MINUTE_MS },
      steps: [cancels(0), after(MINUTE_MS, 3000), entries([3000, TAG])],
    },
    {
      rule: 'unlisted with a delay: the entry appears later at its place, before a newer entry',
      faults: { fault: 'unlisted', delay_ms: MINUTE_MS },
      steps: [
        cancels(0),
        consoles(1000, 'another'),
        after(0, 4000),
        entries([1000, 'another']),
        after(MINUTE_MS, 4000),
        entries([3000, TAG], [1000, 'another']),
      ],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('undone: a cancel that the PG takes back (원복)', () => {
  it.for<Story>([
    {
      rule: 'undone: cancel_amount falls and the entry is gone',
      faults: { fault: 'undone', delay_ms: MINUTE_MS },
      steps: [
        cancels(0),
        after(MINUTE_MS - 1, 3000),
        after(1, 0),
        isPayment({ status: 'paid', cancelled_at: 0 }),
        entries(),
        after(DAY_MS, 0),
        audits(1),
      ],
    },
    {
      rule: 'undone with keep_entry: only cancel_amount falls',
      faults: { fault: 'undone', delay_ms: MINUTE_MS, keep_entry: true },
      steps: [
        cancels(0),
        after(MINUTE_MS, 0),
        isPayment({ status: 'cancelled', cancel_reason: null, cancelled_at: 0 }),
        entries([3000, TAG]),
        cancels(0),
        after(0, 3000),
        entries([3000, TAG], [3000, TAG]),
      ],
    },
    {
      rule: 'undone with for_ms: the cancel comes back by itself',
      faults: { fault: 'undone', delay_ms: MINUTE_MS, for_ms: MINUTE_MS },
      steps: [
        cancels(0),
        after(MINUTE_MS, 0),
        after(MINUTE_MS, 3000),
        isPayment({ status: 'cancelled' }),
        entries([3000, TAG]),
      ],
    },
    {
      rule: 'undone with for_ms: the cancel does not come back if the money was cancelled again meanwhile',
      steps: [
        cancels(0),
        ({ simulator }) => void simulator.undoCancel({ imp_uid: 'imp_1', for_ms: MINUTE_MS }),
        consoles(),
        after(MINUTE_MS, 10_000),
        entries([10_000, CONSOLE_REASON]),
      ],
    },
    {
      rule: 'undone by hand: the newest or a named cancel, once each, and the money can be cancelled again',
      steps: [
        cancels(0),
        cancels(0, { checksum: 7000, amount: 2000 }),
        ({ simulator }) => {
          const [first] = simulator.payment('imp_1')?.cancel_history ?? [];
          const cancellation_id = first?.cancellation_id;
          expect(simulator.undoCancel({ imp_uid: 'imp_1', cancellation_id })).toMatchObject({
            cancel_amount: 2000,
          });
          expect(simulator.undoCancel({ imp_uid: 'imp_1' })).toMatchObject({
            status: 'paid',
            cancel_history: [],
          });
          for (const imp_uid of ['imp_1', 'imp_2'])
            expect(() => simulator.undoCancel({ imp_uid })).toThrow(`${imp_uid} has no such cancel`);
          expect(() => simulator.undoCancel({ imp_uid: 'imp_1', for_ms: 0 })).toThrow('no such cancel');
        },
        cancels(0),
      ],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('what a PG keeps of the reason', () => {
  it.for<Story>([
    ...(
      [
        [{ fault: 'reason_cut', max: 5 }, '[tag-'],
        [{ fault: 'reason_cut', max: 12, unit: 'bytes' }, '[tag-1] 사'],
        [{ fault: 'reason_cut', max: 12, unit: 'euc_kr_bytes' }, '[tag-1] 사이'],
        [{ fault: 'reason_cut' }, TAG],
        [{ fault: 'reason_replace' }, '&#91;tag-1] 사이즈'],
        [{ fault: 'reason_replace', text: '' }, 'tag-1] 사이즈'],
        [{ fault: 'reason_replace', from: '-', text: '$&' }, '[tag$&1] 사이즈'],
        [{ fault: 'drop_tag' }, ''],
        [{ fault: 'drop_tag', text: '취소' }, '취소'],
      ] as const
    ).map(([faults, kept]) => ({
      rule: `with ${JSON.stringify(faults)} the PG keeps the reason ${kept}`,
      faults,
      // The audit identifies a cancel by the reason that was sent.
      steps: [cancels(0), entries([3000, kept]), audits(1)],
    })),
    {
      rule: 'permanent faults can be combined with each other and with a lost answer',
      faults: [
        { fault: 'reason_cut', max: 6, until_cleared: true },
        { fault: 'reason_replace', text: '(' },
        { on: 'cancel', fault: 'answer_lost', also: ['drop_tag'], text: '[취소하였습니다' },
      ],
      steps: [
        cancels('breaks'),
        entries([3000, '(취소하였습']),
        cancels(0, { checksum: 7000 }),
        entries([3000, '(취소하였습'], [3000, '[tag-1']),
      ],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('checksum_ignored', () => {
  it.for<Story>([
    {
      rule: 'checksum_ignored: a cancel with a wrong checksum is executed each time',
      faults: { fault: 'checksum_ignored', times: 2 },
      steps: [cancels(0), cancels(0), cancels(1), after(0, 6000)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('the audit of cancels with a tag', () => {
  it('the audit counts received and executed cancels, with the outcome of each', async () => {
    const { simulator, cancel, paid } = await simulate();
    paid({ currency: 'USD', amount: 14.2, pg_provider: 'nice_v2' });
    const wanted = { imp_uid: 'imp_1', amount: 0.1, checksum: 14.2, reason: '[tag-1]' };
    simulator.script([
      { on: 'cancel', fault: 'request_lost' },
      { on: 'cancel', fault: 'http_429' },
      { fault: 'refused' },
    ]);
    await expect(cancel(wanted)).rejects.toThrow('fetch failed');
    for (const checksum of [14.2, 14.2, 14.2, 14.2]) await cancel({ ...wanted, checksum });
    await cancel({ ...wanted, reason: '[tag-2]', checksum: 14.1 });
    const { requests, ...counts } = simulator.audit('[tag-1]');
    expect(counts).toEqual({ received: 5, executed: 1 });
    expect(requests.slice(-2)).toMatchObject([
      { ...wanted, outcome: 'applied', executed: true, executed_amount: 0.1 },
      { code: 1, outcome: 'refused', executed: false, executed_amount: 0 },
    ]);
    expect(simulator.audit('[tag-2]')).toMatchObject({ received: 1, executed: 1 });
    expect(simulator.audit()).toMatchObject({ received: 6, executed: 2 });
    expect(simulator.audit('[tag-3]')).toEqual({ received: 0, executed: 0, requests: [] });
  });
});

describe('an order that is paid again', () => {
  it('paying an order again makes a payment like its newest one, with a webhook', async () => {
    const receiver = await receiveWebhooks();
    const { simulator, paid, get } = await simulate({ webhookUrl: receiver.url });
    paid({ pg_provider: 'kcp', custom_data: { customer_id: 'customer-1' } });
    await simulator.consoleCancel({ imp_uid: 'imp_1' });
    await simulator.advance(MINUTE_MS);
    const again = await simulator.payAgain({ merchant_uid: 'order-1' });
    expect(again).toMatchObject({
      merchant_uid: 'order-1',
      imp_uid: expect.stringMatching(/^imp_\d{12}$/) as string,
      amount: 10_000,
      status: 'paid',
      pg_provider: 'kcp',
      custom_data: '{"customer_id":"customer-1"}',
      cancel_history: [],
    });
    expect((await get('/payments/find/order-1')).response.imp_uid).toBe(again.imp_uid);
    expect(receiver.received.at(-1)?.body).toContain('"status":"paid"');
  });

  it('paying again takes a given imp_uid and amount, and refuses a used imp_uid or an unknown order', async () => {
    const { simulator, paid } = await simulate();
    paid();
    const again = { merchant_uid: 'order-1', imp_uid: 'imp_again', amount: 500 };
    expect(await simulator.payAgain(again)).toMatchObject(again);
    await expect(simulator.payAgain(again)).rejects.toThrow('imp_again exists already');
    await expect(simulator.payAgain({ merchant_uid: 'order-2' })).rejects.toThrow('order-2 is no order');
  });

  it('a second payment is refused when i’mport checks for one, but not after a full cancel', async () => {
    const { simulator, paid } = await simulate({ secondPayment: 'refused' });
    paid();
    expect(() => paid({ imp_uid: 'imp_2' })).toThrow(TEXTS.paid_already.text);
    await simulator.consoleCancel({ imp_uid: 'imp_1' });
    expect(paid({ imp_uid: 'imp_2' }).status).toBe('paid');
  });
});
