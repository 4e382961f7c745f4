import { FAULT_TABLE, type FaultGroup } from './fault-table.ts';

export type FaultName = keyof typeof FAULT_TABLE;

type Of<Group extends FaultGroup> = {
  [Name in FaultName]: (typeof FAULT_TABLE)[Name]['group'] extends Group ? Name : never;
}[FaultName];

export type WireFaultName = Of<'wire'>;
type CancelFaultName = Of<'cancel'>;
export type ReasonHabit = Of<'reason'>;
export type AnswerHabit = Of<'answer'>;
export type WebhookHabit = Of<'webhook'>;

export const FAULT_NAMES: readonly FaultName[] = namesOf(() => true);
export const WIRE_FAULTS = namesOf((name): name is WireFaultName => groupOf(name) === 'wire');
export const CANCEL_FAULTS = namesOf((name): name is CancelFaultName => groupOf(name) === 'cancel');
/** In the order of application. */
export const ANSWER_HABITS = namesOf((name): name is AnswerHabit => groupOf(name) === 'answer');
export const WEBHOOK_HABITS = namesOf((name): name is WebhookHabit => groupOf(name) === 'webhook');

export const FAULT_TARGETS = ['cancel', 'token', 'payment', 'list', 'any', 'webhook'] as const;
/** `payment`: every read, including lists. `list`: reads of several payments. `any`: everything except webhooks. */
export type FaultTarget = (typeof FAULT_TARGETS)[number];

export const UNREADABLE_KINDS = [
  'html',
  'null',
  'array',
  'no_response',
  'no_amount',
  'amount_in_words',
  'history_in_words',
  'another_payment',
] as const;

/** One fault as scripted in JSON. FAULT_TABLE describes each. */
export interface Fault {
  /** @default - required for the group `wire`; else the default target of the group */
  readonly on?: FaultTarget;
  readonly fault: FaultName;
  /** How many requests, answers or webhooks it affects. @default 1 */
  readonly times?: number;
  /** The fault is permanent until it is cleared, instead of for a number of times. @default false */
  readonly until_cleared?: boolean;
  /** Simulated time after which the fault ends. @default - no limit */
  readonly lasts_ms?: number;
  /** Affects only this payment. @default any */
  readonly imp_uid?: string;
  /** Affects only payments of this PG. @default any */
  readonly pg_provider?: string;
  /** Probability, 0 to 1, that a matching request is affected. @default 1 */
  readonly probability?: number;
  /** Cancel faults that happen together with this one, with the same parameters. */
  readonly also?: readonly CancelFaultName[];

  // Parameters of single faults, with defaults: see FAULT_TABLE. Times are simulated, except for `slow` and `answer_slow`;
  // amounts are in major units.
  readonly delay_ms?: number;
  readonly on_trigger?: boolean;
  readonly ends?: 'booked' | 'refused';
  /** A text; for a refusal a key of PG_TEXTS or any other text. */
  readonly text?: string;
  readonly from?: string;
  readonly max?: number;
  /** `bytes` are UTF-8's; in EUC-KR a Korean letter takes two. @default 'characters' */
  readonly unit?: 'characters' | 'bytes' | 'euc_kr_bytes';
  readonly amount?: number;
  readonly applied?: boolean;
  readonly hang?: boolean;
  /** In seconds. */
  readonly retry_after?: number;
  readonly kind?: (typeof UNREADABLE_KINDS)[number];
  readonly shares?: readonly number[];
  readonly delays_ms?: readonly number[];
  readonly tag?: 'all' | 'first' | 'last' | 'none';
  readonly counted?: boolean;
  readonly for_ms?: number;
  readonly keep_entry?: boolean;
  readonly ago_ms?: number;
  /** A field of a payment, such as `receipt_url`, or `cancel_history.reason` for every entry. */
  readonly field?: string;
  readonly fields?: readonly string[];
  readonly value?: unknown;
  readonly style?: 'seconds' | 'iso' | 'korean';
  readonly letters?: 'upper' | 'lower';
  readonly entries?: 'newest' | 'all';
}

/** A fault in the queue. */
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

/** The faults that affect a request. */
export interface DrawnFault {
  /** What happens to the connection. */
  readonly wire: Fault | undefined;
  /** For the log. */
  readonly name: FaultName | undefined;
  /** A two-step cancel that breaks its connection at once: only the answer is lost. */
  readonly hangsUp: boolean;
  /** The fault `name`, if it affects the request; the call counts as one use. */
  meets(name: CancelFaultName): Fault | undefined;
  /**
   * Returns a cancel fault to the queue if the request failed before the PG (e.g. for its token), because a script means
   * "the next cancel that reaches the PG", not "the next request".
   */
  settle(): void;
}

/** By name, by payment, or both. */
export type WhichFaults = Partial<Pick<Fault, 'fault' | 'imp_uid'>>;

export type Met<Name extends FaultName> = ScriptedFault & { readonly fault: Name };

export interface FaultableRequest {
  readonly endpoint: Exclude<FaultTarget, 'any'>;
  readonly impUid: string | undefined;
  readonly pgProvider: string | undefined;
}

interface Waiting {
  readonly fault: ScriptedFault;
  readonly endsAtMs: number;
}

/** Scripted faults in the order in which they were scripted. */
export class FaultQueue {
  /** From 0 to 1. */
  readonly random: () => number;
  readonly #nowMs: () => number;
  #queue: readonly Waiting[] = [];

  constructor(random: () => number = Math.random, nowMs: () => number = Date.now) {
    this.random = random;
    this.#nowMs = nowMs;
  }

  add(faults: readonly ScriptedFault[]): void {
    this.#queue = [...this.#queue, ...faults.map((fault) => this.#waiting(fault))];
  }

  list(): readonly ScriptedFault[] {
    this.#queue = this.#queue.filter(({ endsAtMs }) => endsAtMs > this.#nowMs());
    return this.#queue.map(({ fault }) => fault);
  }

  /** @param which removes the matching faults; without it all */
  clear(which: WhichFaults = {}): void {
    this.#queue = this.#queue.filter(
      ({ fault: { fault, imp_uid: impUid } }) =>
        (which.fault ?? fault) !== fault || (which.imp_uid ?? impUid) !== impUid,
    );
  }

  /** The one scripted fault of a request, and the permanent faults of its PG or payment. */
  draw(request: FaultableRequest): DrawnFault {
    const misfortunes = this.list().filter(isMisfortune);
    const counted = misfortunes.find((fault) => !isLasting(fault) && this.#isMet(fault, request));
    const lasting = misfortunes.filter((fault) => isLasting(fault) && this.#isMet(fault, request));
    if (counted !== undefined) this.#take(counted);
    return drawn(counted, lasting, (fault) => {
      this.#queue = [this.#waiting({ ...fault, times: 1 }), ...this.#queue];
    });
  }

  /** The matching faults in the order of `names`; counts them down. */
  habits<Name extends FaultName>(names: readonly Name[], where: FaultableRequest): readonly Met<Name>[] {
    if (this.#queue.length === 0) return [];
    const waiting = this.list();
    const met = names.flatMap((name) =>
      waiting.filter((fault): fault is Met<Name> => fault.fault === name && this.#isMet(fault, where)),
    );
    for (const fault of met) this.#take(fault);
    return met;
  }

  #waiting(fault: ScriptedFault): Waiting {
    return { fault, endsAtMs: this.#nowMs() + (fault.lasts_ms ?? Infinity) };
  }

  #isMet(fault: ScriptedFault, where: FaultableRequest): boolean {
    return fits(fault, where) && this.random() < (fault.probability ?? 1);
  }

  #take(taken: ScriptedFault): void {
    if (isLasting(taken)) return;
    const times = (taken.times ?? 1) - 1;
    this.#queue = this.#queue.flatMap((waiting) => {
      if (waiting.fault !== taken) return waiting;
      return times > 0 ? { ...waiting, fault: { ...taken, times } } : [];
    });
  }
}

/** A fault for a number of requests comes before a permanent one. */
function drawn(
  counted: ScriptedFault | undefined,
  lasting: readonly ScriptedFault[],
  putBack: (fault: ScriptedFault) => void,
): DrawnFault {
  const wire = counted !== undefined && isWire(counted) ? counted : lasting.find(isWire);
  const all = [counted, ...lasting];
  let isUsed = false;
  return {
    wire,
    name: (counted ?? wire ?? all[0])?.fault,
    hangsUp: all.some((fault) => fault?.fault === 'two_step' && fault.hang === false),
    meets: (name) => {
      const met = all.find((fault) => fault?.fault === name || fault?.also?.includes(name) === true);
      isUsed ||= met !== undefined && met === counted;
      return met;
    },
    settle: () => {
      if (counted !== undefined && !isWire(counted) && !isUsed) putBack(counted);
    },
  };
}

function isLasting({ until_cleared: untilCleared }: Fault): boolean {
  return untilCleared === true;
}

function isWire({ fault }: Fault): boolean {
  return groupOf(fault) === 'wire';
}

function isMisfortune(fault: Fault): boolean {
  return isWire(fault) || groupOf(fault.fault) === 'cancel';
}

/** `any` means requests: a webhook is affected only by webhook faults, and by faults in how payments are written. */
function fits(fault: ScriptedFault, { endpoint, impUid, pgProvider }: FaultableRequest): boolean {
  const isHere =
    fault.on === 'any' || fault.on === endpoint || (fault.on === 'payment' && endpoint === 'list');
  return isHere && (fault.imp_uid ?? impUid) === impUid && (fault.pg_provider ?? pgProvider) === pgProvider;
}
