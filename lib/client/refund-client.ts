import { assertNever } from '../../functions/refund/assert-never.ts';
import { ApiConnection, NO_ANSWER, NOT_SIGNED_IN, paymentIn, paymentPath } from './api-connection.ts';
import {
  isSameRefund,
  KeptRequests,
  UNREADABLE,
  whyAsk,
  requestedIn,
  type KeptRequest,
  type RequestedRefund,
} from './kept-requests.ts';
import { messageOf } from './messages.ts';
import { isStopped, sleep, type Following, type RefundClientOptions } from './options.ts';
import { needsConfirmation, notSent, openRequest, refusedBy, type Busy, type Outcome } from './outcomes.ts';
import { RefundRequest, type Page } from './refund-request.ts';
import type { CancelRequest, Payment } from './types.ts';

export { messageOf } from './messages.ts';
export type { WhyAsked } from './kept-requests.ts';
export type { Following, Language, RefundClientOptions } from './options.ts';
export type * from './outcomes.ts';
export type * from './types.ts';

interface Running {
  /** Undefined: `resume`, before it has found a request. */
  readonly requested: RequestedRefund | undefined;
  readonly isPress: boolean;
  /** Unix ms of the request. */
  readonly time: number;
  readonly signal: AbortSignal | undefined;
  readonly outcome: Promise<Outcome>;
}

/** Makes one refund per press, also after lost answers, repeated presses and reloads. Expected failures are returned, not thrown. */
export class RefundClient {
  readonly #page: Page;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();

  constructor(options: RefundClientOptions) {
    this.#page = {
      api: new ApiConnection(options),
      kept: new KeptRequests(options),
      language: options.language ?? 'ko',
      wait: options.wait ?? sleep,
    };
    this.#now = options.now ?? (() => Date.now());
  }

  /**
   * Requests a refund and resolves when the outcome is known. If an equal request of the same caller is open and recent,
   * its key is reused, so nothing is refunded twice. A different open request gives `busy`; an old one needs confirmation.
   */
  async cancel(request: CancelRequest, following: Following = {}): Promise<Outcome> {
    return this.#press(request, following, false);
  }

  /**
   * Sends a kept request that the customer has seen (`needs_confirmation`) and confirmed. If the service received it
   * before, it recognises the same key.
   */
  async confirm(request: CancelRequest, following: Following = {}): Promise<Outcome> {
    return this.#press(request, following, true);
  }

  /** After a reload: finds out how a kept request ended. Never sends one. */
  async resume(merchantUid: string, following: Following = {}): Promise<Outcome> {
    for (let known = this.#running.get(merchantUid); known !== undefined;) {
      if (known.signal?.aborted !== true) return known.outcome;
      await known.outcome;
      known = this.#running.get(merchantUid);
    }
    const kept = this.#page.kept.of(merchantUid);
    const requested = kept === UNREADABLE ? undefined : kept;
    const how = { requested, time: requested?.time ?? 0, isPress: false, signal: following.signal };
    return this.#run(merchantUid, how, async () => {
      if (kept === undefined) return { kind: 'none', message: '' };
      return kept === UNREADABLE
        ? needsConfirmation(kept, undefined, this.#page.language)
        : this.#lookFor(kept, following);
    });
  }

  /** Forgets a kept request; a refund already sent continues at the service. */
  drop(merchantUid: string): void {
    this.#page.kept.drop(merchantUid);
  }

  /** `not_found`: the payment does not exist, or belongs to another customer. */
  async payment(
    order: string | { readonly merchant_uid: string; readonly imp_uid?: string },
  ): Promise<Payment | 'not_found' | 'unreachable'> {
    const { merchant_uid, imp_uid = null } = typeof order === 'string' ? { merchant_uid: order } : order;
    const reply = await this.#page.api.get(paymentPath({ merchant_uid, imp_uid }), {});
    return paymentIn(reply) ?? (reply.status === 404 ? 'not_found' : 'unreachable');
  }

  async #press(request: CancelRequest, following: Following, confirmed: boolean): Promise<Outcome> {
    const requested = requestedIn(request);
    const { merchant_uid: order } = requested;
    for (let known = this.#running.get(order); known !== undefined; known = this.#running.get(order)) {
      if (known.requested !== undefined && !isSameRefund(known.requested, requested)) {
        return this.#busy({ ...known.requested, time: known.time }, requested);
      }
      const outcome = await known.outcome;
      // A second equal press shares the first one's outcome. A running `resume` counts only if it found the end of the same request.
      const isEnded = known.requested !== undefined && ['cancelled', 'refused'].includes(outcome.kind);
      if (known.signal?.aborted !== true && (known.isPress || isEnded)) return outcome;
    }
    const how = { requested, time: this.#now(), isPress: true, signal: following.signal };
    return this.#run(order, how, async () => this.#begin(request, following, confirmed));
  }

  async #run(order: string, how: Omit<Running, 'outcome'>, work: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = work().finally(() => this.#running.delete(order));
    this.#running.set(order, { ...how, outcome });
    return outcome;
  }

  async #begin(request: CancelRequest, following: Following, confirmed: boolean): Promise<Outcome> {
    const requested = requestedIn(request);
    const { api, kept, language } = this.#page;
    if (isStopped(following)) return notSent(NO_ANSWER, requested, language);
    const subject = await api.subject();
    if (subject === undefined) return refusedBy(NOT_SIGNED_IN, requested, language);
    const claim = await kept.claim(request, { subject, confirmed, nowMs: this.#now() });
    if (claim.kind === 'ask') return needsConfirmation(claim.why, claim.kept, language);
    const { location } = claim.kept;
    const open = new RefundRequest(this.#page, claim.kept, following);
    switch (claim.kind) {
      case 'begin':
        return open.send(request, false);
      case 'go_on':
        return location === undefined ? open.send(request, true) : open.follow(location);
      case 'busy':
        return this.#busy(claim.kept, requested);
      default:
        return assertNever(claim);
    }
  }

  async #lookFor(kept: KeptRequest, following: Following): Promise<Outcome> {
    const subject = await this.#page.api.subject();
    const why = whyAsk(kept, { subject: subject ?? null, nowMs: this.#now() });
    if (why === 'another_subject' && subject !== undefined)
      return needsConfirmation(why, kept, this.#page.language);
    const open = new RefundRequest(this.#page, kept, following);
    return kept.location === undefined ? open.search(why ?? 'unanswered') : open.follow(kept.location);
  }

  #busy(open: RequestedRefund & Pick<KeptRequest, 'time'>, { amount }: RequestedRefund): Busy {
    const message = messageOf('BUSY', this.#page.language);
    return { kind: 'busy', message, open: openRequest(open), amount };
  }
}

export function createRefundClient(options: RefundClientOptions): RefundClient {
  return new RefundClient(options);
}
