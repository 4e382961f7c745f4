import { newCancellationId } from './cancellation-id.ts';
import type { SimulatedClock } from './clock.ts';
import type { PaymentStore } from './journal.ts';
import { accept, book, withoutPending } from './ledger.ts';
import { type Minor, toMinor } from './money.ts';
import { type LedgerPayment, leftOf, type PendingCancel } from './payment.ts';
import { CONSOLE_REASON } from './texts.ts';
import { noteOf, type Webhooks } from './webhooks.ts';
import { toWire } from './wire.ts';

export interface Booked {
  readonly payment: LedgerPayment;
  /** Sends the webhook of this cancel. */
  readonly notify: () => Promise<void>;
}

/** Moves the money: every change of a payment goes through here, and is stored before anybody hears of it. */
export class Bookkeeper {
  readonly #store: PaymentStore;
  readonly #clock: SimulatedClock;
  readonly #webhooks: Webhooks;

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
      cancelledAtSeconds: Math.floor(this.#clock.nowMs() / 1000),
      pgTid: `StdpayCANCEL${cancellationId}`,
      receiptUrl: `https://pg.example/receipt/${cancellationId}`,
    });
    this.#store.put(booked);
    return { payment: booked, notify: () => this.#webhooks.send(noteOf(toWire(booked), cancellationId)) };
  }

  /** An asynchronous PG took the cancel, and books it by itself later. */
  accept(payment: LedgerPayment, pending: PendingCancel): LedgerPayment {
    const accepted = accept(payment, pending);
    this.#store.put(accepted);
    this.#bookWhenDue(payment.impUid, pending);
    return accepted;
  }

  /** Throws when the console would not offer the button. */
  consoleCancel(impUid: string, requested?: number): Booked {
    const payment = this.#store.payments.get(impUid);
    const isPaid = payment?.status === 'paid' || payment?.status === 'cancelled';
    if (payment === undefined || !isPaid) {
      throw new Error(`consoleCancel: ${impUid} is not a paid payment`);
    }
    const left = leftOf(payment);
    const amount = requested === undefined ? left : toMinor(requested, payment.currency);
    if (amount === undefined || amount <= 0 || amount > left) {
      throw new Error(`consoleCancel: amount must be more than 0 and at most what is left of ${impUid}`);
    }
    return this.book(payment, { cancellationId: newCancellationId(), amount, reason: CONSOLE_REASON });
  }

  /** Books what asynchronous PGs still hold, of one payment or of all; returns how many were booked. */
  async bookPending(impUid?: string): Promise<number> {
    let booked = 0;
    for (const payment of this.#store.payments.values()) {
      for (const { cancellationId } of impUid === undefined || payment.impUid === impUid
        ? payment.pending
        : []) {
        // Each changes what is left for the next one.
        // oxlint-disable-next-line no-await-in-loop
        booked += await this.#bookAccepted(payment.impUid, cancellationId);
      }
    }
    return booked;
  }

  /** After a restart: what asynchronous PGs were told before it still happens. */
  resume(): void {
    for (const payment of this.#store.payments.values()) {
      for (const pending of payment.pending) {
        this.#bookWhenDue(payment.impUid, pending);
      }
    }
  }

  #bookWhenDue(impUid: string, { cancellationId, dueAtMs }: PendingCancel): void {
    this.#clock.after(dueAtMs - this.#clock.nowMs(), async () => {
      await this.#bookAccepted(impUid, cancellationId);
    });
  }

  /** 1 when it was booked, 0 when it was before, or the PG dropped it because not enough is left by now. */
  async #bookAccepted(impUid: string, cancellationId: string): Promise<0 | 1> {
    const payment = this.#store.payments.get(impUid);
    const pending = payment?.pending.find((candidate) => candidate.cancellationId === cancellationId);
    if (payment === undefined || pending === undefined) {
      return 0;
    }
    if (hasLeft(payment, pending.amount)) {
      await this.book(payment, pending).notify();
      return 1;
    }
    this.#store.put(withoutPending(payment, cancellationId));
    return 0;
  }
}

export function hasLeft(payment: LedgerPayment, amount: Minor): boolean {
  return amount <= leftOf(payment);
}
