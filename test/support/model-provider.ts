import { CONSOLE_REASON, taggedReason, tagOf } from '../../functions/refund/attribution.ts';
import { fromDecimal, isMinor, ZERO, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, ProviderPayment } from '../../functions/refund/payment.ts';
import type { CancelCall } from '../../functions/protocol/ports.ts';

export function won(amount: number): Minor {
  const minor = fromDecimal(amount, 'KRW');
  if (!isMinor(minor)) throw new Error(`not won: ${amount}`);
  return minor;
}

export type Processed =
  | { readonly kind: 'applied'; readonly payment: ProviderPayment }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string };

/** i'mport as the protocol sees it: one payment, a checksum that is a compare-and-swap, a history with reasons. */
export class ModelProvider {
  readonly merchantUid: string;
  readonly paid: Minor;
  readonly history: CancelEntry[] = [];
  /** What an asynchronous PG has accepted and not booked. */
  readonly accepted: CancelEntry[] = [];
  /** The PG drops the text of `reason`. */
  dropsReasons = false;
  cancelledInConsole = 0;

  constructor(merchantUid: string, paid: number) {
    this.merchantUid = merchantUid;
    this.paid = won(paid);
  }

  cancelled(): Minor {
    return this.history.reduce((sum, { amount }) => (sum + amount) as Minor, ZERO);
  }

  snapshot(): ProviderPayment {
    const cancelAmount = this.cancelled();
    return {
      merchantUid: this.merchantUid,
      impUid: `imp_${this.merchantUid}`,
      status: cancelAmount > 0 ? 'cancelled' : 'paid',
      currency: 'KRW',
      amount: this.paid,
      cancelAmount,
      cancelHistory: [...this.history],
    };
  }

  process({ pending }: CancelCall): Processed {
    const left = this.paid - this.cancelled();
    if (left === 0) return { kind: 'refused', code: 1, message: 'already cancelled' };
    if (pending.amount > left) return { kind: 'refused', code: 1, message: 'more than is left' };
    if (pending.checksum !== left) return { kind: 'refused', code: 1, message: 'checksum' };
    this.history.push(this.#entry(pending.amount, taggedReason(pending.reason, pending.refundId)));
    return { kind: 'applied', payment: this.snapshot() };
  }

  /** An asynchronous PG: says yes now and books later. */
  accept({ pending }: CancelCall): ProviderPayment {
    this.accepted.push(this.#entry(pending.amount, taggedReason(pending.reason, pending.refundId)));
    return this.snapshot();
  }

  book(): void {
    this.history.push(...this.accepted.splice(0));
  }

  consoleCancel(amount: number): void {
    if (this.paid - this.cancelled() < amount) return;
    this.cancelledInConsole += amount;
    this.history.push({ ...this.#entry(won(amount), ''), reason: CONSOLE_REASON });
  }

  timesMoved(refundId: string): number {
    return this.history.filter(({ reason }) => reason?.includes(tagOf(refundId)) === true).length;
  }

  #entry(amount: Minor, reason: string): CancelEntry {
    const cancellationId = `C${this.history.length + this.accepted.length}`;
    return this.dropsReasons ? { amount, cancellationId } : { amount, reason, cancellationId };
  }
}
