import {
  holdsForEarlier,
  isRefund,
  isWorthRepeating,
  NO_ANSWER,
  paymentIn,
  paymentPath,
  problemIn,
  provesNothing,
  refundIn,
  refundPath,
  saysNothingSent,
  type ApiConnection,
  type Reply,
} from './api-connection.ts';
import type { KeptRequest, KeptRequests, WhyAsked } from './kept-requests.ts';
import { messageOf } from './messages.ts';
import { isStopped, type Following, type Language } from './options.ts';
import {
  needsConfirmation,
  notSent,
  openCode,
  pending,
  refusedBy,
  settledBy,
  textOf,
  type Outcome,
  type Settled,
} from './outcomes.ts';
import type { CancelRequest, Payment, Refund } from './types.ts';

const MAX_SENDS = 8;
/** About ten seconds: a request that arrived is listed in the payment's refunds long before. */
const MAX_SEARCHES = 5;
/** About six minutes: longer than the service needs to decide a refund in doubt, at the default quiet period. */
const MAX_LOOKS = 40;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 10_000;
/** The longest `Retry-After` that is followed. */
const LONGEST_ASKED_PAUSE_MS = 30_000;

/** What all requests of a page share. */
export interface Page {
  readonly api: ApiConnection;
  readonly kept: KeptRequests;
  readonly language: Language;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Sends one kept request, follows it to its end, or finds out whether it arrived. */
export class RefundRequest {
  readonly #page: Page;
  readonly #following: Following;
  #kept: KeptRequest;
  /** The body that this page has sent; undefined after a reload. */
  #sent: CancelRequest | undefined;

  constructor(page: Page, kept: KeptRequest, following: Following) {
    this.#page = page;
    this.#kept = kept;
    this.#following = following;
  }

  /** `sentBefore`: an earlier request with this key had no answer, and may have arrived. */
  async send(request: CancelRequest, sentBefore: boolean): Promise<Outcome> {
    this.#sent = request;
    let reply = NO_ANSWER;
    let isInDoubt = sentBefore;
    let sends = 0;
    while (sends < MAX_SENDS && !isStopped(this.#following)) {
      reply = await this.#page.api.cancel(request, this.#kept, this.#following);
      sends += 1;
      const told = refundIn(reply);
      if (told !== undefined) return this.#told(told, reply);
      const first = firstIn(reply);
      if (first !== undefined) return this.#followTold(first, reply);
      // The key was used with another reason or account: the earlier request arrived, and its refund counts.
      if (reply.code === 'IDEMPOTENCY_KEY_REUSED') return this.search('unanswered');
      isInDoubt ||= provesNothing(reply);
      if (!isWorthRepeating(reply)) break;
      this.#tell(isInDoubt ? messageOf(openCode(reply), this.#page.language) : this.#textOf(reply));
      await this.#pause(reply, sends - 1);
    }
    return this.#unanswered(reply, { isInDoubt, sentBefore });
  }

  /** Reads the refund until its end is known. If it cannot be read, the request stays kept. */
  async follow(location: string): Promise<Outcome> {
    let reply = NO_ANSWER;
    for (let looks = 0; looks < MAX_LOOKS && !isStopped(this.#following); looks += 1) {
      if (looks > 0) await this.#pause(reply, looks - 1);
      reply = await this.#page.api.get(location, this.#following);
      const end = this.#endIn(reply);
      if (end !== undefined) return this.#end(end);
      if ([401, 403, 404].includes(reply.status)) break;
      this.#tell(messageOf(openCode(reply), this.#page.language));
    }
    return this.#pending(reply);
  }

  /** The address of the refund is unknown: looks for the refund in the payment, sends nothing, and asks for confirmation if it is not there. */
  async search(why: WhyAsked): Promise<Outcome> {
    let reply = NO_ANSWER;
    const searches = why === 'unanswered' ? MAX_SEARCHES : 1;
    for (let search = 0; search < searches && !isStopped(this.#following); search += 1) {
      if (search > 0) await this.#pause(reply, search - 1);
      reply = await this.#page.api.get(paymentPath(this.#kept), this.#following);
      const payment = paymentIn(reply);
      const refund = payment && refundOf(this.#kept, payment);
      if (payment !== undefined && refund !== undefined) return this.#told({ payment, refund }, reply);
    }
    const isSeen = paymentIn(reply) !== undefined;
    return isSeen ? needsConfirmation(why, this.#kept, this.#page.language) : this.#pending(reply);
  }

  /** The outcome when no answer has named a refund. It must claim only what is proven. */
  #unanswered(
    reply: Reply,
    { isInDoubt, sentBefore }: { readonly isInDoubt: boolean; readonly sentBefore: boolean },
  ): Outcome {
    const { language } = this.#page;
    if (!isInDoubt && (reply === NO_ANSWER || saysNothingSent(reply)))
      return this.#end(notSent(reply, this.#kept, language));
    const isOpen = provesNothing(reply) || (isInDoubt && !holdsForEarlier(reply, !sentBefore));
    if (isOpen) return this.#pending(reply);
    return this.#end(refusedBy(reply, this.#kept, language));
  }

  /** The outcome that a read of the refund proves. */
  #endIn(reply: Reply): Settled | undefined {
    const { language } = this.#page;
    if (reply.code === 'REFUND_NOT_FOUND') return notSent(reply, this.#kept, language);
    const found = refundIn(reply);
    return found && settledBy(found.payment, found.refund, language);
  }

  async #told(
    { payment, refund }: { readonly payment: Payment; readonly refund: Refund },
    reply: Reply,
  ): Promise<Outcome> {
    const outcome = settledBy(payment, refund, this.#page.language);
    if (outcome !== undefined) return this.#end(outcome);
    if (typeof payment.imp_uid === 'string') this.#kept = { ...this.#kept, imp_uid: payment.imp_uid };
    return this.#followTold(refund, reply);
  }

  async #followTold({ refund_id: id }: Refund, reply: Reply): Promise<Outcome> {
    const location = reply.location ?? refundPath(this.#kept, id);
    this.#kept = { ...this.#kept, location };
    this.#page.kept.keep(this.#kept);
    this.#tell(reply.code === undefined ? messageOf('UNKNOWN', this.#page.language) : this.#textOf(reply));
    await this.#pause(reply, 0);
    return this.follow(location);
  }

  #pending(reply: Reply): Outcome {
    return pending(openCode(reply), this.#kept, this.#page.language);
  }

  #end(outcome: Settled): Settled {
    const { kept } = this.#page;
    if (outcome.kind === 'not_sent' && this.#sent !== undefined) kept.endUnsent(this.#kept, this.#sent);
    else kept.end(this.#kept);
    return outcome;
  }

  #textOf(reply: Reply): string {
    return textOf(reply, this.#page.language);
  }

  /** An error in the page's callback must not stop the following of a refund; it is reported as an uncaught error. */
  #tell(message: string): void {
    try {
      this.#following.onProgress?.(message);
    } catch (error) {
      const { reportError } = globalThis as { readonly reportError?: (error: unknown) => void };
      reportError?.(error);
    }
  }

  async #pause(reply: Reply, turn: number): Promise<void> {
    const own = Math.min(FIRST_PAUSE_MS * 1.5 ** turn, LONGEST_PAUSE_MS);
    const asked = Math.min(reply.retryAfterMs ?? 0, LONGEST_ASKED_PAUSE_MS);
    await this.#page.wait(Math.max(own, asked), this.#following.signal);
  }
}

/** A request waits at most 30 s at the gateway; the clocks of page and service may differ by some seconds. */
const BEFORE_MS = 30_000;
const AFTER_MS = 60_000;

/** The refund that matches this request; undefined: none or several match. Good enough to report its outcome, not to send. */
function refundOf({ amount, time }: KeptRequest, { refunds }: Payment): Refund | undefined {
  const found = (Array.isArray(refunds) ? refunds.filter(isRefund) : []).filter((refund) => {
    const laterMs = refund.requested_at * 1_000 - time;
    const isSameAmount = amount === null || refund.amount === amount;
    return refund.made_by === undefined && isSameAmount && laterMs > -BEFORE_MS && laterMs < AFTER_MS;
  });
  return found.length === 1 ? found[0] : undefined;
}

/** The refund that was already requested: a moment ago without a key, or with this key and another body. */
function firstIn(reply: Reply): Refund | undefined {
  const isRepeated = ['POSSIBLE_DUPLICATE', 'IDEMPOTENCY_KEY_REUSED'].includes(reply.code ?? '');
  return isRepeated ? problemIn(reply).refund : undefined;
}
