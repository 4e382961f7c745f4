import { messageOf } from './messages.ts';
import { codeOf, paymentIn, worthRepeating, type Reply } from './reply.ts';
import type { CancelRequest, Outcome, Payment, Refund, RefundClientOptions } from './types.ts';

export { MESSAGES, messageOf, type Language } from './messages.ts';
export type * from './types.ts';

/** What survives a reload. `body` only when it holds no account: such a refund is resumed by asking, not by sending. */
interface Intent {
  readonly key: string;
  readonly refundId?: string;
  readonly body?: CancelRequest;
}

const DEFAULT_WAIT_MS = 2_000;
/** Some four minutes with the service's own Retry-After: by then the resolver has had three turns. */
const MAX_QUESTIONS = 80;
const MAX_SENDS = 8;

const slot = (merchantUid: string): string => `refund:${merchantUid}`;
const inSilence = (): void => undefined;
type Progress = (message: string) => void;

/** One press of the button: one refund, whatever is lost, repeated or reloaded. Never throws for what can be expected. */
export class RefundClient {
  readonly #options: RefundClientOptions;
  readonly #storage: NonNullable<RefundClientOptions['storage']>;
  readonly #wait: (ms: number) => Promise<void>;
  readonly #running = new Map<string, Promise<Outcome>>();

  constructor(options: RefundClientOptions) {
    this.#options = options;
    this.#storage = options.storage ?? globalThis.localStorage;
    this.#wait = options.wait ?? (async (ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** An intent of before a reload comes first: a new one beside it could be the same wish twice. */
  async cancel(request: CancelRequest, onProgress: Progress = inSilence): Promise<Outcome> {
    const { merchant_uid: merchantUid } = request;
    return this.#once(merchantUid, async () => {
      if (this.#intent(merchantUid) !== undefined) return this.#goOn(merchantUid, onProgress);
      const key = globalThis.crypto.randomUUID();
      this.#keep(merchantUid, hasAccount(request) ? { key } : { key, body: request });
      return this.#press(request, key, onProgress);
    });
  }

  /** After a reload: goes on where the intent was left. */
  async resume(merchantUid: string, onProgress: Progress = inSilence): Promise<Outcome> {
    return this.#once(merchantUid, async () => this.#goOn(merchantUid, onProgress));
  }

  /** Undefined: not there, not the customer's, or no connection. */
  async payment(merchantUid: string): Promise<Payment | undefined> {
    return paymentIn(await this.#read(merchantUid));
  }

  async #read(merchantUid: string): Promise<Reply | undefined> {
    return this.#call(`/payments/${encodeURIComponent(merchantUid)}`, { method: 'GET' });
  }

  isBusy(merchantUid: string): boolean {
    return this.#running.has(merchantUid);
  }

  #say(code: string): string {
    return messageOf(code, this.#options.language ?? 'ko');
  }

  #intent(merchantUid: string): Intent | undefined {
    const kept = this.#storage.getItem(slot(merchantUid));
    return kept === null ? undefined : (JSON.parse(kept) as Intent);
  }

  #keep(merchantUid: string, intent: Intent): void {
    this.#storage.setItem(slot(merchantUid), JSON.stringify(intent));
  }

  #end(merchantUid: string, outcome: Outcome): Outcome {
    this.#storage.removeItem(slot(merchantUid));
    return outcome;
  }

  /** A second press while one is under way is the same press. */
  async #once(merchantUid: string, work: () => Promise<Outcome>): Promise<Outcome> {
    const known = this.#running.get(merchantUid);
    if (known !== undefined) return known;
    const promise = work().finally(() => this.#running.delete(merchantUid));
    this.#running.set(merchantUid, promise);
    return promise;
  }

  async #goOn(merchantUid: string, onProgress: Progress): Promise<Outcome> {
    const intent = this.#intent(merchantUid);
    if (intent === undefined) return { kind: 'none' };
    if (intent.refundId !== undefined) return this.#ask(merchantUid, intent.refundId, onProgress);
    if (intent.body !== undefined) return this.#press(intent.body, intent.key, onProgress);
    // The account is not kept, so it cannot be sent again; what became of it shows in the payment's refunds.
    return this.#end(merchantUid, { kind: 'none' });
  }

  async #press(body: CancelRequest, key: string, onProgress: Progress): Promise<Outcome> {
    const { merchant_uid: merchantUid } = body;
    let last: Reply | undefined;
    for (let sends = 0; sends < MAX_SENDS; sends += 1) {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const reply = await this.#call(
        '/payments/cancel',
        { method: 'POST', body: JSON.stringify(body) },
        headers,
      );
      last = reply;
      if (reply?.status === 200) return this.#end(merchantUid, this.#settled(reply.body));
      if (reply?.status === 202) return this.#follow(merchantUid, key, reply, onProgress);
      if (reply !== undefined && !worthRepeating(reply)) return this.#end(merchantUid, this.#refused(reply));
      onProgress(this.#say(reply === undefined ? 'NETWORK' : codeOf(reply)));
      await this.#wait(reply?.retryAfterMs ?? DEFAULT_WAIT_MS);
    }
    // With an answer, nothing was sent to the provider; without one, the intent waits for a connection.
    if (last === undefined) return { kind: 'pending', message: this.#say('NETWORK') };
    return this.#end(merchantUid, this.#refused(last));
  }

  async #follow(merchantUid: string, key: string, reply: Reply, onProgress: Progress): Promise<Outcome> {
    const { refund } = reply.body as unknown as { readonly refund: Refund };
    this.#keep(merchantUid, { key, refundId: refund.refund_id });
    onProgress(this.#say('UNKNOWN'));
    await this.#wait(reply.retryAfterMs);
    return this.#ask(merchantUid, refund.refund_id, onProgress);
  }

  async #ask(merchantUid: string, refundId: string, onProgress: Progress): Promise<Outcome> {
    for (let question = 0; question < MAX_QUESTIONS; question += 1) {
      const reply = await this.#read(merchantUid);
      const payment = paymentIn(reply);
      const refund = payment?.refunds?.find((each) => each.refund_id === refundId);
      if (payment !== undefined && refund === undefined) {
        return this.#end(merchantUid, { kind: 'not_executed', message: this.#say('NOT_EXECUTED') });
      }
      if (refund !== undefined && refund.status !== 'unknown') {
        return this.#end(merchantUid, this.#settled({ ...payment, refund }));
      }
      onProgress(this.#say(payment === undefined ? 'NETWORK' : 'UNKNOWN'));
      await this.#wait(reply?.retryAfterMs ?? DEFAULT_WAIT_MS);
    }
    return { kind: 'pending', message: this.#say('UNKNOWN') };
  }

  #settled(body: Readonly<Record<string, unknown>>): Outcome {
    const payment = body as unknown as Payment & { readonly refund: Refund };
    const { refund } = payment;
    if (refund.status === 'cancelled')
      return { kind: 'cancelled', payment, refund, message: this.#say('CANCELLED') };
    const code = refund.rejection?.code ?? 'CANCEL_REJECTED';
    return { kind: 'refused', code, message: this.#say(code), problem: { refund } };
  }

  #refused(reply: Reply): Outcome {
    return { kind: 'refused', code: codeOf(reply), message: this.#say(codeOf(reply)), problem: reply.body };
  }

  /** Undefined: no answer at all. */
  async #call(
    path: string,
    init: RequestInit,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply | undefined> {
    const { baseUrl = '', getToken } = this.#options;
    const send = this.#options.fetch ?? globalThis.fetch.bind(globalThis);
    try {
      const headers = { ...more, authorization: `Bearer ${await getToken()}` };
      const response = await send(`${baseUrl}${path}`, { ...init, headers });
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : DEFAULT_WAIT_MS;
      return { status: response.status, retryAfterMs, body: (await response.json()) as Reply['body'] };
    } catch {
      return undefined;
    }
  }
}

export function createRefundClient(options: RefundClientOptions): RefundClient {
  return new RefundClient(options);
}

function hasAccount(request: CancelRequest): boolean {
  return [request.refund_account, request.refund_holder, request.refund_tel].some(
    (value) => value !== undefined,
  );
}
