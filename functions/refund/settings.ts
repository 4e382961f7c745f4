import type { Actor } from './payment.ts';

/** The deployer's settings of the protocol. */
export interface RefundSettings {
  /** G of the protocol, in ms: how long a request may still be executed after it was sent. */
  readonly quietPeriodMs: number;
  /** `pg_provider`, or `pg_provider:pay_method`, of asynchronous PGs in addition to those of `pg/families.ts` (P5). */
  readonly pgsThatCancelLater: ReadonlySet<string>;
  readonly importUnknownPayments: boolean;
  readonly customersMayRefund: boolean;
  /** Names of PG rules (`pg/rules.ts`) that do not apply to the shop because its contract differs. */
  readonly rulesOff: ReadonlySet<string>;
}

/** `actor`: the role; on their own order staff are its customer. */
export function mayRefund({ kind }: Actor, { customersMayRefund }: RefundSettings): boolean {
  return kind === 'staff' || customersMayRefund;
}
