import type { Booked, Bookkeeper } from './bookkeeper.ts';
import { type CancelRequest, decideCancel, findTarget, readCancelRequest } from './cancel-request.ts';
import type { SimulatedClock } from './clock.ts';
import type { DrawnFault, FaultQueue, Met, ReasonHabit } from './faults.ts';
import { discountOf, type LedgerPayment, type PendingCancel } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import type { Contracts } from './pg-rules.ts';
import {
  type AllowedCancel,
  type Incoming,
  keptReason,
  type Part,
  partsOf,
  type PgBehaviour,
  pgBehaviourOf,
  pgRefusalOf,
} from './pg.ts';
import { PG_REFUSAL_PREFIX, PG_TEXTS, TEXTS } from './texts.ts';
import { type Answer, failed, showing, succeeded } from './wire.ts';

export interface Result {
  readonly answer: Answer;
  /**
   * `applied`: the PG has refunded. `accepted`: the cancel is pending. `answered`: the request was not a valid cancel.
   */
  readonly outcome: 'applied' | 'accepted' | 'refused' | 'unauthorized' | 'answered';
}

interface CancelDeskDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly bookkeeper: Bookkeeper;
  readonly faults: FaultQueue;
  readonly contracts: Contracts;
  /** HTTP status if the request names no payment. i'mport's status is not known, so both can be set. */
  readonly noUidStatus: 200 | 400;
  /** Absent if i'mport serialises the requests of one payment. */
  readonly raceGate: RaceGate | undefined;
}

/** Handles `POST /payments/cancel` after the token check. */
export class CancelDesk {
  readonly #dependencies: CancelDeskDependencies;

  constructor(dependencies: CancelDeskDependencies) {
    this.#dependencies = dependencies;
  }

  async cancel(incoming: Incoming): Promise<Result> {
    const { store, clock, contracts, raceGate, noUidStatus } = this.#dependencies;
    const request = readCancelRequest(incoming.body);
    this.#consoleCancelFirst(findTarget(store, request), incoming.drawn);
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
      // Without an await between checks and booking, the cancels of a payment are serialised.
      return this.#askPg({ payment, amount, request, incoming });
    }
    await raceGate.meet(payment.impUid);
    const current = store.payments.get(payment.impUid) ?? payment;
    return this.#askPg({ payment: current, amount, request, incoming });
  }

  /** A person cancels in the console after the client's look and before its cancel. */
  #consoleCancelFirst(target: LedgerPayment | undefined, drawn: DrawnFault): void {
    const fault = target === undefined ? undefined : drawn.meets('console_cancel');
    if (target === undefined || fault === undefined) {
      return;
    }
    try {
      const { amount, text: reason } = fault;
      void this.#dependencies.bookkeeper.consoleCancel(target.impUid, { amount, reason }).notify();
    } catch {
      // The console may refuse; the request itself continues.
    }
  }

  /** A provider that ignores the checksum handles the request as if it had none. */
  #asJudged(request: CancelRequest, target: LedgerPayment | undefined): CancelRequest {
    if (target === undefined || request.checksum === undefined) return request;
    const [ignored] = this.#habits(['checksum_ignored'], target);
    return ignored === undefined ? request : { ...request, checksum: undefined };
  }

  #habits<Name extends ReasonHabit>(
    names: readonly Name[],
    { impUid, pgProvider }: LedgerPayment,
  ): readonly Met<Name>[] {
    return this.#dependencies.faults.habits(names, { endpoint: 'cancel', impUid, pgProvider });
  }

  async #askPg(cancel: AllowedCancel): Promise<Result> {
    const refusal = pgRefusalOf(cancel);
    if (refusal !== undefined) {
      return refused(pgFailure(refusal));
    }
    const { request, incoming } = cancel;
    const hasPromotion = discountOf(cancel.payment) > 0;
    const payment = hasPromotion
      ? this.#dependencies.bookkeeper.keepChoice(cancel.payment, request.retainPromotion)
      : cancel.payment;
    const behaviour = pgBehaviourOf(cancel);
    const parts = partsOf(cancel, this.#reasonAtPg(cancel));
    const { after, booked } = this.#carryOut(payment, parts, behaviour);
    if (incoming.drawn.meets('webhook_first') !== undefined) {
      for (const each of booked) await each.notify();
    } else if (request.enableWebhook) {
      for (const each of booked) void each.notify();
    }
    return this.#answer(after, parts, behaviour);
  }

  #reasonAtPg({ payment, request, incoming }: AllowedCancel): string {
    const dropped = incoming.drawn.meets('drop_tag');
    const given = dropped === undefined ? request.reason : (dropped.text ?? '');
    return keptReason(given, this.#habits(['reason_replace', 'reason_cut'], payment));
  }

  #carryOut(
    payment: LedgerPayment,
    parts: readonly Part[],
    { afterMs, ends, isExecutedAtPg, isTold }: PgBehaviour,
  ): { readonly after: LedgerPayment; readonly booked: readonly Booked[] } {
    const { bookkeeper, clock } = this.#dependencies;
    const booked: Booked[] = [];
    let after = payment;
    for (const { delayMs, order } of parts) {
      const dueMs = afterMs === null ? null : afterMs + delayMs;
      if (dueMs === 0 && isExecutedAtPg) {
        const one = bookkeeper.book(after, order);
        booked.push(one);
        after = one.payment;
      } else {
        const pending: PendingCancel = {
          ...order,
          dueAtMs: dueMs === null ? null : clock.nowMs() + dueMs,
          ...(ends !== undefined && { ends }),
          isExecutedAtPg,
          isTold,
        };
        after = bookkeeper.accept(after, pending);
      }
    }
    return { after, booked };
  }

  async #answer(
    after: LedgerPayment,
    parts: readonly Part[],
    { answers, isExecutedAtPg }: PgBehaviour,
  ): Promise<Result> {
    const outcome = isExecutedAtPg ? 'applied' : 'accepted';
    if (answers === 'code_0') {
      return { answer: this.#shown(after), outcome };
    }
    if (answers !== 'when_it_ends') {
      return { answer: pgFailure(answers.refusal), outcome };
    }
    // Other cancels may come in between; the answer waits for the end of the last part.
    const ended = await this.#dependencies.bookkeeper.ended(parts.at(-1)?.order.cancellationId ?? '');
    return ended.ending === 'booked'
      ? { answer: this.#shown(ended.payment), outcome: 'applied' }
      : refused(pgFailure(PG_TEXTS.nice_2026.text));
  }

  #shown(payment: LedgerPayment): Answer {
    return succeeded(showing(this.#dependencies, 'cancel')(payment));
  }
}

function pgFailure(text: string): Answer {
  return failed(200, -1, PG_REFUSAL_PREFIX + text);
}

function refused(answer: Answer): Result {
  return { answer, outcome: 'refused' };
}

/**
 * Plays an i'mport that does not serialise: two cancels of one payment both pass the checks before either is
 * executed. The first cancel waits for a second one, so the race is deterministic; without a second one it continues.
 */
interface RaceGate {
  /** Resolves together with another request for the same payment. */
  meet(impUid: string): Promise<void>;
  end(): void;
}

/** Long enough for two local requests sent together, and short for a single request. */
const WINDOW_MS = 250;

export function createRaceGate(): RaceGate {
  const waiting = new Map<string, () => void>();

  const open = (impUid: string): void => {
    waiting.get(impUid)?.();
    waiting.delete(impUid);
  };

  return {
    meet: async (impUid) => {
      if (waiting.has(impUid)) {
        open(impUid);
        return;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => open(impUid), WINDOW_MS);
      waiting.set(impUid, () => {
        clearTimeout(timer);
        resolve();
      });
      await promise;
    },
    end: () => {
      for (const impUid of waiting.keys()) {
        open(impUid);
      }
    },
  };
}
