import { CONSOLE_REASON, taggedReason } from '../../functions/refund/attribution.ts';
import { assertNever } from '../../functions/refund/assert-never.ts';
import { ZERO, sum, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, ProviderPayment } from '../../functions/refund/payment.ts';
import type { CancelCall } from '../../functions/protocol/ports.ts';
import { won } from './samples.ts';

export interface Refused {
  readonly kind: 'refused';
  readonly code: number;
  readonly message: string;
}

export type Processed = { readonly kind: 'booked'; readonly payment: ProviderPayment } | Refused;

/** What a PG makes of `reason` (P6). */
export type Reasons = 'kept' | 'dropped' | 'cut' | 'tail';

export interface ProviderOptions {
  readonly merchantUid: string;
  readonly impUid: string;
  readonly paid: number;
  readonly pgProvider?: string;
  readonly reasons?: Reasons;
  readonly currency?: string;
  /** The PG compares the stated remaining balance with its own. */
  readonly checksBalance?: boolean;
}

interface Entry extends CancelEntry {
  /** Whose it is; the model knows, whatever the text says. */
  readonly refundId?: string;
}

/** A PG's limit of characters: a beginning of the tag is left, no more. */
const CUT_TO_CHARACTERS = 12;

/** i'mport and the PG behind it, as the protocol sees them: one payment, a checksum checked on arrival, a history with reasons. */
export class ModelProvider {
  readonly history: Entry[] = [];
  /** Refunds that the PG has executed, also those that i'mport has lost. */
  readonly executed: string[] = [];
  /** What an asynchronous PG has accepted, and will book or refuse at its own time (P5). */
  readonly accepted: { readonly call: CancelCall; readonly willBook: boolean }[] = [];
  /** Cancelled by others than the service. */
  elsewhere = 0;
  readonly options: ProviderOptions;
  #lostByIamport = 0;

  constructor(options: ProviderOptions) {
    this.options = options;
  }

  get paid(): Minor {
    return won(this.options.paid);
  }

  /** R of the protocol. */
  cancelled(): Minor {
    return this.history.length === 0 ? ZERO : sum(this.history.map(({ amount }) => amount));
  }

  snapshot(): ProviderPayment {
    const { merchantUid, impUid, pgProvider, currency = 'KRW' } = this.options;
    const cancelAmount = this.cancelled();
    return {
      merchantUid,
      impUid,
      status: cancelAmount > 0 ? 'cancelled' : 'paid',
      currency,
      amount: this.paid,
      cancelAmount,
      cancelHistory: this.history.map(({ refundId: _known, ...entry }) => entry),
      ...(pgProvider === undefined ? {} : { pgProvider }),
    };
  }

  /** P2: checksum and amount, as they are when the request arrives. */
  check({ pending }: CancelCall): Refused | undefined {
    const left = this.paid - this.cancelled();
    if (pending.checksum !== left) return refused(1, 'checksum');
    return pending.amount > left ? refused(1, 'amount') : undefined;
  }

  /** P2: a step of its own. */
  book(call: CancelCall, nowMs: number): Processed {
    const refusal = this.#execute(call);
    if (refusal !== undefined) return refusal;
    const { amount, reason: words, refundId } = call.pending;
    this.#enter({ amount, reason: this.#textOf(taggedReason(words, refundId)), refundId }, nowMs);
    return { kind: 'booked', payment: this.snapshot() };
  }

  /** The PG knows its own balance, whatever i'mport has lost. */
  #execute({ pending }: CancelCall): Refused | undefined {
    const left = this.paid - this.cancelled() - this.#lostByIamport;
    if (pending.amount > left) return refused(-1, 'PG: 기취소 거래');
    if (this.options.checksBalance === true && pending.checksum !== left) return refused(-1, 'PG: balance');
    this.executed.push(pending.refundId);
    return undefined;
  }

  process(call: CancelCall, nowMs: number): Processed {
    return this.check(call) ?? this.book(call, nowMs);
  }

  /** The PG has executed it, and i'mport never learns: 기취소 afterwards. */
  loseAfterExecution(call: CancelCall): void {
    if (this.#execute(call) === undefined) this.#lostByIamport += call.pending.amount;
  }

  accept(call: CancelCall, willBook: boolean): ProviderPayment {
    this.accepted.push({ call, willBook });
    return this.snapshot();
  }

  /** What was accepted first is booked or refused now. */
  settleAccepted(nowMs: number): void {
    const first = this.accepted.shift();
    if (first?.willBook === true) this.book(first.call, nowMs);
  }

  cancelElsewhere(amount: number, reason: string | undefined, nowMs: number): void {
    if (this.cancelled() + amount > this.paid) return;
    this.elsewhere += amount;
    this.#enter({ amount: won(amount), ...(reason === undefined ? {} : { reason }) }, nowMs);
  }

  consoleCancel(amount: number, nowMs: number): void {
    this.cancelElsewhere(amount, CONSOLE_REASON, nowMs);
  }

  entryOf(refundId: string): CancelEntry | undefined {
    return this.history.find((entry) => entry.refundId === refundId);
  }

  timesMoved(refundId: string): number {
    return this.executed.filter((id) => id === refundId).length;
  }

  #textOf(reason: string): string {
    const { reasons = 'kept' } = this.options;
    switch (reasons) {
      case 'kept':
        return reason;
      case 'dropped':
        return '';
      case 'cut':
        return reason.slice(0, CUT_TO_CHARACTERS);
      case 'tail':
        return reason.slice(-CUT_TO_CHARACTERS);
      default:
        return assertNever(reasons);
    }
  }

  #enter(entry: { amount: Minor; reason?: string; refundId?: string }, nowMs: number): void {
    const cancellationId = `C${this.history.length + 1}`;
    // i'mport tells whole seconds.
    this.history.push({ ...entry, cancellationId, cancelledAtMs: Math.floor(nowMs / 1000) * 1000 });
  }
}

function refused(code: number, message: string): Refused {
  return { kind: 'refused', code, message };
}
