import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancelBody } from '../../../../functions/iamport/wire.ts';
import { decideCancel as decide } from '../../../../functions/refund/decide.ts';
import type { RefundAccount } from '../../../../functions/refund/intent.ts';
import { toDecimal, type Minor } from '../../../../functions/refund/money.ts';
import { BANKS_BY_PG, banksOf } from '../../../../functions/refund/pg/banks.ts';
import { cancelsOf, judgeRules } from '../../../../functions/refund/pg/judge.ts';
import { decideCancel, readCancelRequest } from '../../../../lib/lab/simulator/cancel-request.ts';
import { parsePayment } from '../../../../lib/lab/simulator/payment-input.ts';
import { MORNING_MS, thePayment } from '../../../support/ledger-samples.ts';
import { ACCOUNT, askedOf, korea } from './cases.ts';

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
const NONE_OFF: ReadonlySet<string> = new Set();
const AMOUNT = 10_000;

interface Scene {
  readonly pg: string;
  readonly method: string;
  readonly paidAtMs: number;
  readonly nowMs: number;
  readonly part: boolean;
  readonly cancels?: number;
  readonly reason?: string;
  readonly account?: RefundAccount;
}

const ANY_PAYMENT = { imp_uid: 'imp_1', merchant_uid: 'order-1', amount: AMOUNT };
const CANCELLED = Array.from({ length: 10 }, (_, index) => ({ amount: 100, cancellation_id: `C${index}` }));
/** The simulator's payments, indexed by the number of earlier cancels; otherwise only PG, method and time vary. */
const HELD = [...CANCELLED, undefined].map((_entry, cancels) =>
  parsePayment({ ...ANY_PAYMENT, cancel_history: CANCELLED.slice(0, cancels) }, MORNING_MS),
);

/** Judges by the service's table and by the simulator's, which share no code. True: it is refused. */
function judgedByBoth(scene: Scene): readonly [service: boolean, simulator: boolean] {
  const { pg, method, paidAtMs, nowMs, part, cancels = 0, reason = 'size', account = {} } = scene;
  const held = HELD[cancels];
  if (held === undefined) throw new Error(`Bug: ${cancels} cancels`);
  const payment = { ...held, payMethod: method, pgProvider: pg, paidAtSeconds: paidAtMs / 1000 };
  const amount = part ? 50 : AMOUNT - cancels * 100;
  const request = readCancelRequest({
    imp_uid: 'imp_1',
    amount,
    reason,
    refund_holder: account.holder,
    refund_bank: account.bank,
    refund_account: account.account,
    refund_tel: account.tel,
  });
  const cancelHistory = CANCELLED.slice(0, cancels).map((entry) => ({
    amount: entry.amount as Minor,
    cancellationId: entry.cancellation_id,
  }));
  const cancelsBefore = cancelsOf({ cancelHistory });
  const asked = askedOf({ partial: amount < AMOUNT, account, reason, cancelsBefore });
  const ours = judgeRules({ pgProvider: pg, payMethod: method, paidAtMs }, asked, {
    nowMs,
    rulesOff: NONE_OFF,
  });
  const theirs = decideCancel(payment, request, { nowMs, contracts: CONTRACTS });
  return [ours !== undefined, theirs.kind === 'refused'];
}

const YEARS = [2027, 2028];
/** Ends and beginnings of months, leap days, and days that a later month lacks. */
const DATES: readonly (readonly [month: number, day: number])[] = [
  [1, 31],
  [2, 28],
  [2, 29],
  [3, 1],
  [3, 31],
  [8, 29],
  [8, 30],
  [8, 31],
  [10, 31],
  [12, 31],
  [6, 15],
];
/** Hours around midnight in Korea and in UTC, and around KSNET's night. */
const CLOCK: readonly (readonly [hour: number, minute: number, second: number])[] = [
  [0, 0, 0],
  [5, 59, 59],
  [6, 0, 0],
  [8, 59, 59],
  [9, 0, 0],
  [22, 59, 59],
  [23, 0, 0],
  [23, 59, 59],
];
const PAID_AT = CLOCK.filter(([hour]) => [0, 8, 9, 23].includes(hour));
const DAYS_LATER = [0, 1, 28, 31, 92, 180, 181, 182, 183, 184, 365, 366, 1095, 1096, 1097, 1827];
const DAY_MS = 86_400_000;

const paidAts = YEARS.flatMap((year) =>
  DATES.filter(([month, day]) => new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day).flatMap(
    ([month, day]) => PAID_AT.map((time) => korea(year, month, day, ...time)),
  ),
);

const accounts = fc.record(
  {
    holder: fc.constant('홍길동'),
    bank: fc.constantFrom(...[...BANKS_BY_PG.values()].flatMap((banks) => Object.keys(banks)), '999'),
    account: fc.constant('110234567890'),
    tel: fc.constant('01012345678'),
  },
  { requiredKeys: [] },
);

const scenes = fc.record({
  pg: fc.constantFrom(...PGS),
  method: fc.constantFrom(...METHODS),
  paidAtMs: fc.constantFrom(...paidAts),
  part: fc.boolean(),
  cancels: fc.constantFrom(0, 1, 8, 9, 10),
  reason: fc.constantFrom('', ' ', 'size'),
  account: fc.oneof(accounts, fc.constant(ACCOUNT)),
  days: fc.constantFrom(...DAYS_LATER),
  time: fc.constantFrom(...CLOCK),
});

/** The day that many days later, at this hour of the Korean clock. */
function laterAt(paidAtMs: number, days: number, [hour, minute, second]: (typeof CLOCK)[number]): number {
  const day = Math.floor((paidAtMs + 9 * 3_600_000) / DAY_MS) + days;
  return day * DAY_MS - 9 * 3_600_000 + (hour * 3600 + minute * 60 + second) * 1000;
}

describe('the service and the simulator refuse the same requests', () => {
  it.each(PGS)('both judge alike at %s, by every method, on every relevant day and hour', (pg) => {
    const differing: Scene[] = [];
    // A complete account, so that the account rules do not hide the others.
    const [bank = ACCOUNT.bank] = Object.keys(banksOf(pg) ?? {});
    const account = { ...ACCOUNT, bank };
    for (const [index, paidAtMs] of paidAts.entries()) {
      for (const [place, days] of DAYS_LATER.entries()) {
        // The hours rotate over methods and days, so that each pair of hours occurs.
        const method = METHODS[(index + place) % METHODS.length] ?? '';
        const time = CLOCK[(index + place * 3) % CLOCK.length] ?? [0, 0, 0];
        for (const part of [true, false]) {
          const scene = { pg, method, paidAtMs, nowMs: laterAt(paidAtMs, days, time), part, account };
          const [ours, theirs] = judgedByBoth(scene);
          if (ours !== theirs) differing.push(scene);
        }
      }
    }
    expect(differing.slice(0, 3)).toEqual([]);
  });

  it('both judge alike after any earlier cancels, with any reason and account', () => {
    fc.assert(
      fc.property(scenes, ({ days, time, ...scene }) => {
        const [ours, theirs] = judgedByBoth({ ...scene, nowMs: laterAt(scene.paidAtMs, days, time) });
        expect(ours).toBe(theirs);
      }),
      { numRuns: 3000 },
    );
  });

  it('both refuse and both allow often enough for the comparison to mean something', () => {
    const judged = fc
      .sample(scenes, { numRuns: 2000, seed: 7 })
      .map(({ days, time, ...scene }) =>
        judgedByBoth({ ...scene, nowMs: laterAt(scene.paidAtMs, days, time) }),
      );
    const refused = judged.filter(([ours]) => ours).length;
    expect(refused).toBeGreaterThan(200);
    expect(judged.length - refused).toBeGreaterThan(200);
  });
});

describe('money in every exponent of ISO 4217', () => {
  const identity = { refundId: 'rf_0123456789abcdefghjkmnpq', wish: 'w' };
  const actor = { kind: 'staff', sub: 's' } as const;

  it.each(['KRW', 'JPY', 'CLP', 'USD', 'EUR', 'KWD', 'TND', 'CLF', 'UYW'])(
    'an amount in %s reaches the simulator exact to the minor unit',
    (currency) => {
      const amounts = fc.integer({ min: 1, max: 999_999_999 });
      fc.assert(
        fc.property(amounts, amounts, (one, other) => {
          const [asked, paid] = [Math.min(one, other) as Minor, Math.max(one, other) as Minor];
          const payment = thePayment({ currency, amount: paid, payMethod: 'card', pgProvider: 'eximbay' });
          const request = {
            amount: toDecimal(asked, currency),
            passedOn: { taxFree: toDecimal(1 as Minor, currency) },
            account: {},
            actor,
          };
          const decided = decide(
            { payment, refund: undefined, equal: undefined },
            { request, identity, actor, nowMs: MORNING_MS, rulesOff: new Set() },
          );
          if (decided.kind !== 'claim') throw new Error(`Bug: ${decided.kind}`);
          const { refund } = decided;
          const body = cancelBody({ ...refund, requester: 'admin' });
          const held = parsePayment(
            { imp_uid: refund.impUid, merchant_uid: 'o', currency, amount: toDecimal(paid, currency) },
            MORNING_MS,
          );
          const judged = decideCancel(held, readCancelRequest(body), { nowMs: MORNING_MS, contracts: {} });
          expect(judged).toMatchObject({ kind: 'allowed', amount: asked });
          expect(refund.amount).toBe(asked);
          expect(refund.passedOn.taxFree).toBe(1);
        }),
      );
    },
  );
});
