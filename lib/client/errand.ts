import type { Desk } from './desk.ts';
import { glanceAt, type Glance } from './glance.ts';
import { messageOf, type OwnCode } from './messages.ts';
import { goesOn, tell, type Following } from './options.ts';
import { keptWish, notExecuted, pending, refused, settled, type Outcome, type Settled } from './outcomes.ts';
import {
  cancelIn,
  codeIn,
  doorCode,
  openCode,
  problemIn,
  provesNothing,
  speaksOfTheRefund,
  worthRepeating,
} from './proof.ts';
import type { Reply } from './reply.ts';
import type { CancelRequest, Payment, Refund } from './types.ts';
import type { WhyAsked, Wish } from './wish.ts';

const MAX_SENDS = 8;
/** Some ten seconds: a request that arrived at all stands in the payment's refunds long before. */
const MAX_SEARCHES = 5;
/** Two turns of the resolver more than the time after which anything is decided. */
const FOLLOW_ON_MS = 120_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 10_000;
/** What `Retry-After` says is followed so far. */
const LONGEST_ASKED_PAUSE_MS = 30_000;

/** One wish on its way: sent, followed to its end, or looked for. */
export class Errand {
  readonly #desk: Desk;
  readonly #following: Following;
  #wish: Wish;
  /** Of the last request, by the steady clock; after a reload, of the first look. */
  #sinceMs: number;

  constructor(desk: Desk, wish: Wish, following: Following) {
    this.#desk = desk;
    this.#wish = wish;
    this.#following = following;
    this.#sinceMs = desk.clock.steadyMs();
  }

  /** `sentBefore`: an earlier request with this key had no answer, and may have been heard. */
  async press(request: CancelRequest, sentBefore: boolean): Promise<Outcome> {
    let last: Reply | undefined;
    let isInDoubt = sentBefore;
    for (let sends = 0; sends < MAX_SENDS && goesOn(this.#following); sends += 1) {
      const reply = await this.#send(request);
      const told = cancelIn(reply);
      if (told !== undefined) return this.#told(told.payment, told.refund, reply);
      // A success that does not say of which refund is no answer.
      last = reply !== undefined && reply.status < 300 ? undefined : reply;
      if (last !== undefined && codeIn(last) === 'IDEMPOTENCY_KEY_REUSED') return this.#heardBefore(last);
      isInDoubt ||= provesNothing(last);
      if (!worthRepeating(last)) break;
      this.#say(isInDoubt || last === undefined ? openCode(last) : doorCode(last), last);
      await this.#pause(last, sends);
    }
    return this.#givenUp(last, isInDoubt);
  }

  /** Asks until it is known. Where it cannot be, the wish is kept. */
  async follow(): Promise<Outcome> {
    let reply: Reply | undefined;
    const untilMs = this.#sinceMs + this.#desk.settleMs + FOLLOW_ON_MS;
    for (let question = 0; goesOn(this.#following); question += 1) {
      const seen = await this.look();
      ({ reply } = seen);
      const end = this.#endOf(seen);
      if (end !== undefined) return this.#end(end);
      const isShut = reply !== undefined && [401, 403, 404].includes(reply.status);
      if (isShut || this.#desk.clock.steadyMs() >= untilMs) break;
      this.#say(openCode(reply), undefined);
      await this.#pause(reply, question);
    }
    return pending(goesOn(this.#following) ? openCode(reply) : 'UNKNOWN', this.#wish, this.#desk.language);
  }

  /** A wish without an answer: looks whether it has arrived, sends nothing, and asks when it cannot be seen. */
  async search(why: WhyAsked): Promise<Outcome> {
    let seen: Glance | undefined;
    const searches = why === 'unanswered' ? MAX_SEARCHES : 1;
    for (let search = 0; search < searches && goesOn(this.#following); search += 1) {
      if (search > 0) await this.#pause(seen?.reply, search - 1);
      seen = await this.look();
      if (seen.payment !== undefined && seen.refund !== undefined) {
        return this.#told(seen.payment, seen.refund, seen.reply);
      }
    }
    const { language } = this.#desk;
    return seen?.payment === undefined
      ? pending(openCode(seen?.reply), this.#wish, language)
      : this.asked(why, seen);
  }

  /** One look: a wish whose end can be seen must not hold up another one, so it ends with that. */
  async seenEnd(): Promise<Settled | undefined> {
    const { payment, refund } = await this.look();
    if (payment === undefined || refund === undefined) return undefined;
    const ended = settled(payment, refund, this.#desk.language);
    if (ended !== undefined) this.#end(ended);
    return ended;
  }

  async look(): Promise<Glance> {
    return glanceAt(this.#wish, this.#desk.line, this.#following);
  }

  asked(why: WhyAsked, seen: Glance): Outcome {
    return {
      kind: 'needs_confirmation',
      why,
      message: messageOf('NEEDS_CONFIRMATION', this.#desk.language),
      kept: keptWish(this.#wish, this.#desk.clock.wallMs()),
      cancelable_amount: seen.payment?.cancelable_amount,
      similar: seen.similar,
    };
  }

  /** What a look shows as known. That it is not there is known when nothing can be under way any more (row 7). */
  #endOf({ payment, refund, isMissing }: Glance): Outcome | undefined {
    if (payment !== undefined && refund !== undefined) return settled(payment, refund, this.#desk.language);
    const isOver = this.#desk.clock.steadyMs() - this.#sinceMs >= this.#desk.settleMs;
    return isMissing && isOver ? notExecuted(this.#wish, this.#desk.language) : undefined;
  }

  async #told(payment: Payment, refund: Refund, reply: Reply | undefined): Promise<Outcome> {
    const outcome = settled(payment, refund, this.#desk.language);
    if (outcome !== undefined) return this.#end(outcome);
    const imp_uid = typeof payment.imp_uid === 'string' ? payment.imp_uid : this.#wish.imp_uid;
    this.#wish = { ...this.#wish, imp_uid, refund_id: refund.refund_id };
    this.#desk.intents.keep(this.#wish);
    this.#say('UNKNOWN', undefined);
    await this.#pause(reply, 0);
    return this.follow();
  }

  /** The same key came with another reason or account: the earlier one was heard, and is what counts. */
  async #heardBefore(reply: Reply): Promise<Outcome> {
    const seen = await this.look();
    const named = problemIn(reply).refund?.refund_id;
    const known = seen.similar.find(({ refund_id }) => refund_id === named) ?? seen.refund;
    const found = known ?? (seen.similar.length === 1 ? seen.similar[0] : undefined);
    return seen.payment === undefined || found === undefined
      ? pending('UNKNOWN', this.#wish, this.#desk.language)
      : this.#told(seen.payment, found, seen.reply);
  }

  /**
   * An answer of the service tells that nothing was sent. Without one nobody knows yet; nor when an earlier request had none,
   * may still be under way, and the last answer does not speak of it.
   */
  #givenUp(last: Reply | undefined, isInDoubt: boolean): Outcome {
    const { language } = this.#desk;
    const isNothingSent = last === undefined && !isInDoubt;
    if (isNothingSent) return this.#end(notExecuted(this.#wish, language));
    if (last === undefined || provesNothing(last) || (isInDoubt && !speaksOfTheRefund(last))) {
      return pending(openCode(last), this.#wish, language);
    }
    return this.#end(refused(last, this.#wish, language));
  }

  #end(outcome: Outcome): Outcome {
    this.#desk.intents.end(this.#wish);
    return outcome;
  }

  /** The service's own words come first, where they are about a moment and not about the refund. */
  #say(code: OwnCode, reply: Reply | undefined): void {
    const said = reply !== undefined && codeIn(reply) !== undefined ? problemIn(reply).message : undefined;
    const isOwn = code === 'UNKNOWN' || code === 'NETWORK' || typeof said !== 'string';
    tell(this.#following, isOwn ? messageOf(code, this.#desk.language) : said);
  }

  async #send(request: CancelRequest): Promise<Reply | undefined> {
    const { key, subject } = this.#wish;
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const body = JSON.stringify(request);
    const call = { path: '/payments/cancel', method: 'POST', headers, body, subject } as const;
    const reply = await this.#desk.line.ask(call, this.#following);
    this.#sinceMs = this.#desk.clock.steadyMs();
    return reply;
  }

  async #pause(reply: Reply | undefined, turn: number): Promise<void> {
    const own = Math.min(FIRST_PAUSE_MS * 1.5 ** turn, LONGEST_PAUSE_MS);
    const ms = Math.min(reply?.retryAfterMs ?? own, LONGEST_ASKED_PAUSE_MS);
    await this.#desk.wait(Math.max(ms, 500), this.#following.signal);
  }
}
