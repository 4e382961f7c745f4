import type { PaymentWriter } from './payment-writer.ts';
import type { SimulatedClock } from './clock.ts';
import { type CancelRequest, decideCancel, findTarget, readCancelRequest } from './cancel-request.ts';
import type { DrawnFault, FaultQueue } from './fault-queue.ts';
import { discountOf, type LedgerPayment, newCancellationId } from './payment.ts';
import type { PaymentStore } from './payment-store.ts';
import { type AllowedCancel, keptReason, pgBehaviourOf, pgRefusalOf } from './pg.ts';
import { PG_REFUSAL_PREFIX, PG_TEXTS, TEXTS } from './texts.ts';
import { type Answer, failed, showing, succeeded } from './wire.ts';

interface Incoming {
  readonly requestId: string;
  readonly body: unknown;
  readonly drawn: DrawnFault;
}

interface CancelEndpointDependencies {
  readonly store: PaymentStore;
  readonly clock: SimulatedClock;
  readonly writer: PaymentWriter;
  readonly faults: FaultQueue;
  readonly hasKcpPhoneContract: boolean;
  /** HTTP status if the request names no payment. i'mport's status is not known, so both can be set. */
  readonly noUidStatus: 200 | 400;
}

/** Handles `POST /payments/cancel` after the token check. */
export class CancelEndpoint {
  readonly #dependencies: CancelEndpointDependencies;

  constructor(dependencies: CancelEndpointDependencies) {
    this.#dependencies = dependencies;
  }

  /** Without an await between checks and booking, the cancels of a payment are serialised. */
  async cancel({ requestId, body, drawn }: Incoming): Promise<Answer> {
    const { store, clock, hasKcpPhoneContract, noUidStatus } = this.#dependencies;
    const request = readCancelRequest(body);
    this.#consoleCancelFirst(findTarget(store, request), drawn);
    const target = findTarget(store, request);
    const judged = this.#asJudged(request, target);
    const decision = decideCancel(target, judged, { nowMs: clock.nowMs(), hasKcpPhoneContract });
    if ('amount' in decision) return this.#askPg({ ...decision, request, drawn }, requestId);
    const { code, text } = decision;
    const status = text === 'no_uid' ? noUidStatus : 200;
    return code === 1 ? failed(status, 1, TEXTS[text].text) : pgFailure(PG_TEXTS[text].text);
  }

  /** A person cancels in the console after the client's look and before its cancel. */
  #consoleCancelFirst(target: LedgerPayment | undefined, drawn: DrawnFault): void {
    const fault = target === undefined ? undefined : drawn.atPg('console_cancel');
    if (target === undefined || fault === undefined) {
      return;
    }
    try {
      const { amount, text: reason } = fault;
      void this.#dependencies.writer.consoleCancel(target.impUid, { amount, reason }).notify();
    } catch {
      // The console may refuse; the request itself continues.
    }
  }

  /** A provider that ignores the checksum handles the request as if it had none. */
  #asJudged(request: CancelRequest, target: LedgerPayment | undefined): CancelRequest {
    if (target === undefined || request.checksum === undefined) return request;
    const where = { endpoint: 'cancel', impUid: target.impUid } as const;
    const [ignored] = this.#dependencies.faults.drawAll(['checksum_ignored'], where);
    return ignored === undefined ? request : { ...request, checksum: undefined };
  }

  async #askPg(cancel: AllowedCancel, requestId: string): Promise<Answer> {
    const refusal = pgRefusalOf(cancel);
    if (refusal !== undefined) return pgFailure(refusal);
    const { writer, clock } = this.#dependencies;
    const { amount, request, drawn } = cancel;
    const payment =
      discountOf(cancel.payment) > 0
        ? writer.keepChoice(cancel.payment, request.retainPromotion)
        : cancel.payment;
    const { answers, afterMs, isExecutedAtPg, isTold } = pgBehaviourOf(cancel);
    const reason = this.#reasonAtPg(cancel);
    const cancellationId = newCancellationId();
    const order = { cancellationId, amount, reason, requestId };
    let after: LedgerPayment;
    if (afterMs === 0 && isExecutedAtPg) {
      const booked = writer.book(payment, order);
      after = booked.payment;
      if (drawn.atPg('webhook_first') !== undefined) await booked.notify();
      else if (request.enableWebhook) void booked.notify();
    } else {
      const dueAtMs = afterMs === null ? null : clock.nowMs() + afterMs;
      after = writer.accept(payment, { ...order, dueAtMs, isExecutedAtPg, isTold });
    }
    if (answers === 'code_0') return this.#shown(after);
    if (answers !== 'when_it_ends') return pgFailure(answers.refusal);
    // Other cancels may come in between.
    const ended = await writer.ended(cancellationId);
    return ended.ending === 'booked' ? this.#shown(ended.payment) : pgFailure(PG_TEXTS.nice_2026.text);
  }

  #reasonAtPg({ payment, request, drawn }: AllowedCancel): string {
    const dropped = drawn.atPg('drop_tag');
    const given = dropped === undefined ? request.reason : (dropped.text ?? '');
    const where = { endpoint: 'cancel', impUid: payment.impUid } as const;
    return keptReason(given, this.#dependencies.faults.drawAll(['reason_replace', 'reason_cut'], where));
  }

  #shown(payment: LedgerPayment): Answer {
    return succeeded(showing(this.#dependencies.faults, 'cancel')(payment));
  }
}

function pgFailure(text: string): Answer {
  return failed(200, -1, PG_REFUSAL_PREFIX + text);
}
