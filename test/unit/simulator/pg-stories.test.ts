import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON, PG_TEXTS } from '../../../lib/lab/simulator/simulator.ts';
import {
  after,
  answered,
  audits,
  books,
  CANCEL,
  cancels,
  consoles,
  entries,
  isPayment,
  MINUTE_MS,
  sends,
  simulate,
  play,
  type Story,
} from './support.ts';

const PREFIX = '결제취소에 실패하였습니다. ';
const DAY_MS = 24 * 60 * MINUTE_MS;
const { reason: TAG } = CANCEL;
describe('a PG that refuses: HTTP 200, code -1, and the payment stays as it was', () => {
  it.for([
    ...Object.entries(PG_TEXTS).map(([key, { text }]) => [key, text] as const),
    ['[9999] 점검중', '[9999] 점검중'],
  ] as const)('in the words called %s', async ([text, words]) => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ fault: 'refused', text });
    const reply = await cancel(CANCEL);
    expect(reply).toMatchObject({ status: 200, code: -1, message: PREFIX + words, response: null });
    expect(simulator.payment('imp_1')).toMatchObject({ status: 'paid', cancel_amount: 0 });
  });

  it.for([
    ['under_way', 'kcp_8388'],
    ['executed_but_refused', 'kcp_8133'],
    ['already_cancelled_at_pg', 'toss_s020'],
  ] as const)('%s: says the words that are asked for', async ([fault, text]) => {
    const { simulator, cancel, paid } = await simulate();
    paid();
    simulator.script({ fault, text });
    expect((await cancel(CANCEL)).message).toBe(PREFIX + PG_TEXTS[text].text);
  });
});

describe('a scripted refusal of the next cancel', () => {
  it.for<Story>([
    {
      rule: 'a scripted refusal waits for a cancel that reaches the PG; a request that fails earlier does not use it',
      faults: { fault: 'refused', times: 2 },
      steps: [cancels(1, { checksum: 1 }), cancels(-1), cancels(-1), cancels(0)],
    },
    {
      rule: 'a permanent fault of the PG waits for a cancel that reaches the PG, too',
      faults: { fault: 'reason_cut', max: 4 },
      steps: [cancels(1, { checksum: 1 }), cancels(0), entries([3000, '[tag'])],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('console_cancel: a person cancels in the console just before the cancel', () => {
  it.for<Story>([
    {
      rule: 'console_cancel: the checksum stops the cancel',
      faults: { fault: 'console_cancel', amount: 1000 },
      steps: [cancels(1), entries([1000, CONSOLE_REASON])],
    },
    {
      rule: 'console_cancel: without a checksum both cancels are executed, and the reasons may differ',
      faults: { fault: 'console_cancel', amount: 1000, text: '상품A' },
      steps: [cancels(0, { checksum: null }), entries([1000, '상품A'], [3000, TAG])],
    },
    {
      rule: 'console_cancel: without an amount it cancels the whole balance',
      faults: { fault: 'console_cancel' },
      steps: [cancels(1), after(0, 10_000)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

const FAMILIES = [
  { pg_provider: 'paypal' },
  { pg_provider: 'paypal_v2', currency: 'USD' },
  { pg_provider: 'paymentwall' },
  { pg_provider: 'kicc', pay_method: 'wechat' },
  { pg_provider: 'kicc_v2', emb_pg_provider: 'wechat' },
  { pg_provider: 'smartro_v2', pay_method: 'vbank' },
  { pg_provider: 'html5_inicis', card_name: '은련카드' },
  { pg_provider: 'inicis', pay_method: 'unionpay' },
];
const ACCOUNT = { refund_holder: '홍길동', refund_bank: '088', refund_account: '1', refund_tel: '1' };

describe('a PG that cancels later (PG-FACTS 5)', () => {
  it.for<Story>([
    ...FAMILIES.map((payment) => {
      const code = payment.pg_provider.includes('inicis') ? -1 : 0;
      const steps = [
        cancels(code, ACCOUNT),
        after(MINUTE_MS - 1, 0),
        isPayment({ status: 'paid' }),
        after(1, 3000),
        entries([3000, TAG]),
      ];
      return {
        rule: `a cancel is booked a minute after its answer: ${JSON.stringify(payment)}`,
        payment,
        steps,
      };
    }),
    ...FAMILIES.map((payment) => ({
      rule: `an accepted cancel may be refused later: ${JSON.stringify(payment)}`,
      payment,
      faults: { fault: 'asynchronous', ends: 'refused' } as const,
      steps: [cancels(0, ACCOUNT), after(MINUTE_MS, 0), isPayment({ status: 'paid' })],
    })),
    ...[{ pg_provider: 'kicc' }, { pg_provider: 'smartro_v2' }, { card_name: '현대카드' }].map((payment) => ({
      rule: `a cancel of another payment is booked at once: ${JSON.stringify(payment)}`,
      payment,
      steps: [cancels(0), after(0, 3000)],
    })),
    {
      rule: 'a script can make any PG asynchronous, but it never books before its answer',
      faults: [
        { fault: 'asynchronous', delay_ms: 10 * MINUTE_MS },
        { fault: 'asynchronous', delay_ms: 0 },
      ],
      steps: [
        cancels(0),
        after(10 * MINUTE_MS - 1, 0),
        after(1, 3000),
        cancels(0, { checksum: 7000 }),
        isPayment({ cancel_amount: 3000 }),
        after(1, 6000),
      ],
    },
    {
      rule: 'an accepted cancel does not lower the balance before it is booked, and never books more than the balance',
      faults: { fault: 'asynchronous', times: 2, on_trigger: true },
      steps: [
        cancels(0, { amount: 6000 }),
        cancels(0, { amount: 6000 }),
        books(1),
        books(0),
        after(DAY_MS, 6000),
      ],
    },
    {
      rule: 'a cancel may be booked hours after a lost acceptance, or on a trigger',
      faults: [
        { on: 'cancel', fault: 'answer_lost', also: ['asynchronous'], delay_ms: 180 * MINUTE_MS },
        { on: 'cancel', fault: 'answer_lost', also: ['asynchronous'], on_trigger: true, times: 2 },
      ],
      steps: [
        cancels('breaks'),
        after(180 * MINUTE_MS - 1, 0),
        after(1, 3000),
        cancels('breaks', { checksum: 7000 }),
        after(DAY_MS, 3000),
        books(1),
        after(0, 6000),
        cancels('breaks', { checksum: 4000 }),
        ({ simulator }) =>
          expect(simulator.pending()).toMatchObject([
            { imp_uid: 'imp_1', amount: 3000, reason: TAG, due_at_ms: null, executed_at_pg: false },
          ]),
        books(1, 'refusePending'),
        after(0, 6000),
      ],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('under_way: the PG refuses because a cancel is in progress (PG-FACTS 1)', () => {
  it.for<Story>([
    {
      rule: 'under_way: the PG books the cancel later',
      faults: { fault: 'under_way', delay_ms: 10 * MINUTE_MS },
      steps: [cancels(-1), audits(0), after(10 * MINUTE_MS - 1, 0), after(1, 3000), audits(1)],
    },
    {
      rule: 'under_way: the PG drops the cancel after its delay',
      faults: { fault: 'under_way', ends: 'refused' },
      steps: [cancels(-1), after(MINUTE_MS, 0), books(0), cancels(0)],
    },
    {
      rule: 'under_way: the PG books the cancel only on a trigger',
      faults: { fault: 'under_way', on_trigger: true },
      steps: [cancels(-1), after(DAY_MS, 0), books(1), after(0, 3000)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('기취소: the PG says that the payment is already cancelled (PG-FACTS 2)', () => {
  it.for<Story>([
    {
      rule: 'executed_but_refused: the PG has refunded, the audit knows at once, and i’mport knows after the booking',
      faults: { fault: 'executed_but_refused' },
      steps: [cancels(-1), audits(1, 3000), after(DAY_MS, 0), books(1), after(0, 3000), audits(1, 3000)],
    },
    {
      rule: 'executed_but_refused with a delay of 0: i’mport has booked the cancel before it answers with a refusal',
      faults: { fault: 'executed_but_refused', delay_ms: 0 },
      steps: [cancels(-1), isPayment({ cancel_amount: 3000 })],
    },
    {
      rule: 'executed_but_refused: the same money is not refunded a second time',
      payment: { pg_provider: 'nice' },
      faults: { fault: 'executed_but_refused' },
      steps: [cancels(-1, { amount: 8000 }), cancels(-1), cancels(0, { amount: 2000 })],
    },
    ...['kcp', 'html5_inicis', 'payco', 'eximbay'].map((pg_provider) => ({
      rule: `executed_but_refused: ${pg_provider} compares the balance, and refuses further cancels until i’mport knows`,
      payment: { pg_provider },
      faults: { fault: 'executed_but_refused' } as const,
      steps: [cancels(-1), cancels(-1, { amount: 1000 }), books(1), cancels(0, { checksum: 7000 })],
    })),
    {
      rule: 'already_cancelled_at_pg: no cancel was executed',
      faults: { fault: 'already_cancelled_at_pg' },
      steps: [cancels(-1), after(DAY_MS, 0), isPayment({ status: 'paid' }), audits(0)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});

describe('two_step: the checksum is checked on arrival, the money moves later', () => {
  it.for<Story>([
    {
      rule: 'two_step: other cancels may come in between, and the answer comes after the booking',
      faults: { fault: 'two_step', delay_ms: MINUTE_MS },
      steps: [
        sends(),
        consoles(1000),
        after(0, 1000),
        after(MINUTE_MS, 4000),
        answered(0),
        entries([1000, CONSOLE_REASON], [3000, TAG]),
      ],
    },
    {
      rule: 'two_step: the checksum is tested when the request arrives',
      faults: { fault: 'two_step' },
      steps: [cancels(1, { checksum: 9999 }), books(0)],
    },
    {
      rule: 'two_step with on_trigger: the booking waits for the trigger',
      faults: { fault: 'two_step', on_trigger: true },
      steps: [sends(), after(DAY_MS, 0), books(1), answered(0), after(0, 3000)],
    },
    {
      rule: 'two_step: a trigger or the end of the delay can refuse the cancel',
      faults: [
        { fault: 'two_step', on_trigger: true },
        { fault: 'two_step', delay_ms: MINUTE_MS, ends: 'refused' },
      ],
      steps: [sends(), books(1, 'refusePending'), answered(-1), sends(), after(MINUTE_MS, 0), answered(-1)],
    },
    {
      rule: 'two_step: the PG refuses the cancel when too little is left by then',
      faults: { fault: 'two_step', on_trigger: true },
      steps: [sends(), consoles(8000), books(0), answered(-1), after(0, 8000)],
    },
    {
      rule: 'two_step without hang: the connection breaks at once, and the cancel is still executed',
      faults: { fault: 'two_step', delay_ms: MINUTE_MS, hang: false },
      steps: [cancels('breaks'), after(MINUTE_MS, 3000)],
    },
  ])('$rule', async (story) => expect(await play(story)).toBe('as told'));
});
