import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Minor } from '../../../../functions/refund/money.ts';
import { BANKS_BY_PG } from '../../../../functions/refund/pg/banks.ts';
import { cancelsOf, judgeRules } from '../../../../functions/refund/pg/judge.ts';
import { decideCancel, readCancelRequest } from '../../../../lib/lab/simulator/cancel-request.ts';
import { parsePayment } from '../../../../lib/lab/simulator/payment-input.ts';
import { MORNING_MS } from '../../../support/ledger-samples.ts';
import { ACCOUNT, askedOf, korea, NO_RULE_OFF } from './cases.ts';

/** Every PG and method that i'mport names (IAMPORT 7), and an unknown one. */
const PGS = (
  'html5_inicis inicis inicis_unified inicis_jp kcp kcp_billing kcp_quick uplus tosspayments nice nice_v2 kicc kicc_v2 ' +
  'kakaopay danal danal_tpay mobilians mobilians_v2 payco paypal paypal_v2 eximbay naverpay naverco smilepay daou ' +
  'paymentwall tosspay tosspay_v2 toss_brandpay smartro smartro_v2 settle settle_acc ksnet galaxia welcome pg_of_tomorrow'
).split(' ');
const METHODS = (
  'card trans vbank phone samsung kakaopay naverpay payco lpay ssgpay tosspay applepay paypal point cultureland ' +
  'culturegift smartculture booknlife happymoney cvs method_of_tomorrow'
).split(' ');

/** With these contracts a rule is as PortOne publishes it for shops that have them; the service only warns then. */
const CONTRACTS = { kcpPhonePartial: true, kcpNextMonthRefund: true };
const AMOUNT = 10_000;
const CANCELLED = Array.from({ length: 10 }, (_, index) => ({ amount: 100, cancellation_id: `C${index}` }));
/** Ends and beginnings of months, leap days, and days that a later month lacks. */
const PAID_ON = [
  [2027, 1, 31],
  [2027, 2, 28],
  [2028, 2, 29],
  [2027, 3, 1],
  [2027, 8, 29],
  [2027, 8, 31],
  [2028, 12, 31],
  [2028, 6, 15],
] as const;
/** Around midnight in Korea and in UTC, and around KSNET's night. */
const CLOCK = [
  '00:00:00',
  '05:59:59',
  '06:00:00',
  '08:59:59',
  '09:00:00',
  '22:59:59',
  '23:00:00',
  '23:59:59',
];
const DAYS_LATER = [0, 1, 28, 31, 92, 180, 181, 182, 183, 184, 365, 366, 1095, 1096, 1097, 1827];

function at([year, month, day]: (typeof PAID_ON)[number], daysLater: number, time: string): number {
  const [hour, minute, second] = time.split(':').map(Number);
  return korea(year, month, day + daysLater, hour, minute, second);
}

const accounts = fc.record(
  {
    holder: fc.constant(ACCOUNT.holder),
    bank: fc.constantFrom(...[...BANKS_BY_PG.values()].flatMap((banks) => Object.keys(banks)), '999'),
    account: fc.constant(ACCOUNT.account),
    tel: fc.constant(ACCOUNT.tel),
  },
  { requiredKeys: [] },
);
const requests = fc.record({
  pgProvider: fc.constantFrom(...PGS),
  payMethod: fc.constantFrom(...METHODS),
  paidOn: fc.constantFrom(...PAID_ON),
  paidTime: fc.constantFrom(...CLOCK),
  days: fc.constantFrom(...DAYS_LATER),
  time: fc.constantFrom(...CLOCK),
  isPart: fc.boolean(),
  cancels: fc.constantFrom(0, 1, 8, 9, 10),
  reason: fc.constantFrom('', ' ', 'size'),
  // A complete account, so that the rules of the account do not hide the others.
  account: fc.oneof(accounts, fc.constant(ACCOUNT)),
});
type Sample = typeof requests extends fc.Arbitrary<infer T> ? T : never;

/** Judged by the service's table and by the simulator's, which share no code. True: it is refused. */
function judgedByBoth({ pgProvider, payMethod, isPart, cancels, reason, account, ...times }: Sample) {
  const paidAtMs = at(times.paidOn, 0, times.paidTime);
  const nowMs = at(times.paidOn, times.days, times.time);
  const amount = isPart ? 50 : AMOUNT - cancels * 100;
  const cancelled = CANCELLED.slice(0, cancels);
  const cancelHistory = cancelled.map((entry) => ({
    amount: entry.amount as Minor,
    cancellationId: entry.cancellation_id,
  }));
  const asked = askedOf({
    partial: amount < AMOUNT,
    account,
    reason,
    cancelsBefore: cancelsOf({ cancelHistory }),
  });
  const ours = judgeRules({ pgProvider, payMethod, paidAtMs }, asked, { nowMs, rulesOff: NO_RULE_OFF });
  const named = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: AMOUNT, cancel_history: cancelled };
  const held = { ...parsePayment(named, MORNING_MS), payMethod, pgProvider, paidAtSeconds: paidAtMs / 1000 };
  const request = readCancelRequest({
    imp_uid: 'imp_1',
    amount,
    reason,
    refund_holder: account.holder,
    refund_bank: account.bank,
    refund_account: account.account,
    refund_tel: account.tel,
  });
  const theirs = decideCancel(held, request, { nowMs, contracts: CONTRACTS });
  return [ours !== undefined, theirs.kind === 'refused'] as const;
}

it('the service and the simulator, which share no code, refuse the same requests by the rules of PGs', () => {
  let refused = 0;
  fc.assert(
    fc.property(requests, (request) => {
      const [ours, theirs] = judgedByBoth(request);
      if (ours) refused += 1;
      expect(ours).toBe(theirs);
    }),
    { numRuns: 4000 },
  );
  // Both kinds occur often enough for the comparison to mean something.
  expect(refused).toBeGreaterThan(400);
  expect(refused).toBeLessThan(3600);
});
