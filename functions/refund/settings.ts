import type { Actor } from './payment.ts';

/** What a deployer decides about the protocol. */
export interface RefundSettings {
  /** G of the protocol, in ms: how long a request may still be executed after it was sent. */
  readonly quietPeriodMs: number;
  /** `pg_provider`, or `pg_provider:pay_method`, of PGs that cancel later, beside those of `pg/families.ts` (P5). */
  readonly pgsThatCancelLater: ReadonlySet<string>;
  readonly importUnknownPayments: boolean;
  readonly customersMayRefund: boolean;
  /** Names of PG rules (`pg/rules.ts`) that do not hold for the shop, because its contract differs. */
  readonly rulesOff: ReadonlySet<string>;
}

/** `actor`: in which right; on an order of their own staff are its customer. */
export function mayRefund({ kind }: Actor, { customersMayRefund }: RefundSettings): boolean {
  return kind === 'staff' || customersMayRefund;
}
