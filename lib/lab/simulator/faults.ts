import { FAULT_TABLE, type FaultGroup } from './fault-table.ts';

export { FAULT_TABLE, type FaultDescription, type FaultGroup } from './fault-table.ts';

export type FaultName = keyof typeof FAULT_TABLE;

type Of<Group extends FaultGroup> = {
  [Name in FaultName]: (typeof FAULT_TABLE)[Name]['group'] extends Group ? Name : never;
}[FaultName];

export type WireFaultName = Of<'wire'>;
export type CancelFaultName = Of<'cancel'>;
export type ReasonHabit = Of<'reason'>;
export type AnswerHabit = Of<'answer'>;
export type WebhookHabit = Of<'webhook'>;

export const FAULT_NAMES: readonly FaultName[] = namesOf(() => true);
export const WIRE_FAULTS = namesOf((name): name is WireFaultName => groupOf(name) === 'wire');
export const CANCEL_FAULTS = namesOf((name): name is CancelFaultName => groupOf(name) === 'cancel');
/** In the order in which they are applied: the fields first, the shape of the history last. */
export const ANSWER_HABITS = namesOf((name): name is AnswerHabit => groupOf(name) === 'answer');
export const WEBHOOK_HABITS = namesOf((name): name is WebhookHabit => groupOf(name) === 'webhook');

export const FAULT_TARGETS = ['cancel', 'token', 'payment', 'any', 'webhook'] as const;
/** `payment`: every look-up. `any`: all but webhooks. */
export type FaultTarget = (typeof FAULT_TARGETS)[number];

/** One bad moment or habit, as scripted in JSON. What each means is in FAULT_TABLE. */
export interface Fault {
  /** @default - required for faults of the wire; else where its group happens: `cancel`, `any`, `webhook` */
  readonly on?: FaultTarget;
  readonly fault: FaultName;
  /** How many requests, payments shown or webhooks meet it. @default 1 */
  readonly times?: number;
  /** It stays until it is cleared, instead of for a number of times. @default false */
  readonly until_cleared?: boolean;
  /** Only about this payment. @default any */
  readonly imp_uid?: string;
  /** Chance, 0 to 1, that what fits meets it. @default 1 */
  readonly probability?: number;
  /** Cancel faults that come together with this one. */
  readonly also?: readonly CancelFaultName[];
  /** `slow`, `answer_slow`: real milliseconds; the others: milliseconds of simulated time. */
  readonly delay_ms?: number;
  /** Only `bookPending` and `refusePending` end it, no time does. @default false */
  readonly on_trigger?: boolean;
  /** How it ends when its time has come. @default 'booked' */
  readonly ends?: 'booked' | 'refused';
  /** Words; for a refusal a key of PG_TEXTS or any other text. */
  readonly text?: string;
  /** `reason_replace`: what is replaced, everywhere. @default '[' */
  readonly from?: string;
  /** How much is left of a text. */
  readonly max?: number;
  /** What `max` counts. `bytes` are UTF-8's; in EUC-KR a Korean letter takes two. @default 'characters' */
  readonly unit?: 'characters' | 'bytes' | 'euc_kr_bytes';
  /** In major units. @default all that is left */
  readonly amount?: number;
  /** Whether the request was carried out. @default true */
  readonly applied?: boolean;
  /** The connection is kept open until then, instead of cut at once. @default - false for `late`, true for `two_step` */
  readonly hang?: boolean;
  /** One field of a payment: `receipt_url`, or `cancel_history.reason` for that of every entry. */
  readonly field?: string;
  /** Several, written like `field`. @default - the sums of a payment */
  readonly fields?: readonly string[];
  /** Any JSON that stands there instead. @default - the field is left out */
  readonly value?: unknown;
  /** `times_as_text`: `1769860800`, `2026-01-31T12:00:00.000Z` or `2026-01-31 21:00:00`. @default 'seconds' */
  readonly style?: 'seconds' | 'iso' | 'korean';
  /** `history_missing`: which of them. @default 'newest' */
  readonly entries?: 'newest' | 'all';
}

/** As it waits in the queue. */
export interface ScriptedFault extends Fault {
  readonly on: FaultTarget;
}

export function groupOf(name: FaultName): FaultGroup {
  return FAULT_TABLE[name].group;
}

function namesOf<Name extends FaultName>(isOne: (name: FaultName) => name is Name): readonly Name[];
function namesOf(isOne: (name: FaultName) => boolean): readonly FaultName[];
function namesOf(isOne: (name: FaultName) => boolean): readonly FaultName[] {
  return (Object.keys(FAULT_TABLE) as FaultName[]).filter(isOne);
}
