import { koreanBatchThursday, koreanBusinessDaysLater, koreanMonthEnd } from '../korea-time.ts';
import type { PaymentFacts } from '../payment.ts';

type Paid = Partial<Pick<PaymentFacts, 'payMethod' | 'pgProvider' | 'paidAtMs'>>;

/** When the PG has paid, in ms, for a cancel of that moment; undefined where the holidays are not known. */
type PaidBack = (cancelledAtMs: number) => number | undefined;

const nextBusinessDay: PaidBack = (ms) => koreanBusinessDaysLater(ms, 1);

/**
 * Virtual accounts, by PG (PG-FACTS 4; developers.portone.io, cancel/v1/virtual-account: "one business day or so"). Kiwoom pays by
 * hand in seven business days and more; KG Financial on Thursdays, what was asked for until Tuesday; Danal not at all.
 */
const VIRTUAL_ACCOUNTS: ReadonlyMap<string, PaidBack> = new Map([
  ['daou', (ms) => koreanBusinessDaysLater(ms, 7)],
  ['mobilians', koreanBatchThursday],
  ['mobilians_v2', koreanBatchThursday],
  ['danal', () => undefined],
  ['danal_tpay', () => undefined],
]);

/**
 * By when the money of a cancel should be with the customer, in ms. Undefined where nothing is known: cards and the like have no
 * rule but their companies' own.
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
