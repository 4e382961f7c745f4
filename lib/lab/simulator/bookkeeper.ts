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
  /** In major units. @default - all that is left */
  readonly amount?: number | undefined;
  /** @default - the console's own words */
  readonly reason?: string | undefined;
}

export interface UndoCancel {
  readonly imp_uid: string;
  /** @default - the newest one that stands */
  readonly cancellation_id?: string | undefined;
  /** The entry stays listed, its sum does not count. @default false */
  readonly keep_entry?: boolean | undefined;
  /** It comes back after so much simulated time. @default - never */
  readonly for_ms?: number | undefined;
}

/** How a cancel that was under way has ended; `payment` is as it is now. */
interface Ended {
  readonly ending: Ending;
  readonly payment: LedgerPayment;
}

/** Called when a PG has paid money back for a request. */
export type PaidBack = (asked: Asked, payment: LedgerPayment, amount: Minor) => void;

interface BookkeeperDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly webhooks: Webhooks;
  readonly paidBack: PaidBack;
}

/** Every change of a payment is made here, and stored before its webhook is sent. */
export class Bookkeeper {
  readonly #dependencies: BookkeeperDependencies;
  /** Requests that wait for the end of a cancel that is under way. */
  readonly #waiting = new Map<string, (ended: Ended) => void>();

  constructor(dependencies: BookkeeperDependencies) {
    this.#dependencies = dependencies;
  }

  book(payment: LedgerPayment, order: CancelOrder): Booked {
    const booked = this.#enter(payment, order);
    this.#reportPaidBack(payment, order);
    return booked;
  }

  /** The cancel is under way, and ends by itself later: nothing the wire shows changes yet. */
  accept(payment: LedgerPayment, pending: PendingCancel): LedgerPayment {
    const accepted = { ...payment, pending: [...payment.pending, pending] };
    this.#dependencies.store.put(accepted);
    this.#endWhenDue(payment.impUid, pending);
    if (pending.isExecutedAtPg === true) this.#reportPaidBack(payment, pending);
    return accepted;
  }

  /** The first choice of a promotion binds the later cancels (PG-FACTS 4). */
  keepChoice(payment: LedgerPayment, retainPromotion: boolean): LedgerPayment {
    const chosen = { ...payment, retainPromotion };
    this.#dependencies.store.put(chosen);
    return chosen;
  }

  /** Resolves when a cancel that is under way has ended. */
  ended(cancellationId: string): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#waiting.set(cancellationId, resolve);
    return promise;
  }

  /** @throws when the console would not offer the button */
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

  /** Undoes a cancel (원복), for good or for a time. @throws when there is none */
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

  /** Ends what is under way, of one payment or of all; returns how many ended that way. */
  async endPending(ending: Ending, impUid?: string): Promise<number> {
    const { payments } = this.#dependencies.store;
    const among = [...payments.values()].filter((payment) => (impUid ?? payment.impUid) === payment.impUid);
    let count = 0;
    for (const payment of among) {
      for (const { cancellationId } of payment.pending) {
        // Each changes what is left for the next one.
        count += (await this.#end(payment.impUid, cancellationId, ending)) === ending ? 1 : 0;
      }
    }
    return count;
  }

  /** After a restart: what was under way before it still ends. */
  resume(): void {
    for (const { impUid, pending, cancels } of this.#dependencies.store.payments.values()) {
      for (const each of pending) this.#endWhenDue(impUid, each);
      for (const cancel of cancels) this.#showOrHideWhenDue(impUid, cancel);
    }
  }

  /** Money has moved: history appended, status `cancelled` even when only a part of the payment is. */
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
    // Undone for good: as if the cancel had never been made.
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
      // Where the money was cancelled again meanwhile, the PG cannot bring this cancel back.
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

  /** `undefined` when it had ended before; `refused` also when the PG drops it because not enough is left by now. */
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
    // What the PG had executed before was reported then.
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

/** Paid again, where neither a sum nor an entry says that it was cancelled. */
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
