import type { Bookkeeper } from './bookkeeper.ts';
import { type CancelRequest, readCancelRequest } from './cancel-request.ts';
import { newCancellationId } from './cancellation-id.ts';
import type { SimulatedClock } from './clock.ts';
import { type DrawnFault, type FaultQueue, type Met, pgText } from './fault-queue.ts';
import type { Fault, ReasonHabit } from './faults.ts';
import { decideCancel, findTarget } from './ledger.ts';
import type { Minor } from './money.ts';
import type { LedgerPayment, PendingCancel } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { keptReason } from './pg-reason.ts';
import { type Contracts, isAsynchronous, pgBalanceRefusal } from './pg-rules.ts';
import type { RaceGate } from './race-gate.ts';
import { PG_REFUSAL_PREFIX, PG_TEXTS, TEXTS } from './texts.ts';
import { showing } from './view.ts';
import { type Answer, failed, succeeded } from './wire.ts';

export interface Result {
  readonly answer: Answer;
  /** `accepted`: taken by an asynchronous PG, not booked yet. `answered`: nothing was asked for that could be applied. */
  readonly outcome: 'applied' | 'accepted' | 'refused' | 'unauthorized' | 'answered';
}

export interface CancelDeskDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly bookkeeper: Bookkeeper;
  readonly faults: FaultQueue;
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

type Entry = Pick<PendingCancel, 'cancellationId' | 'amount' | 'reason'>;

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
    this.#consoleCancelFirst(findTarget(store, request), drawn);
    const target = findTarget(store, request);
    const judged = this.#asJudged(request, target);
    const decision = decideCancel(target, judged, { nowMs: clock.nowMs(), contracts });
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
      const { amount, text: reason } = fault;
      void this.#dependencies.bookkeeper.consoleCancel(target.impUid, { amount, reason }).notify();
    } catch {
      // The console refuses what cannot be cancelled; the request itself goes on.
    }
  }

  /** A provider with the habit of not looking at the checksum has not got one. */
  #asJudged(request: CancelRequest, target: LedgerPayment | undefined): CancelRequest {
    if (target === undefined || request.checksum === undefined) return request;
    const [ignored] = this.#habits(['checksum_ignored'], target);
    return ignored === undefined ? request : { ...request, checksum: undefined };
  }

  #habits<Name extends ReasonHabit>(names: readonly Name[], { impUid }: LedgerPayment): readonly Met<Name>[] {
    return this.#dependencies.faults.habits(names, { endpoint: 'cancel', impUid });
  }

  async #askPg(cancel: AllowedCancel): Promise<Result> {
    const { payment, amount, drawn } = cancel;
    const refusal = pgRefusalOf(cancel);
    if (refusal !== undefined) {
      return refused(pgFailure(refusal));
    }
    const entry = { cancellationId: newCancellationId(), amount, reason: this.#reasonAtPg(cancel) };
    const unheard = drawn.meets('executed_but_refused');
    if (unheard !== undefined) {
      return this.#executeUnheard(payment, entry, unheard);
    }
    const twoStep = drawn.meets('two_step');
    if (twoStep !== undefined) {
      return this.#bookLater(cancel, entry, twoStep);
    }
    const asynchronous = drawn.meets('asynchronous');
    if (asynchronous !== undefined || isAsynchronous(payment)) {
      const accepted = this.#dependencies.bookkeeper.accept(payment, this.#pending(entry, asynchronous));
      return { answer: this.#shown(accepted), outcome: 'accepted' };
    }
    return this.#bookNow(cancel, entry);
  }

  #reasonAtPg({ payment, request, drawn }: AllowedCancel): string {
    const dropped = drawn.meets('drop_tag');
    const given = dropped === undefined ? request.reason : (dropped.text ?? '');
    return keptReason(given, this.#habits(['reason_replace', 'reason_cut'], payment));
  }

  async #bookNow({ payment, request, drawn }: AllowedCancel, entry: Entry): Promise<Result> {
    const booked = this.#dependencies.bookkeeper.book(payment, entry);
    if (drawn.meets('webhook_first') !== undefined) {
      await booked.notify();
    } else if (request.enableWebhook) {
      void booked.notify();
    }
    return { answer: this.#shown(booked.payment), outcome: 'applied' };
  }

  /** Checked now, booked later: other cancels come in between, and the answer waits for the end. */
  async #bookLater({ payment, request }: AllowedCancel, entry: Entry, fault: Fault): Promise<Result> {
    const { bookkeeper } = this.#dependencies;
    bookkeeper.accept(payment, { ...this.#pending(entry, fault), isTold: request.enableWebhook });
    const { ending, payment: after } = await bookkeeper.ended(entry.cancellationId);
    return ending === 'booked'
      ? { answer: this.#shown(after), outcome: 'applied' }
      : refused(pgFailure(PG_TEXTS.nice_2026.text));
  }

  /** The money has gone back, and i'mport neither says nor knows it. */
  #executeUnheard(payment: LedgerPayment, entry: Entry, fault: Fault): Result {
    const { bookkeeper } = this.#dependencies;
    if (fault.delay_ms === 0) {
      bookkeeper.book(payment, entry);
    } else {
      const dueAtMs = fault.delay_ms === undefined ? null : this.#pending(entry, fault).dueAtMs;
      bookkeeper.accept(payment, { ...entry, dueAtMs, isExecutedAtPg: true });
    }
    return { answer: pgFailure(pgText(fault, 'nice_already_cancelled')), outcome: 'applied' };
  }

  #pending(entry: Entry, fault: Fault | undefined): PendingCancel {
    const { delay_ms: delayMs = ASYNCHRONOUS_MS, on_trigger: onTrigger = false, ends } = fault ?? {};
    const dueAtMs = onTrigger ? null : this.#dependencies.clock.nowMs() + delayMs;
    return { ...entry, dueAtMs, ...(ends !== undefined && { ends }) };
  }

  #shown(payment: LedgerPayment): Answer {
    return succeeded(showing(this.#dependencies.faults, 'cancel')(payment));
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
  const text = pgBalanceRefusal(payment, amount);
  return text && PG_TEXTS[text].text;
}

function pgFailure(text: string): Answer {
  return failed(200, -1, PG_REFUSAL_PREFIX + text);
}

function refused(answer: Answer): Result {
  return { answer, outcome: 'refused' };
}
