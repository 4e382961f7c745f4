/** What happens to the message: the request does not get through, or its answer does not. At most one per request. */
export const WIRE_FAULTS = [
  'answer_lost',
  'request_lost',
  'slow',
  'late',
  'answer_slow',
  'http_500',
  'http_502',
  'http_504',
  'empty_200',
  'truncated_200',
  'http_429',
  'unauthorized',
] as const;

/** What happens on the far side of a cancel; a wire fault may come together with these (`also`). */
export const CANCEL_FAULTS = [
  'refused',
  'already_cancelled_at_pg',
  'console_cancel',
  'webhook_first',
  'drop_tag',
  'asynchronous',
] as const;

export type WireFaultName = (typeof WIRE_FAULTS)[number];
export type CancelFaultName = (typeof CANCEL_FAULTS)[number];
export type FaultName = WireFaultName | CancelFaultName;

export const FAULT_NAMES: readonly FaultName[] = [...WIRE_FAULTS, ...CANCEL_FAULTS];

export const FAULT_TARGETS = ['cancel', 'token', 'payment', 'any'] as const;
/** `payment`: every look-up. */
export type FaultTarget = (typeof FAULT_TARGETS)[number];

/** One bad moment, as scripted in JSON. Each request meets at most one: the first of the queue that fits it. */
export interface Fault {
  readonly on: FaultTarget;
  readonly fault: FaultName;
  /** How many requests meet it. @default 1 */
  readonly times?: number;
  /** Only requests about this payment. @default any */
  readonly imp_uid?: string;
  /**
   * `slow`, `answer_slow`: real milliseconds (1,000). `late`, `asynchronous`: milliseconds of simulated time until it is
   * applied (120,000 and 60,000).
   */
  readonly delay_ms?: number;
  /** `refused`, `already_cancelled_at_pg`: a key of PG_TEXTS or any other text. `drop_tag`: what is left of `reason` (''). */
  readonly text?: string;
  /** `console_cancel`: in major units. @default all that is left */
  readonly amount?: number;
  /** Chance, 0 to 1, that a request which fits meets it. @default 1 */
  readonly probability?: number;
  /** `http_500`, `http_502`, `http_504`, `empty_200`, `truncated_200`: whether the request was carried out. @default true */
  readonly applied?: boolean;
  /** `late`: the connection is kept open until then, instead of cut at once. @default false */
  readonly hang?: boolean;
  /** Cancel faults that come together with this one. */
  readonly also?: readonly CancelFaultName[];
}
