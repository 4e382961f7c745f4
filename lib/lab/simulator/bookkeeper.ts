import { newCancellationId } from './cancellation-id.ts';
import type { SimulatedClock } from './clock.ts';
import { accept, book, undo, withoutPending } from './ledger.ts';
import { toMinor } from './money.ts';
import { type Ending, leftAtPg, leftOf, type LedgerPayment, type PendingCancel } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { CONSOLE_REASON } from './texts.ts';
import { noteOf, type Webhooks } from './webhooks.ts';
import { toWire } from './wire.ts';

export interface Booked {
  readonly payment: LedgerPayment;
  /** Sends the webhook of this cancel. */
  readonly notify: () => Promise<void>;
}

export interface ConsoleCancel {
  /** In major units. @default - all that is left */
  readonly amount?: number | undefined;
  /** @default - the console's own words */
  readonly reason?: string | undefined;
}

/** How a cancel that was under way has ended; `payment` is as it is now. */
export interface Ended {
  readonly ending: Ending;
  readonly payment: LedgerPayment;
}

/** Moves the money: every change of a payment goes through here, and is stored before anybody hears of it. */
export class Bookkeeper {
  readonly #store: PaymentStore;
  readonly #clock: SimulatedClock;
  readonly #webhooks: Webhooks;
  /** Who waits for the end of a cancel that is under way. */
  readonly #waiting = new Map<string, (ended: Ended) => void>();

  constructor(store: PaymentStore, clock: SimulatedClock, webhooks: Webhooks) {
    this.#store = store;
    this.#clock = clock;
    this.#webhooks = webhooks;
  }

  book(
    payment: LedgerPayment,
    { cancellationId, amount, reason }: Pick<PendingCancel, 'cancellationId' | 'amount' | 'reason'>,
  ): Booked {
    const booked = book(payment, {
      cancellationId,
      amount,
      reason,
      cancelledAtSeconds: this.#nowSeconds(),
      pgTid: `StdpayCANCEL${cancellationId}`,
      receiptUrl: `https://pg.example/receipt/${cancellationId}`,
    });
    this.#store.put(booked);
    return { payment: booked, notify: () => this.#webhooks.send(noteOf(toWire(booked), cancellationId)) };
  }

  /** The cancel is under way, and ends by itself later. */
  accept(payment: LedgerPayment, pending: PendingCancel): LedgerPayment {
    const accepted = accept(payment, pending);
    this.#store.put(accepted);
    this.#endWhenDue(payment.impUid, pending);
    return accepted;
  }

  /** Resolves when a cancel that is under way has ended. */
  ended(cancellationId: string): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#waiting.set(cancellationId, resolve);
    return promise;
  }

  /** @throws when the console would not offer the button */
  consoleCancel(impUid: string, { amount: requested, reason = CONSOLE_REASON }: ConsoleCancel): Booked {
    const payment = this.#store.payments.get(impUid);
    const isPaid = payment?.status === 'paid' || payment?.status === 'cancelled';
    if (payment === undefined || !isPaid) {
      throw new Error(`consoleCancel: ${impUid} is not a paid payment`);
    }
    const left = leftAtPg(payment);
    const amount = requested === undefined ? left : toMinor(requested, payment.currency);
    if (amount === undefined || amount <= 0 || amount > left) {
      throw new Error(`consoleCancel: amount must be more than 0 and at most what is left of ${impUid}`);
    }
    return this.book(payment, { cancellationId: newCancellationId(), amount, reason });
  }

  /** Undoes a cancel, the newest one unless another is named. @throws when there is none */
  undoCancel(impUid: string, named?: string): LedgerPayment {
    const payment = this.#store.payments.get(impUid);
    const cancellationId = named ?? payment?.cancels.at(-1)?.cancellationId;
    const cancel = payment?.cancels.find((candidate) => candidate.cancellationId === cancellationId);
    if (payment === undefined || cancel === undefined) {
      throw new Error(`undoCancel: ${impUid} has no such cancel`);
    }
    const undone = undo(payment, cancel.cancellationId, this.#nowSeconds());
    this.#store.put(undone);
    return undone;
  }

  /** Ends what is under way, of one payment or of all; returns how many ended that way. */
  async endPending(ending: Ending, impUid?: string): Promise<number> {
    const one = impUid === undefined ? undefined : this.#store.payments.get(impUid);
    const payments =
      impUid === undefined ? [...this.#store.payments.values()] : one === undefined ? [] : [one];
    let count = 0;
    for (const payment of payments) {
      for (const { cancellationId } of payment.pending) {
        // Each changes what is left for the next one.
        count += (await this.#end(payment.impUid, cancellationId, ending)) === ending ? 1 : 0;
      }
    }
    return count;
  }

  /** After a restart: what was under way before it still ends. */
  resume(): void {
    for (const payment of this.#store.payments.values()) {
      for (const pending of payment.pending) this.#endWhenDue(payment.impUid, pending);
    }
  }

  #endWhenDue(impUid: string, { cancellationId, dueAtMs, ends = 'booked' }: PendingCancel): void {
    if (dueAtMs === null) return;
    this.#clock.after(dueAtMs - this.#clock.nowMs(), async () => {
      await this.#end(impUid, cancellationId, ends);
    });
  }

  /** `undefined` when it had ended before; `refused` also when the PG drops it because not enough is left by now. */
  async #end(impUid: string, cancellationId: string, wanted: Ending): Promise<Ending | undefined> {
    const payment = this.#store.payments.get(impUid);
    const pending = payment?.pending.find((candidate) => candidate.cancellationId === cancellationId);
    if (payment === undefined || pending === undefined) {
      return undefined;
    }
    const ending = pending.amount <= leftOf(payment) ? wanted : 'refused';
    const booked = ending === 'booked' ? this.book(payment, pending) : undefined;
    const after = booked?.payment ?? withoutPending(payment, cancellationId);
    if (booked === undefined) this.#store.put(after);
    this.#waiting.get(cancellationId)?.({ ending, payment: after });
    this.#waiting.delete(cancellationId);
    if (pending.isTold !== false) await booked?.notify();
    return ending;
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}
