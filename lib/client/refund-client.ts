import { assertNever } from './assert-never.ts';
import { claim, type Claimed } from './claims.ts';
import { deskOf, type Desk } from './desk.ts';
import { Errand } from './errand.ts';
import { lookUp } from './glance.ts';
import { messageOf } from './messages.ts';
import { goesOn, type Following, type RefundClientOptions } from './options.ts';
import { keptWish, notExecuted, refused, type Busy, type Cancelled, type Outcome } from './outcomes.ts';
import { paymentIn } from './proof.ts';
import type { CancelRequest, Payment } from './types.ts';
import { doubtOf, isSame, UNREADABLE, wantedBy, type Kept, type Wanted, type Wish } from './wish.ts';

export { messageOf, type Language } from './messages.ts';
export type * from './options.ts';
export type * from './outcomes.ts';
export type * from './types.ts';
export type { WhyAsked } from './wish.ts';

interface Running {
  /** Undefined: a look, before anything was found. */
  readonly wish: Wanted | undefined;
  readonly isPress: boolean;
  /** Unix ms of the wish. */
  readonly time: number;
  readonly signal: AbortSignal | undefined;
  readonly outcome: Promise<Outcome>;
}

/** One press of the button: one refund, whatever is lost, repeated or reloaded. Never throws for what can be expected. */
export class RefundClient {
  readonly #options: RefundClientOptions;
  readonly #desk: Desk;
  readonly #running = new Map<string, Running>();

  constructor(options: RefundClientOptions) {
    this.#options = options;
    this.#desk = deskOf(options);
  }

  /**
   * Refunds, and resolves when the outcome is known. The same wish as one that is open, of the same caller and some minutes
   * old, goes on with its key, so it cannot be refunded twice; another one is `busy`, an old one asks first.
   */
  async cancel(request: CancelRequest, following: Following = {}): Promise<Outcome> {
    return this.#press(request, following, false);
  }

  /**
   * The customer has been shown a kept wish (`needs_confirmation`) and wants it: this time it is sent. When it was heard
   * before, the same key finds it again.
   */
  async confirm(request: CancelRequest, following: Following = {}): Promise<Outcome> {
    return this.#press(request, following, true);
  }

  /** After a reload: looks what became of a wish that was kept. Never sends one. */
  async resume(merchantUid: string, following: Following = {}): Promise<Outcome> {
    for (let known = this.#running.get(merchantUid); known !== undefined;) {
      if (known.signal?.aborted !== true) return known.outcome;
      await known.outcome;
      known = this.#running.get(merchantUid);
    }
    const kept = this.#desk.intents.of(merchantUid);
    const wish = kept === UNREADABLE ? undefined : kept;
    return this.#run(
      merchantUid,
      { wish, time: wish?.time ?? 0, isPress: false, signal: following.signal },
      async () => this.#lookFor(merchantUid, kept, following),
    );
  }

  /** Forgets a kept wish; what was sent already goes on at the service. */
  drop(merchantUid: string): void {
    this.#desk.intents.drop(merchantUid);
  }

  /** Undefined: not there, not the customer's, or no connection. */
  async payment(order: string | { merchant_uid: string; imp_uid?: string }): Promise<Payment | undefined> {
    const { merchant_uid, imp_uid = null } = typeof order === 'string' ? { merchant_uid: order } : order;
    return paymentIn(await lookUp({ merchant_uid, imp_uid }, this.#desk.line, {}));
  }

  isBusy(merchantUid: string): boolean {
    return this.#running.has(merchantUid);
  }

  async #press(request: CancelRequest, following: Following, confirmed: boolean): Promise<Outcome> {
    const wanted = wantedBy(request);
    const { merchant_uid: order } = wanted;
    for (let known = this.#running.get(order); known !== undefined; known = this.#running.get(order)) {
      if (known.wish !== undefined && !isSame(known.wish, wanted)) {
        return this.#busy({ ...known.wish, time: known.time }, wanted);
      }
      const outcome = await known.outcome;
      // A second press is the first one. A look is no press, unless it has found how the same wish ended.
      const isEnded = outcome.kind === 'cancelled' || outcome.kind === 'refused';
      const isThis = known.wish !== undefined && isSame(known.wish, wanted);
      if (known.signal?.aborted !== true && (known.isPress || (isEnded && isThis))) return outcome;
    }
    return this.#run(
      order,
      { wish: wanted, time: this.#desk.clock.wallMs(), isPress: true, signal: following.signal },
      async () => this.#begin(request, following, confirmed),
    );
  }

  async #run(order: string, how: Omit<Running, 'outcome'>, work: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = work().finally(() => this.#running.delete(order));
    this.#running.set(order, { ...how, outcome });
    return outcome;
  }

  async #begin(request: CancelRequest, following: Following, confirmed: boolean): Promise<Outcome> {
    const wanted = wantedBy(request);
    const { line, language } = this.#desk;
    if (!goesOn(following)) return notExecuted(wanted, language);
    const caller = await line.subject();
    if (caller === undefined) {
      return refused({ status: 401, retryAfterMs: undefined, body: {} }, wanted, language);
    }
    let claimed = await this.#claim(wanted, caller.subject, confirmed);
    if (claimed.kind === 'busy') {
      const ended = await new Errand(this.#desk, claimed.wish, following).seenEnd();
      if (ended?.kind === 'cancelled') return this.#busy(claimed.wish, wanted, ended);
      if (ended !== undefined) claimed = await this.#claim(wanted, caller.subject, confirmed);
    }
    return this.#goOn(claimed, request, following);
  }

  async #claim(wanted: Wanted, subject: string | null, confirmed: boolean): Promise<Claimed> {
    const { intents, askAfterMs, clock } = this.#desk;
    const asker = { subject, confirmed, askAfterMs, nowMs: clock.wallMs() };
    return claim(wanted, asker, { intents, locks: this.#options.locks });
  }

  async #goOn(claimed: Claimed, request: CancelRequest, following: Following): Promise<Outcome> {
    switch (claimed.kind) {
      case 'begin':
        return new Errand(this.#desk, claimed.wish, following).press(request, false);
      case 'go_on': {
        const errand = new Errand(this.#desk, claimed.wish, following);
        return claimed.wish.refund_id === undefined ? errand.press(request, true) : errand.follow();
      }
      case 'busy':
        return this.#busy(claimed.wish, wantedBy(request));
      case 'ask': {
        const { wish, why } = claimed;
        if (wish === undefined) return this.#unreadable(request.merchant_uid);
        const errand = new Errand(this.#desk, wish, following);
        return errand.asked(why, await errand.look());
      }
      default:
        return assertNever(claimed);
    }
  }

  async #lookFor(order: string, kept: Kept, following: Following): Promise<Outcome> {
    if (kept === undefined) return { kind: 'none', message: '' };
    if (kept === UNREADABLE) return this.#unreadable(order);
    const caller = await this.#desk.line.subject();
    const { clock, askAfterMs } = this.#desk;
    const why = doubtOf(kept, { subject: caller?.subject ?? null, nowMs: clock.wallMs(), askAfterMs });
    const errand = new Errand(this.#desk, kept, following);
    if (why === 'another_subject' && caller !== undefined) return errand.asked(why, await errand.look());
    return kept.refund_id === undefined ? errand.search(why ?? 'unanswered') : errand.follow();
  }

  #busy(wish: Omit<Wish, 'key' | 'subject'>, { amount }: Wanted, ended?: Cancelled): Busy {
    const { language, clock } = this.#desk;
    const message = messageOf(ended === undefined ? 'BUSY' : 'ENDED_MEANWHILE', language);
    return { kind: 'busy', message, open: keptWish(wish, clock.wallMs()), ended, amount };
  }

  async #unreadable(order: string): Promise<Outcome> {
    const payment = await this.payment(order);
    return {
      kind: 'needs_confirmation',
      why: 'unreadable',
      message: messageOf('NEEDS_CONFIRMATION', this.#desk.language),
      kept: undefined,
      cancelable_amount: payment?.cancelable_amount,
      similar: payment?.refunds ?? [],
    };
  }
}

export function createRefundClient(options: RefundClientOptions): RefundClient {
  return new RefundClient(options);
}
