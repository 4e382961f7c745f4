import { describe, expect, it } from 'vitest';
import { CONSOLE_REASON } from '../../../lib/lab/simulator/simulator.ts';
import {
  after,
  audits,
  books,
  CANCEL,
  cancels,
  cancelsDuring,
  consoles,
  entries,
  follow,
  MINUTE_MS,
  type Scenario,
} from './support.ts';

const { reason: TAG } = CANCEL;
const DAY_MS = 24 * 60 * MINUTE_MS;

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

describe('a cancel at the PG', () => {
  it.for<Scenario>([
    ...FAMILIES.map((payment) => ({
      rule: `a cancel is booked a minute after its answer: ${JSON.stringify(payment)}`,
      payment,
      steps: [
        cancels(payment.pg_provider.includes('inicis') ? -1 : 0, ACCOUNT),
        after(MINUTE_MS - 1, 0),
        after(1, 3000),
        entries([3000, TAG]),
      ],
    })),
    ...[{ pg_provider: 'kicc' }, { pg_provider: 'smartro_v2' }, { card_name: '현대카드' }].map((payment) => ({
      rule: `a cancel of another payment is booked at once: ${JSON.stringify(payment)}`,
      payment,
      steps: [cancels(0), after(0, 3000)],
    })),
    {
      rule: 'accepted cancels are booked by a trigger, never more than the balance, or refused by one',
      faults: { fault: 'asynchronous', times: 3, on_trigger: true },
      steps: [
        cancels(0, { amount: 6000 }),
        cancels(0, { amount: 6000 }),
        after(DAY_MS, 0),
        books(1),
        books(0),
        after(DAY_MS, 6000),
        cancels(0, { checksum: 4000 }),
        books(1, 'refusePending'),
        after(0, 6000),
      ],
    },
    {
      rule: 'under_way: the PG refuses, and books the cancel later',
      faults: { fault: 'under_way', delay_ms: 10 * MINUTE_MS },
      steps: [cancels(-1), audits(0), after(10 * MINUTE_MS - 1, 0), after(1, 3000), audits(1)],
    },
    {
      rule: 'already_cancelled_at_pg: the PG says so, and nothing is executed',
      faults: { fault: 'already_cancelled_at_pg' },
      steps: [cancels(-1), after(DAY_MS, 0), audits(0)],
    },
    {
      rule: 'executed_but_refused: the PG has refunded, and i’mport knows after the booking',
      faults: { fault: 'executed_but_refused' },
      steps: [cancels(-1), audits(1), after(DAY_MS, 0), books(1), after(0, 3000), audits(1)],
    },
    {
      rule: 'executed_but_refused: the PG refuses what is more than its own balance',
      faults: { fault: 'executed_but_refused', text: 'kiwoom_9029' },
      steps: [
        cancels(/^200 {"code":-1,.*9029/),
        cancels(/^200 {"code":-1,.*cancelable amount/, { amount: 7001 }),
        cancels(0, { amount: 7000 }),
        cancels(/^200 {"code":-1,.*1661-0808/, { checksum: 3000 }),
      ],
    },
    {
      rule: 'console_cancel: a person cancels first, so the checksum stops the cancel',
      faults: [{ fault: 'console_cancel', amount: 1000 }, { fault: 'console_cancel' }],
      steps: [cancels(1), entries([1000, CONSOLE_REASON]), cancels(1, { checksum: null }), after(0, 10_000)],
    },
    {
      rule: 'checksum_ignored: a cancel with a wrong checksum is executed each time',
      faults: { fault: 'checksum_ignored', times: 2 },
      steps: [cancels(0), cancels(0), cancels(1), after(0, 6000)],
    },
    {
      rule: 'two_step: other cancels may come in between, and the answer comes after the booking',
      faults: { fault: 'two_step', delay_ms: MINUTE_MS },
      steps: [
        cancelsDuring([consoles(1000), after(0, 1000), after(MINUTE_MS, 4000)], 0),
        entries([1000, CONSOLE_REASON], [3000, TAG]),
      ],
    },
    {
      rule: 'two_step: two cancels that arrive together both pass the checksum',
      faults: { fault: 'two_step', on_trigger: true, times: 2 },
      steps: [cancelsDuring([cancelsDuring([books(2)], 0)], 0), after(0, 6000)],
    },
    {
      rule: 'two_step: the PG refuses the cancel when too little is left by then, or when told so',
      faults: { fault: 'two_step', on_trigger: true, times: 2 },
      steps: [
        cancelsDuring([books(1, 'refusePending')], -1),
        cancelsDuring([consoles(8000), books(0)], -1),
        after(0, 8000),
      ],
    },
    {
      rule: 'an undone cancel does not count, and its entry stays only if it is kept',
      steps: [
        cancels(0),
        cancels(0, { checksum: 7000, reason: 'second' }),
        ({ simulator }) => void simulator.undoCancel({ imp_uid: 'imp_1', keep_entry: true }),
        after(0, 3000),
        ({ simulator }) => expect(simulator.undoCancel({ imp_uid: 'imp_1' }).status).toBe('cancelled'),
        after(0, 0),
        entries([3000, 'second']),
        cancels(0, { amount: null }),
        after(0, 10_000),
      ],
    },
    ...(
      [
        [{ fault: 'reason_cut', max: 5 }, '[tag-'],
        [{ fault: 'reason_cut', max: 12, unit: 'bytes' }, '[tag-1] 사'],
        [{ fault: 'reason_cut' }, TAG],
        [{ fault: 'reason_replace' }, '&#91;tag-1] 사이즈'],
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
  ])('$rule', async (scenario) => expect(await follow(scenario)).toBe('as stated'));
});
