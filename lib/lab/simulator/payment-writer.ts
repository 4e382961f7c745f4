import type { SimulatedClock } from './clock.ts';
import { wasPaid } from './cancel-request.ts';
import {
  type Cancel,
  type CancelOrder,
  type Ending,
  leftAtPg,
  leftOf,
  type LedgerPayment,
  newCancellationId,
  paidBackFor,
  type PendingCancel,
  toMinor,
} from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { CONSOLE_REASON } from './texts.ts';
import type { Webhooks } from './webhooks.ts';

interface Booked {
  readonly payment: LedgerPayment;
  /** Sends the webhook of this cancel. */
  readonly notify: () => Promise<void>;
}

export interface ConsoleCancel {
  /** In major units. @default - the whole balance */
  readonly amount?: number | undefined;
  /** @default - the console's default text */
  readonly reason?: string | undefined;
}

export interface UndoCancel {
  readonly imp_uid: string;
  /** @default - the newest cancel that is not undone */
  readonly cancellation_id?: string | undefined;
  /** The entry stays listed, but its amount does not count. @default false */
  readonly keep_entry?: boolean | undefined;
}

/** How a pending cancel ended, with the current payment. */
interface Ended {
  readonly ending: Ending;
  readonly payment: LedgerPayment;
}

interface PaymentWriterDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly webhooks: Webhooks;
  /** Called when the PG has executed an API request. */
  readonly executed: (requestId: string) => void;
}

/** Makes every change of a payment, and stores it before the webhook is sent. */
export class PaymentWriter {
  readonly #dependencies: PaymentWriterDependencies;
  /** Requests that wait for the end of a pending cancel. */
  readonly #waiting = new Map<string, (ended: Ended) => void>();

  constructor(dependencies: PaymentWriterDependencies) {
    this.#dependencies = dependencies;
  }

  /** Books a cancel: appends to the history; the status becomes `cancelled` also for a partial cancel. */
  book(payment: LedgerPayment, { cancellationId, amount, reason, requestId }: CancelOrder): Booked {
    const { store, clock, webhooks, executed } = this.#dependencies;
    const shownAmount = paidBackFor(payment, amount);
    const cancel: Cancel = {
      cancellationId,
      amount,
      ...(shownAmount !== amount && { shownAmount }),
      reason,
      cancelledAtSeconds: Math.floor(clock.nowMs() / 1000),
      pgTid: `StdpayCANCEL${cancellationId}`,
      receiptUrl: `https://pg.example/receipt/${cancellationId}`,
    };
    const cancels = [...payment.cancels, cancel];
    const booked: LedgerPayment = {
      ...withoutPending(payment, cancellationId),
      status: 'cancelled',
      cancels,
    };
    store.put(booked);
    if (requestId !== undefined) executed(requestId);
    return { payment: booked, notify: () => webhooks.send(booked, cancellationId) };
  }

  /** Adds a pending cancel that ends later; the API shows no change yet. */
  accept(payment: LedgerPayment, pending: PendingCancel): LedgerPayment {
    const { store, executed } = this.#dependencies;
    const accepted = { ...payment, pending: [...payment.pending, pending] };
    store.put(accepted);
    this.#bookWhenDue(payment.impUid, pending);
    if (pending.isExecutedAtPg && pending.requestId !== undefined) executed(pending.requestId);
    return accepted;
  }

  /** The first retain_promotion of a payment applies to its later cancels (PG-FACTS 4). */
  keepChoice(payment: LedgerPayment, retainPromotion: boolean): LedgerPayment {
    const chosen = { ...payment, retainPromotion };
    this.#dependencies.store.put(chosen);
    return chosen;
  }

  /** Resolves when a pending cancel has ended. */
  ended(cancellationId: string): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#waiting.set(cancellationId, resolve);
    return promise;
  }

  /** @throws if the console would not allow it */
  consoleCancel(impUid: string, { amount: requested, reason = CONSOLE_REASON }: ConsoleCancel): Booked {
    const payment = this.#dependencies.store.payments.get(impUid);
    if (payment === undefined || !wasPaid(payment)) {
      throw new Error(`consoleCancel: ${impUid} is not a paid payment`);
    }
    const left = leftAtPg(payment);
    const amount = requested === undefined ? left : toMinor(requested, payment.currency);
    if (amount === undefined || amount <= 0 || amount > left) {
      throw new Error(`consoleCancel: amount must be more than 0 and at most what is left of ${impUid}`);
    }
    return this.book(payment, { cancellationId: newCancellationId(), amount, reason });
  }

  /** Undoes a cancel (원복). @throws if there is none */
  undoCancel({ imp_uid: impUid, cancellation_id: named, keep_entry: isKept }: UndoCancel): LedgerPayment {
    const { store, clock } = this.#dependencies;
    const payment = store.payments.get(impUid);
    const undone = payment?.cancels.findLast(
      ({ cancellationId, isUndone }) => isUndone !== true && (named ?? cancellationId) === cancellationId,
    );
    if (payment === undefined || undone === undefined) {
      throw new Error(`undoCancel: ${impUid} has no such cancel`);
    }
    const kept = isKept === true ? [{ ...undone, isUndone: true }] : [];
    const cancels = payment.cancels.flatMap((cancel) => (cancel === undone ? kept : cancel));
    const after: LedgerPayment = {
      ...payment,
      cancels,
      status: cancels.length > 0 ? 'cancelled' : 'paid',
      undoneAtSeconds: Math.floor(clock.nowMs() / 1000),
    };
    store.put(after);
    return after;
  }

  /** Ends the pending cancels of one payment or of all; returns how many ended with this result. */
  async endPending(ending: Ending, impUid?: string): Promise<number> {
    const { payments } = this.#dependencies.store;
    const among = [...payments.values()].filter((payment) => (impUid ?? payment.impUid) === payment.impUid);
    let count = 0;
    for (const payment of among) {
      for (const { cancellationId } of payment.pending) {
        // One at a time: each changes the balance for the next one.
        count += (await this.#end(payment.impUid, cancellationId, ending)) === ending ? 1 : 0;
      }
    }
    return count;
  }

  /** After a restart: schedules the end of the pending cancels again. */
  resume(): void {
    for (const { impUid, pending } of this.#dependencies.store.payments.values()) {
      for (const each of pending) this.#bookWhenDue(impUid, each);
    }
  }

  #bookWhenDue(impUid: string, { cancellationId, dueAtMs }: PendingCancel): void {
    const { clock } = this.#dependencies;
    if (dueAtMs === null) return;
    clock.after(dueAtMs - clock.nowMs(), async () => {
      await this.#end(impUid, cancellationId, 'booked');
    });
  }

  /** `undefined` if it had already ended; `refused` also if the PG drops it because too little is left. */
  async #end(impUid: string, cancellationId: string, wanted: Ending): Promise<Ending | undefined> {
    const { store } = this.#dependencies;
    const payment = store.payments.get(impUid);
    const pending = payment?.pending.find((candidate) => candidate.cancellationId === cancellationId);
    if (payment === undefined || pending === undefined) {
      return undefined;
    }
    const ending = pending.amount <= leftOf(payment) ? wanted : 'refused';
    const booked = ending === 'booked' ? this.book(payment, pending) : undefined;
    const after = booked?.payment ?? withoutPending(payment, cancellationId);
    if (booked === undefined) store.put(after);
    this.#waiting.get(cancellationId)?.({ ending, payment: after });
    this.#waiting.delete(cancellationId);
    if (pending.isTold) await booked?.notify();
    return ending;
  }
}

function withoutPending(payment: LedgerPayment, cancellationId: string): LedgerPayment {
  return {
    ...payment,
    pending: payment.pending.filter((pending) => pending.cancellationId !== cancellationId),
  };
}
