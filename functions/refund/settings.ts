import type { Actor } from './payment.ts';

/** What a deployer decides about the protocol. */
export interface RefundSettings {
  /** G of the protocol, in ms: how long a request may still be executed after it was sent. */
  readonly quietPeriodMs: number;
  /** `never`: a cancel that did not arrive is told as not executed instead of being sent again (row 7d). */
  readonly resend: 'safe' | 'never';
  /** pg_provider values, beside those of `pg/checks-balance.ts`, whose PG refuses a cancel that states a wrong remaining balance. */
  readonly pgsThatCheckBalance: ReadonlySet<string>;
  /** pg_provider values that are known to drop `reason` (row 7p). */
  readonly pgsThatDropReasons: ReadonlySet<string>;
  readonly importUnknownPayments: boolean;
  readonly customersMayRefund: boolean;
}

/** `actor`: in which right; on an order of their own staff are its customer. */
export function mayRefund({ kind }: Actor, { customersMayRefund }: RefundSettings): boolean {
  return kind === 'staff' || customersMayRefund;
}
