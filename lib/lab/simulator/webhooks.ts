import type { SimulatedClock } from './clock.ts';
import type { FaultQueue } from './fault-queue.ts';
import { type FaultOf, faultsOf } from './fault-table.ts';
import type { LedgerPayment } from './payment.ts';
import { shownOrderNumber } from './wire.ts';

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

interface WebhookMessage {
  readonly contentType: string;
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
  async send(payment: LedgerPayment, cancellationId?: string): Promise<void> {
    if (this.#url === undefined) return;
    const where = { endpoint: 'webhook', impUid: payment.impUid } as const;
    const drawn = this.#faults.drawAll(faultsOf('webhook'), where);
    const textOf = new Map(drawn.map(({ fault, text }) => [fault, text]));
    if (textOf.has('webhook_lost')) return;
    const message = messageOf(payment, shownOrderNumber(this.#faults, payment), cancellationId, textOf);
    if (textOf.has('webhook_late')) {
      this.#heldBack.add(message);
      this.#clock.after(HELD_BACK_MS, () => this.#release([message]));
      return;
    }
    const overtaken = [...this.#heldBack];
    await this.#deliver(message, this.#retries);
    if (textOf.has('webhook_twice')) await this.#deliver(message, this.#retries);
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
  async #post({ contentType, body }: WebhookMessage): Promise<boolean> {
    try {
      const response = await fetch(String(this.#url), {
        method: 'POST',
        headers: { 'content-type': contentType },
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

const BYTE_ORDER_MARK = '\uFEFF';
/** An arbitrary number: the day on which i'mport began to send the field. */
const NUMBER_FOR_ID = 20_240_223;

/** The webhook has no signature and no amount. @param textOf the faults that affect it, with their text */
function messageOf(
  { impUid, status }: LedgerPayment,
  orderNumber: string,
  cancellationId: string | undefined,
  textOf: ReadonlyMap<FaultOf<'webhook'>, string | undefined>,
): WebhookMessage {
  const fields: Record<string, string | number | null> = {
    imp_uid: impUid,
    merchant_uid: orderNumber,
    status,
    ...(cancellationId !== undefined && { cancellation_id: cancellationId }),
  };
  if (textOf.has('webhook_numbers')) {
    if (/^\d{1,15}$/.test(orderNumber)) fields['merchant_uid'] = Number(orderNumber);
    fields['cancellation_id'] = NUMBER_FOR_ID;
  }
  if (textOf.has('webhook_null_id')) fields['cancellation_id'] = null;
  const isForm = textOf.has('webhook_form');
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const oddType = isForm
    ? 'Application/X-WWW-Form-Urlencoded;charset=EUC-KR'
    : 'Application/JSON; Charset=EUC-KR';
  const mark = textOf.has('webhook_bom') ? BYTE_ORDER_MARK : '';
  return {
    contentType: textOf.has('webhook_content_type') ? (textOf.get('webhook_content_type') ?? oddType) : type,
    body: mark + (isForm ? formOf(fields) : JSON.stringify(fields)),
  };
}

function formOf(fields: Readonly<Record<string, string | number | null>>): string {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(texts).toString();
}
