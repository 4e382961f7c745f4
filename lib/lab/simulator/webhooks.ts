import type { SimulatedClock } from './clock.ts';
import type { FaultQueue } from './fault-queue.ts';
import { faultsOf } from './faults.ts';
import type { HeldPayment } from './payment.ts';
import { shownOrderNumber } from './untidiness.ts';

/** Where webhooks are sent, and how. */
export interface WebhookOptions {
  /** @default - no webhooks */
  readonly webhookUrl?: string;
  /** Repeats a webhook after a network error or a 5xx up to five times, a minute apart (simulated time). @default false */
  readonly webhookRetries?: boolean;
}

const RETRIES = 5;
const RETRY_AFTER_MS = 60_000;
const HELD_BACK_MS = 60_000;
/** i'mport waits 30 s for the first try. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Without a signature and without an amount. */
interface WebhookMessage {
  readonly type: string;
  readonly body: string;
}

/** Sends webhooks as i'mport does, with scripted faults. */
export class Webhooks {
  readonly #clock: SimulatedClock;
  readonly #faults: FaultQueue;
  readonly #url: string | undefined;
  readonly #retries: number;
  readonly #heldBack = new Set<WebhookMessage>();
  readonly #ended: AbortSignal;

  /** @param options `ended` stops what is in delivery */
  constructor(
    clock: SimulatedClock,
    faults: FaultQueue,
    options: WebhookOptions & { readonly ended: AbortSignal },
  ) {
    this.#clock = clock;
    this.#faults = faults;
    this.#url = options.webhookUrl;
    this.#retries = options.webhookRetries === true ? RETRIES : 0;
    this.#ended = options.ended;
  }

  /** Resolves when the receiver has answered or the first delivery has failed. Never rejects. */
  async send({ shown }: HeldPayment, cancellationId?: string): Promise<void> {
    if (this.#url === undefined) return;
    const where = { endpoint: 'webhook', impUid: shown.imp_uid } as const;
    const drawn = this.#faults.drawAll(faultsOf('webhook'), where).map(({ fault }) => fault);
    if (drawn.includes('webhook_lost')) return;
    const fields = {
      imp_uid: shown.imp_uid,
      merchant_uid: shownOrderNumber(this.#faults, shown),
      status: shown.status,
      ...(cancellationId !== undefined && { cancellation_id: cancellationId }),
    };
    const message = drawn.includes('webhook_form')
      ? { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }
      : { type: 'application/json', body: JSON.stringify(fields) };
    if (drawn.includes('webhook_late')) {
      this.#heldBack.add(message);
      this.#clock.after(HELD_BACK_MS, () => this.#release([message]));
      return;
    }
    const overtaken = [...this.#heldBack];
    await this.#deliver(message, this.#retries);
    if (drawn.includes('webhook_twice')) await this.#deliver(message, this.#retries);
    await this.#release(overtaken);
  }

  async #deliver(message: WebhookMessage, retriesLeft: number): Promise<void> {
    const isDelivered = await this.#post(message);
    if (!isDelivered && retriesLeft > 0 && !this.#ended.aborted) {
      this.#clock.after(RETRY_AFTER_MS, () => this.#deliver(message, retriesLeft - 1));
    }
  }

  /** Each message only once: by the webhook that follows it, or after its minute. */
  async #release(held: readonly WebhookMessage[]): Promise<void> {
    const due = held.filter((message) => this.#heldBack.delete(message));
    await Promise.all(due.map((message) => this.#deliver(message, this.#retries)));
  }

  /** i'mport accepts any answer except a network error and a 5xx. */
  async #post({ type, body }: WebhookMessage): Promise<boolean> {
    try {
      const response = await fetch(String(this.#url), {
        method: 'POST',
        headers: { 'content-type': type },
        body,
        signal: AbortSignal.any([this.#ended, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
      });
      await response.arrayBuffer();
      return response.status < 500;
    } catch {
      return false;
    }
  }
}
