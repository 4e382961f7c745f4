import { Intents, type Intent } from './intents.ts';
import { messageOf } from './messages.ts';
import { givenUp, notExecuted, pending, settled } from './outcomes.ts';
import { refundIdFor } from './refund-id.ts';
import {
  codeOf,
  DEFAULT_WAIT_MS,
  openCode,
  paymentIn,
  provesNothing,
  refundIn,
  replyTo,
  worthRepeating,
  type Reply,
} from './reply.ts';
import { sleep } from './sleep.ts';
import type { CancelRequest, Following, Outcome, Payment, Refund, RefundClientOptions } from './types.ts';

export { MESSAGES, messageOf, type Language } from './messages.ts';
export type * from './types.ts';

/** Some four minutes with the service's own Retry-After: by then the resolver has had three turns. */
const MAX_QUESTIONS = 80;
/** Ten seconds: a request that arrived at all stands in the payment's refunds long before. */
const MAX_SEARCHES = 5;
const MAX_SENDS = 8;

type Followed = Intent & { readonly refundId: string };

/** One press of the button: one refund, whatever is lost, repeated or reloaded. Never throws for what can be expected. */
export class RefundClient {
  readonly #options: RefundClientOptions;
  readonly #intents: Intents;
  readonly #running = new Map<string, Promise<Outcome>>();

  constructor(options: RefundClientOptions) {
    this.#options = options;
    this.#intents = new Intents(options.storage);
  }

  get #language() {
    return this.#options.language ?? 'ko';
  }

  /**
   * Refunds, and resolves when the outcome is known. An intent of before a reload comes first: a new one beside it could be
   * the same wish twice. A second press while one is under way is the same press.
   */
  async cancel(request: CancelRequest, following: Following = {}): Promise<Outcome> {
    const { merchant_uid: order } = request;
    return this.#once(order, async () => {
      const intent = this.#intents.of(order);
      if (intent?.refundId !== undefined || intent?.body !== undefined) return this.#goOn(order, following);
      // An account that a reload has lost is entered again under its old key, so it cannot become a second refund.
      const key = intent?.key ?? globalThis.crypto.randomUUID();
      this.#intents.keep(order, hasAccount(request) ? { key } : { key, body: request });
      return this.#press(request, key, intent !== undefined, following);
    });
  }

  /** After a reload: goes on where the intent was left. */
  async resume(merchantUid: string, following: Following = {}): Promise<Outcome> {
    return this.#once(merchantUid, async () => this.#goOn(merchantUid, following));
  }

  /** Undefined: not there, not the customer's, or no connection. */
  async payment(merchantUid: string): Promise<Payment | undefined> {
    return paymentIn(await this.#read(merchantUid, {}));
  }

  isBusy(merchantUid: string): boolean {
    return this.#running.has(merchantUid);
  }

  async #once(order: string, work: () => Promise<Outcome>): Promise<Outcome> {
    const known = this.#running.get(order);
    if (known !== undefined) return known;
    const promise = work().finally(() => this.#running.delete(order));
    this.#running.set(order, promise);
    return promise;
  }

  async #goOn(order: string, following: Following): Promise<Outcome> {
    const intent = this.#intents.of(order);
    if (intent === undefined) return { kind: 'none' };
    const { key, refundId, body } = intent;
    if (refundId !== undefined) return this.#ask(order, refundId, following);
    return body === undefined ? this.#search(order, key, following) : this.#press(body, key, true, following);
  }

  /** The account is not kept, so it cannot be sent again; but its refund, if the request has arrived, has a known id. */
  async #search(order: string, key: string, following: Following): Promise<Outcome> {
    const refundId = await refundIdFor(order, key);
    for (let search = 0; search < MAX_SEARCHES && goesOn(following); search += 1) {
      const reply = await this.#read(order, following);
      const found = refundIn(reply, refundId) !== undefined;
      if (found) return this.#follow(order, { key, refundId }, reply, following);
      await this.#pause(reply, following);
    }
    return { kind: 'none' };
  }

  /** `sentBefore`: an earlier request with this key had no answer, and may have been heard. */
  async #press(
    body: CancelRequest,
    key: string,
    sentBefore: boolean,
    following: Following,
  ): Promise<Outcome> {
    const { merchant_uid: order } = body;
    let last: Reply | undefined;
    let inDoubt = sentBefore;
    for (let sends = 0; sends < MAX_SENDS && goesOn(following); sends += 1) {
      last = await this.#send(body, key, following);
      if (last?.status === 200) return this.#end(order, settled(last.body, this.#language));
      const refundId = await refundIdOf(last, order, key);
      if (refundId !== undefined) return this.#follow(order, { key, refundId }, last, following);
      inDoubt ||= provesNothing(last);
      if (last !== undefined && !worthRepeating(last)) break;
      following.onProgress?.(this.#say(last === undefined || inDoubt ? openCode(last) : codeOf(last)));
      await this.#pause(last, following);
    }
    return this.#end(order, givenUp(last, inDoubt, this.#language));
  }

  async #follow(
    order: string,
    intent: Followed,
    reply: Reply | undefined,
    following: Following,
  ): Promise<Outcome> {
    this.#intents.keep(order, intent);
    if (reply?.status !== 200) {
      following.onProgress?.(this.#say('UNKNOWN'));
      await this.#pause(reply, following);
    }
    return this.#ask(order, intent.refundId, following);
  }

  async #ask(order: string, refundId: string, following: Following): Promise<Outcome> {
    for (let question = 0; question < MAX_QUESTIONS && goesOn(following); question += 1) {
      const reply = await this.#read(order, following);
      const payment = paymentIn(reply);
      const refund = refundIn(reply, refundId);
      if (payment !== undefined && refund === undefined) return this.#end(order, notExecuted(this.#language));
      if (refund !== undefined && refund.status !== 'unknown') {
        return this.#end(order, settled({ ...payment, refund }, this.#language));
      }
      following.onProgress?.(this.#say(openCode(reply)));
      await this.#pause(reply, following);
    }
    return pending('UNKNOWN', this.#language);
  }

  #end(order: string, outcome: Outcome): Outcome {
    if (outcome.kind !== 'pending') this.#intents.end(order);
    return outcome;
  }

  #say(code: string): string {
    return messageOf(code, this.#language);
  }

  async #read(order: string, { signal }: Following): Promise<Reply | undefined> {
    return replyTo({ path: `/payments/${encodeURIComponent(order)}`, method: 'GET', signal }, this.#options);
  }

  async #send(request: CancelRequest, key: string, { signal }: Following): Promise<Reply | undefined> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const body = JSON.stringify(request);
    return replyTo({ path: '/payments/cancel', method: 'POST', headers, body, signal }, this.#options);
  }

  async #pause(reply: Reply | undefined, { signal }: Following): Promise<void> {
    await (this.#options.wait ?? sleep)(reply?.retryAfterMs ?? DEFAULT_WAIT_MS, signal);
  }
}

export function createRefundClient(options: RefundClientOptions): RefundClient {
  return new RefundClient(options);
}

function goesOn({ signal }: Following): boolean {
  return signal?.aborted !== true;
}

/** The refund that this key has made: in doubt, or of an earlier request with another account. */
async function refundIdOf(reply: Reply | undefined, order: string, key: string): Promise<string | undefined> {
  if (reply?.status === 202) return (reply.body as unknown as { readonly refund: Refund }).refund.refund_id;
  return reply?.body['code'] === 'IDEMPOTENCY_KEY_REUSED' ? refundIdFor(order, key) : undefined;
}

function hasAccount(request: CancelRequest): boolean {
  return [request.refund_account, request.refund_holder, request.refund_tel].some(
    (value) => value !== undefined,
  );
}
