import type { SimulatedClock } from './clock.ts';
import { wasPaid } from './cancel-request.ts';
import { isWhole } from './json.ts';
import {
  type AfterBooking,
  type Asked,
  type Cancel,
  cancelledOf,
  type CancelOrder,
  type Ending,
  type Hidden,
  isCounted,
  isListed,
  leftAtPg,
  leftOf,
  type LedgerPayment,
  type Minor,
  newCancellationId,
  paidBackFor,
  type PendingCancel,
  toMinor,
} from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { CONSOLE_REASON } from './texts.ts';
import type { Webhooks } from './webhooks.ts';

export interface Booked {
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
  /** Simulated time after which the cancel comes back. @default - never */
  readonly for_ms?: number | undefined;
}

/** How a pending cancel ended, with the current payment. */
interface Ended {
  readonly ending: Ending;
  readonly payment: LedgerPayment;
}

/** Called when the PG has executed a cancel request. */
export type PaidBack = (asked: Asked, payment: LedgerPayment, amount: Minor) => void;

interface BookkeeperDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly webhooks: Webhooks;
  readonly paidBack: PaidBack;
}

/** Makes every change of a payment, and stores it before the webhook is sent. */
export class Bookkeeper {
  readonly #dependencies: BookkeeperDependencies;
  /** Requests that wait for the end of a pending cancel. */
  readonly #waiting = new Map<string, (ended: Ended) => void>();

  constructor(dependencies: BookkeeperDependencies) {
    this.#dependencies = dependencies;
  }

  book(payment: LedgerPayment, order: CancelOrder): Booked {
    const booked = this.#enter(payment, order);
    this.#reportPaidBack(payment, order);
    return booked;
  }

  /** Adds a pending cancel that ends later; the API shows no change yet. */
  accept(payment: LedgerPayment, pending: PendingCancel): LedgerPayment {
    const accepted = { ...payment, pending: [...payment.pending, pending] };
    this.#dependencies.store.put(accepted);
    this.#endWhenDue(payment.impUid, pending);
    if (pending.isExecutedAtPg === true) this.#reportPaidBack(payment, pending);
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

  /** Undoes a cancel (원복), permanently or for a time. @throws if there is none */
  undoCancel({ imp_uid: impUid, cancellation_id: named, keep_entry, for_ms }: UndoCancel): LedgerPayment {
    const payment = this.#dependencies.store.payments.get(impUid);
    const cancel = payment?.cancels.findLast(
      (candidate) => isCounted(candidate) && (named ?? candidate.cancellationId) === candidate.cancellationId,
    );
    if (payment === undefined || cancel === undefined) {
      throw new Error(`undoCancel: ${impUid} has no such cancel`);
    }
    if (for_ms !== undefined && !isWhole(for_ms, 1, Number.MAX_SAFE_INTEGER)) {
      throw new Error('undoCancel: for_ms must be a whole number of milliseconds, 1 or more');
    }
    const fromMs = this.#dependencies.clock.nowMs();
    const kind = keep_entry === true ? 'undone_but_listed' : 'undone';
    return this.#undo(payment, cancel, { kind, fromMs, untilMs: endOf(fromMs, for_ms ?? null) });
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
    for (const { impUid, pending, cancels } of this.#dependencies.store.payments.values()) {
      for (const each of pending) this.#endWhenDue(impUid, each);
      for (const cancel of cancels) this.#showOrHideWhenDue(impUid, cancel);
    }
  }

  /** Books a cancel: appends to the history; the status becomes `cancelled` also for a partial cancel. */
  #enter(payment: LedgerPayment, { cancellationId, amount, reason, afterBooking = {} }: CancelOrder): Booked {
    const { store, clock, webhooks } = this.#dependencies;
    const shownAmount = paidBackFor(payment, amount);
    const cancel: Cancel = {
      cancellationId,
      amount,
      ...(shownAmount !== amount && { shownAmount }),
      reason,
      cancelledAtSeconds: Math.floor(clock.nowMs() / 1000),
      pgTid: `StdpayCANCEL${cancellationId}`,
      receiptUrl: `https://pg.example/receipt/${cancellationId}`,
      ...hiddenBy(afterBooking, clock.nowMs()),
    };
    const booked: LedgerPayment = {
      ...withoutPending(payment, cancellationId),
      status: 'cancelled',
      cancels: [...payment.cancels, cancel],
    };
    store.put(booked);
    this.#showOrHideWhenDue(payment.impUid, cancel);
    return { payment: booked, notify: () => webhooks.send(booked, cancellationId) };
  }

  #reportPaidBack(payment: LedgerPayment, { asked, amount }: CancelOrder): void {
    if (asked !== undefined) this.#dependencies.paidBack(asked, payment, amount);
  }

  #undo(payment: LedgerPayment, undone: Cancel, hidden: Hidden): LedgerPayment {
    const { hiddenLater: _begun, ...rest } = undone;
    const kept: Cancel = { ...rest, hidden };
    // A permanent undo removes the cancel completely.
    const isGone = hidden.kind === 'undone' && hidden.untilMs === null;
    const cancels = payment.cancels.flatMap((cancel) => (cancel !== undone ? cancel : isGone ? [] : kept));
    const undoneAtSeconds = Math.floor(hidden.fromMs / 1000);
    const after = { ...withStatus({ ...payment, cancels }), undoneAtSeconds };
    this.#dependencies.store.put(after);
    this.#showOrHideWhenDue(payment.impUid, kept);
    return after;
  }

  #showOrHideWhenDue(impUid: string, { cancellationId, hidden, hiddenLater }: Cancel): void {
    const due = [hiddenLater?.fromMs, hidden?.untilMs].filter((atMs) => atMs !== undefined && atMs !== null);
    for (const atMs of due) this.#at(atMs, () => this.#showOrHide(impUid, cancellationId));
  }

  #showOrHide(impUid: string, cancellationId: string): void {
    const { store, clock } = this.#dependencies;
    const payment = store.payments.get(impUid);
    const cancel = payment?.cancels.find((candidate) => candidate.cancellationId === cancellationId);
    if (payment === undefined || cancel === undefined) return;
    const { hidden, hiddenLater } = cancel;
    if (hiddenLater !== undefined && hiddenLater.fromMs <= clock.nowMs()) {
      this.#undo(payment, cancel, hiddenLater);
    } else if (hidden !== undefined && hidden.untilMs !== null && hidden.untilMs <= clock.nowMs()) {
      // If the money was cancelled again meanwhile, this cancel cannot come back.
      const fits = isCounted(cancel) || cancel.amount <= leftAtPg(payment);
      const { hidden: _over, ...shown } = cancel;
      const cancels = payment.cancels.flatMap((each) => (each !== cancel ? each : fits ? shown : []));
      store.put(withStatus({ ...payment, cancels }));
    }
  }

  #endWhenDue(impUid: string, { cancellationId, dueAtMs, ends = 'booked' }: PendingCancel): void {
    if (dueAtMs === null) return;
    this.#at(dueAtMs, async () => {
      await this.#end(impUid, cancellationId, ends);
    });
  }

  #at(atMs: number, run: () => Promise<void> | void): void {
    const { clock } = this.#dependencies;
    clock.after(atMs - clock.nowMs(), run);
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
    const booked = ending === 'booked' ? this.#enter(payment, pending) : undefined;
    const after = booked?.payment ?? withoutPending(payment, cancellationId);
    if (booked === undefined) store.put(after);
    // A cancel that the PG executed earlier was already reported.
    else if (pending.isExecutedAtPg !== true) this.#reportPaidBack(payment, pending);
    this.#waiting.get(cancellationId)?.({ ending, payment: after });
    this.#waiting.delete(cancellationId);
    if (pending.isTold !== false) await booked?.notify();
    return ending;
  }
}

function withoutPending(payment: LedgerPayment, cancellationId: string): LedgerPayment {
  return {
    ...payment,
    pending: payment.pending.filter((pending) => pending.cancellationId !== cancellationId),
  };
}

/** The status is `paid` again if neither an amount nor an entry remains cancelled. */
function withStatus(payment: LedgerPayment): LedgerPayment {
  const isCancelled = cancelledOf(payment) > 0 || payment.cancels.some(isListed);
  return { ...payment, status: isCancelled ? 'cancelled' : 'paid' };
}

function hiddenBy(
  { unlistedForMs, undone }: AfterBooking,
  nowMs: number,
): Pick<Cancel, 'hidden' | 'hiddenLater'> {
  const undoneFromMs = nowMs + (undone?.afterMs ?? 0);
  return {
    ...(unlistedForMs !== undefined && {
      hidden: { kind: 'unlisted', fromMs: nowMs, untilMs: endOf(nowMs, unlistedForMs) },
    }),
    ...(undone !== undefined && {
      hiddenLater: {
        kind: undone.isListed ? 'undone_but_listed' : 'undone',
        fromMs: undoneFromMs,
        untilMs: endOf(undoneFromMs, undone.forMs),
      },
    }),
  };
}

function endOf(fromMs: number, lengthMs: number | null): number | null {
  return lengthMs === null ? null : fromMs + lengthMs;
}
