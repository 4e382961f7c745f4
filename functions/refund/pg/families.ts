import { koreanBatchThursday, koreanBusinessDaysLater, koreanMonthEnd } from '../korea-time.ts';
import type { PaymentFacts } from '../payment.ts';

interface Family {
  /** Prefixes of `pg_provider`: a PG's second module (`_v2`) belongs to its family (PG-FACTS 5). */
  readonly pgs: readonly string[];
  /** Absent: every method. */
  readonly payMethods?: readonly string[];
}

/** PGs that accept a cancel and execute or refuse it at any later time (PG-FACTS 5; P5). */
const CANCELS_LATER: readonly Family[] = [
  { pgs: ['paypal', 'paymentwall'] },
  { pgs: ['kicc'], payMethods: ['wechat'] },
  { pgs: ['smartro_v2'], payMethods: ['vbank'] },
  { pgs: ['inicis', 'html5_inicis'], payMethods: ['unionpay'] },
];

function isOf(pg: string, name: string): boolean {
  return pg === name || pg.startsWith(`${name}_`);
}

/**
 * Whether an accepted cancel may be executed much later. `more`: `pg_provider` or `pg_provider:pay_method` named by the deployer.
 */
export function cancelsLater(
  { pgProvider, payMethod }: Pick<PaymentFacts, 'pgProvider' | 'payMethod'>,
  more: ReadonlySet<string>,
): boolean {
  if (pgProvider === undefined) return false;
  if (more.has(pgProvider) || more.has(`${pgProvider}:${payMethod ?? ''}`)) return true;
  return CANCELS_LATER.some(
    ({ pgs, payMethods }) =>
      pgs.some((name) => isOf(pgProvider, name)) &&
      (payMethods === undefined || payMethod === undefined || payMethods.includes(payMethod)),
  );
}

/** NaverPay checks the reason: it must be the real one (PG-FACTS 4), so our tag must not precede it. */
export function wantsReasonFirst(pgProvider: string | undefined): boolean {
  return pgProvider === 'naverpay';
}

// --- When the customer gets the money ---

type Paid = Partial<Pick<PaymentFacts, 'payMethod' | 'pgProvider' | 'paidAtMs'>>;

/** When the PG pays, in ms, for a cancel at that moment; undefined when the holidays are unknown. */
type PaidBack = (cancelledAtMs: number) => number | undefined;

const nextBusinessDay: PaidBack = (ms) => koreanBusinessDaysLater(ms, 1);

/**
 * Virtual accounts, by PG (PG-FACTS 4; developers.portone.io, cancel/v1/virtual-account: "one business day or so"). Kiwoom pays
 * by hand in seven business days or more; KG Financial on Thursdays for requests until Tuesday; Danal never.
 */
const VIRTUAL_ACCOUNTS: ReadonlyMap<string, PaidBack> = new Map([
  ['daou', (ms) => koreanBusinessDaysLater(ms, 7)],
  ['mobilians', koreanBatchThursday],
  ['mobilians_v2', koreanBatchThursday],
  ['danal', () => undefined],
  ['danal_tpay', () => undefined],
]);

/**
 * When the customer should have the money of a cancel, in ms. Undefined when no rule is known: card companies and others have
 * only their own rules.
 */
export function paidBackBy(
  { payMethod, pgProvider = '', paidAtMs }: Paid,
  cancelledAtMs: number,
): number | undefined {
  if (payMethod === 'vbank') return (VIRTUAL_ACCOUNTS.get(pgProvider) ?? nextBusinessDay)(cancelledAtMs);
  // KCP pays a phone payment of an earlier month to an account (익월환불).
  const isLate = paidAtMs !== undefined && cancelledAtMs >= koreanMonthEnd(paidAtMs);
  return payMethod === 'phone' && pgProvider === 'kcp' && isLate ? nextBusinessDay(cancelledAtMs) : undefined;
}
