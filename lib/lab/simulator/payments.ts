import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedClock } from './clock.ts';
import { isRecord, parseJson } from './json.ts';
import {
  type CancelOrder,
  type HeldPayment,
  leftAtPg,
  leftOf,
  newCancellationId,
  type PendingCancel,
  toMajor,
  toMinor,
  wasPaid,
  withHistory,
} from './payment.ts';
import { CONSOLE_REASON } from './texts.ts';
import type { Webhooks } from './webhooks.ts';

/** smartro_v2 keeps this many characters of an order number; a payment is found by either form. */
export const KEPT_ORDER_NUMBER = 40;

interface Booked {
  readonly payment: HeldPayment;
  /** Sends the webhook of this cancel. */
  readonly notify: () => Promise<void>;
}

export interface ConsoleCancel {
  readonly imp_uid: string;
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

type Ending = 'booked' | 'refused';

/** How a pending cancel ended, with the current payment. */
interface Ended {
  readonly ending: Ending;
  readonly payment: HeldPayment;
}

interface Surroundings {
  /** In which the payments are kept, which then survive `kill -9`; without it they are only in memory. */
  readonly directory: string | undefined;
  readonly clock: SimulatedClock;
  readonly webhooks: Webhooks;
  /** Called when the PG has executed an API request. */
  readonly executed: (requestId: string) => void;
}

/** All payments in the order of addition, and every change of one. A change is stored before its webhook is sent. */
export class Payments {
  readonly #held: Map<string, HeldPayment>;
  readonly #journal: string | undefined;
  readonly #surroundings: Surroundings;
  /** Requests that wait for the end of a pending cancel. */
  readonly #waiting = new Map<string, (ended: Ended) => void>();

  constructor(surroundings: Surroundings) {
    const { directory } = surroundings;
    this.#surroundings = surroundings;
    this.#journal = directory === undefined ? undefined : join(directory, FILE_NAME);
    const kept = directory === undefined ? [] : openJournal(directory);
    this.#held = new Map(kept.map((payment) => [payment.shown.imp_uid, payment]));
    for (const { shown, pending } of kept) {
      for (const each of pending) this.#bookWhenDue(shown.imp_uid, each);
    }
  }

  get(impUid: string): HeldPayment | undefined {
    return this.#held.get(impUid);
  }

  /** @param impUid of one payment; without it all */
  all(impUid?: string): readonly HeldPayment[] {
    return [...this.#held.values()].filter(({ shown }) => (impUid ?? shown.imp_uid) === shown.imp_uid);
  }

  /** Returns when the payment is written. If it cannot be written, throws and changes nothing. */
  put(payment: HeldPayment): void {
    if (this.#journal !== undefined) appendFileSync(this.#journal, lineOf(payment));
    this.#held.set(payment.shown.imp_uid, payment);
  }

  /** Attempts of an order, newest first; with the same start second, the one added later counts as newer. */
  attempts(wanted: string): readonly HeldPayment[] {
    return this.all()
      .filter(({ shown: { merchant_uid: uid } }) =>
        [uid, uid.trim(), uid.slice(0, KEPT_ORDER_NUMBER)].includes(wanted),
      )
      .toReversed()
      .toSorted((a, b) => b.shown.started_at - a.shown.started_at);
  }

  /** Books a cancel: appends to the history; the status becomes `cancelled` also for a partial cancel. */
  book(payment: HeldPayment, { cancellationId, amount, reason, requestId }: CancelOrder): Booked {
    const { clock, webhooks, executed } = this.#surroundings;
    const { shown } = payment;
    const cancel = {
      cancellation_id: cancellationId,
      amount: toMajor(amount, shown.currency),
      cancelled_at: Math.floor(clock.nowMs() / 1000),
      reason,
      pg_tid: `StdpayCANCEL${cancellationId}`,
      receipt_url: `https://pg.example/receipt/${cancellationId}`,
    };
    const cancelled = { ...payment, shown: { ...shown, status: 'cancelled' } as const };
    const booked = withoutPending(withHistory(cancelled, [...shown.cancel_history, cancel]), cancellationId);
    this.put(booked);
    if (requestId !== undefined) executed(requestId);
    return { payment: booked, notify: () => webhooks.send(booked, cancellationId) };
  }

  /** Adds a pending cancel that ends later; the API shows no change yet. */
  accept(payment: HeldPayment, pending: PendingCancel): HeldPayment {
    const accepted = { ...payment, pending: [...payment.pending, pending] };
    this.put(accepted);
    this.#bookWhenDue(payment.shown.imp_uid, pending);
    if (pending.isExecutedAtPg && pending.requestId !== undefined)
      this.#surroundings.executed(pending.requestId);
    return accepted;
  }

  /** Resolves when a pending cancel has ended. */
  ended(cancellationId: string): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#waiting.set(cancellationId, resolve);
    return promise;
  }

  /** @throws if the console would not allow it */
  consoleCancel({ imp_uid: impUid, amount: asked, reason = CONSOLE_REASON }: ConsoleCancel): Booked {
    const payment = this.get(impUid);
    if (payment === undefined || !wasPaid(payment.shown)) {
      throw new Error(`consoleCancel: ${impUid} is not a paid payment`);
    }
    const left = leftAtPg(payment);
    const amount = asked === undefined ? left : toMinor(asked, payment.shown.currency);
    if (amount === undefined || amount <= 0 || amount > left) {
      throw new Error(`consoleCancel: amount must be more than 0 and at most what is left of ${impUid}`);
    }
    return this.book(payment, { cancellationId: newCancellationId(), amount, reason });
  }

  /** Undoes a cancel (원복). @throws if there is none */
  undoCancel({ imp_uid: impUid, cancellation_id: named, keep_entry: isKept }: UndoCancel): HeldPayment {
    const payment = this.get(impUid);
    const undone = payment?.shown.cancel_history.findLast(
      ({ cancellation_id: id }) => !payment.undone.includes(id) && (named ?? id) === id,
    );
    if (payment === undefined || undone === undefined) {
      throw new Error(`undoCancel: ${impUid} has no such cancel`);
    }
    const { cancel_history: all } = payment.shown;
    const history = isKept === true ? all : all.filter((entry) => entry !== undone);
    const status = history.length > 0 ? 'cancelled' : 'paid';
    const after: HeldPayment = {
      ...withHistory({ ...payment, shown: { ...payment.shown, status } }, history, [
        ...payment.undone,
        undone.cancellation_id,
      ]),
      undoneAtSeconds: Math.floor(this.#surroundings.clock.nowMs() / 1000),
    };
    this.put(after);
    return after;
  }

  /** Ends the pending cancels of one payment or of all; returns how many ended with this result. */
  async endPending(ending: Ending, impUid?: string): Promise<number> {
    let count = 0;
    for (const { shown, pending } of this.all(impUid)) {
      for (const { cancellationId } of pending) {
        // One at a time: each changes the balance for the next one.
        count += (await this.#end(shown.imp_uid, cancellationId, ending)) === ending ? 1 : 0;
      }
    }
    return count;
  }

  #bookWhenDue(impUid: string, { cancellationId, dueAtMs }: PendingCancel): void {
    const { clock } = this.#surroundings;
    if (dueAtMs === null) return;
    clock.after(dueAtMs - clock.nowMs(), async () => {
      await this.#end(impUid, cancellationId, 'booked');
    });
  }

  /** `undefined` if it had already ended; `refused` also if the PG drops it because too little is left. */
  async #end(impUid: string, cancellationId: string, wanted: Ending): Promise<Ending | undefined> {
    const payment = this.get(impUid);
    const pending = payment?.pending.find((candidate) => candidate.cancellationId === cancellationId);
    if (payment === undefined || pending === undefined) {
      return undefined;
    }
    const ending = pending.amount <= leftOf(payment) ? wanted : 'refused';
    const booked = ending === 'booked' ? this.book(payment, pending) : undefined;
    const after = booked?.payment ?? withoutPending(payment, cancellationId);
    if (booked === undefined) this.put(after);
    this.#waiting.get(cancellationId)?.({ ending, payment: after });
    this.#waiting.delete(cancellationId);
    if (pending.isTold) await booked?.notify();
    return ending;
  }
}

function withoutPending(payment: HeldPayment, cancellationId: string): HeldPayment {
  return {
    ...payment,
    pending: payment.pending.filter((pending) => pending.cancellationId !== cancellationId),
  };
}

/** An append-only file; each line is the whole payment after a change. */
const FILE_NAME = 'iamport-payments.jsonl';

/** Reads the payments, and starts a new journal with one line each. A crash leaves the complete old or new journal. */
function openJournal(directory: string): readonly HeldPayment[] {
  // The file contains personal data, so only its owner may read it.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE_NAME);
  const newest = new Map(readJournal(path).map((payment) => [payment.shown.imp_uid, payment]));
  const payments = [...newest.values()];
  writeFileSync(`${path}.next`, payments.map(lineOf).join(''), { mode: 0o600 });
  renameSync(`${path}.next`, path);
  return payments;
}

function lineOf(payment: HeldPayment): string {
  return `${JSON.stringify(payment)}\n`;
}

function readJournal(path: string): readonly HeldPayment[] {
  if (!existsSync(path)) return [];
  // A line without a line end was cut by a kill: its change was never acknowledged, so ignore it.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const payment = parseJson(line);
    if (!isStored(payment))
      throw Object.assign(new Error(`${path}: line ${index + 1} is not a payment of this version`), { path });
    return payment;
  });
}

/** Detects a damaged or foreign file, not every wrong field, because this program wrote the lines. */
function isStored(payment: unknown): payment is HeldPayment {
  return isRecord(payment) && isRecord(payment['shown']) && Array.isArray(payment['pending']);
}
