import type { Bookkeeper } from './bookkeeper.ts';
import { type CancelRequest, readCancelRequest } from './cancel-request.ts';
import { newCancellationId } from './cancellation-id.ts';
import type { SimulatedClock } from './clock.ts';
import { type DrawnFault, pgText } from './fault-queue.ts';
import type { PaymentStore } from './journal.ts';
import { decideCancel, findTarget } from './ledger.ts';
import type { Minor } from './money.ts';
import { type LedgerPayment, leftOf } from './payment.ts';
import { type Contracts, isAsynchronous } from './pg-rules.ts';
import type { RaceGate } from './race-gate.ts';
import { PG_REFUSAL_PREFIX, PG_TEXTS, TEXTS } from './texts.ts';
import { type Answer, failed, succeeded, toWire } from './wire.ts';

export interface Result {
  readonly answer: Answer;
  /** `accepted`: taken by an asynchronous PG, not booked yet. `answered`: nothing was asked for that could be applied. */
  readonly outcome: 'applied' | 'accepted' | 'refused' | 'unauthorized' | 'answered';
}

export interface CancelDeskDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly bookkeeper: Bookkeeper;
  readonly contracts: Contracts;
  /** HTTP status when the request names no payment at all: not known, so both are possible. */
  readonly noUidStatus: 200 | 400;
  /** Absent where i'mport serialises the requests of one payment. */
  readonly raceGate: RaceGate | undefined;
}

interface AllowedCancel {
  readonly payment: LedgerPayment;
  readonly amount: Minor;
  readonly request: CancelRequest;
  readonly drawn: DrawnFault;
}

/** An asynchronous PG tells its result after a minute. */
const ASYNCHRONOUS_MS = 60_000;

/** `POST /payments/cancel`, once the token was accepted. */
export class CancelDesk {
  readonly #dependencies: CancelDeskDependencies;

  constructor(dependencies: CancelDeskDependencies) {
    this.#dependencies = dependencies;
  }

  async cancel(body: unknown, drawn: DrawnFault): Promise<Result> {
    const { store, clock, contracts, raceGate, noUidStatus } = this.#dependencies;
    const request = readCancelRequest(body);
    this.#consoleCancelFirst(findTarget(store.payments, request), drawn);
    const target = findTarget(store.payments, request);
    const decision = decideCancel(target, request, { nowMs: clock.nowMs(), contracts });
    if (decision.kind === 'refused') {
      const { code, text } = decision.refusal;
      const status = text === 'no_uid' ? noUidStatus : 200;
      return refused(code === 1 ? failed(status, 1, TEXTS[text].text) : pgFailure(PG_TEXTS[text].text));
    }
    const { amount, payment } = decision;
    if (raceGate === undefined) {
      // Not even a microtask between the checks and the booking: that is the serialisation.
      return this.#askPg({ payment, amount, request, drawn });
    }
    await raceGate.meet(payment.impUid);
    const current = store.payments.get(payment.impUid) ?? payment;
    return this.#askPg({ payment: current, amount, request, drawn });
  }

  /** The moment between the client's own look at the payment and its cancel, in which a colleague uses the console. */
  #consoleCancelFirst(target: LedgerPayment | undefined, drawn: DrawnFault): void {
    const fault = target === undefined ? undefined : drawn.meets('console_cancel');
    if (target === undefined || fault === undefined) {
      return;
    }
    try {
      void this.#dependencies.bookkeeper.consoleCancel(target.impUid, fault.amount).notify();
    } catch {
      // The console refuses what cannot be cancelled; the request itself goes on.
    }
  }

  async #askPg(cancel: AllowedCancel): Promise<Result> {
    const { payment, amount, request, drawn } = cancel;
    const { bookkeeper, clock } = this.#dependencies;
    const refusal = pgRefusalOf(cancel);
    if (refusal !== undefined) {
      return refused(pgFailure(refusal));
    }
    const dropped = drawn.meets('drop_tag');
    const reason = dropped === undefined ? request.reason : (dropped.text ?? '');
    const entry = { cancellationId: newCancellationId(), amount, reason };
    const asynchronous = drawn.meets('asynchronous');
    if (asynchronous !== undefined || isAsynchronous(payment)) {
      const dueAtMs = clock.nowMs() + (asynchronous?.delay_ms ?? ASYNCHRONOUS_MS);
      return {
        answer: succeeded(toWire(bookkeeper.accept(payment, { ...entry, dueAtMs }))),
        outcome: 'accepted',
      };
    }
    const booked = bookkeeper.book(payment, entry);
    if (drawn.meets('webhook_first') !== undefined) {
      await booked.notify();
    } else if (request.enableWebhook) {
      void booked.notify();
    }
    return { answer: succeeded(toWire(booked.payment)), outcome: 'applied' };
  }
}

/** The PG keeps its own books: it is the last to say no, also when two requests passed i'mport's checks together. */
function pgRefusalOf({ payment, amount, drawn }: AllowedCancel): string | undefined {
  const scripted = drawn.meets('refused');
  if (scripted !== undefined) {
    return pgText(scripted, 'nice_2026');
  }
  const cancelledThere = drawn.meets('already_cancelled_at_pg');
  if (cancelledThere !== undefined) {
    return pgText(cancelledThere, 'nice_already_cancelled');
  }
  if (leftOf(payment) <= 0) {
    return PG_TEXTS.nice_already_cancelled.text;
  }
  return amount > leftOf(payment) ? PG_TEXTS.kakaopay_cancelable_amount.text : undefined;
}

function pgFailure(text: string): Answer {
  return failed(200, -1, PG_REFUSAL_PREFIX + text);
}

function refused(answer: Answer): Result {
  return { answer, outcome: 'refused' };
}
