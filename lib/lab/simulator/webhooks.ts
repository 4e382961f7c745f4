import type { SimulatedClock } from './clock.ts';
import { type FaultQueue, type Met, WEBHOOK_HABITS, type WebhookHabit } from './faults.ts';
import type { LedgerPayment } from './payment.ts';
import { shownOrderNumber } from './wire.ts';

/** The whole webhook body; it has no signature and no amount. */
export interface WebhookNote {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: string;
  readonly cancellation_id?: string;
}

export interface WebhookOptions {
  /** The address for webhooks; `undefined` sends none. */
  readonly url?: string | undefined;
  /** As chosen in i'mport's console. @default 'json' */
  readonly format?: 'json' | 'form';
  /** Repeats a webhook after a network error or a 5xx up to five times, a minute apart (simulated time). @default false */
  readonly retries?: boolean;
}

const RETRIES = 5;
const RETRY_AFTER_MS = 60_000;
const HELD_BACK_MS = 60_000;
/** i'mport waits 30 s for the first try. */
const ANSWER_TIMEOUT_MS = 30_000;

/** All options with their values; without an address nothing is sent. */
type Settings = Omit<Required<WebhookOptions>, 'url'> & { readonly url: string | undefined };

/** Sends webhooks as i'mport does, with scripted faults. */
export class Webhooks {
  readonly #clock: SimulatedClock;
  readonly #faults: FaultQueue;
  #options: Settings = { url: undefined, format: 'json', retries: false };
  #heldBack: readonly WebhookMessage[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #ended = new AbortController();

  constructor(clock: SimulatedClock, faults: FaultQueue, options: WebhookOptions) {
    this.#clock = clock;
    this.#faults = faults;
    this.configure(options);
  }

  /** Changes only the given options. */
  configure(changes: WebhookOptions): void {
    this.#options = { ...this.#options, ...changes };
  }

  /** Resolves when the receiver has answered or the first delivery has failed. Never rejects. */
  send(payment: LedgerPayment, cancellationId?: string): Promise<void> {
    return this.#track(this.#dispatch(payment, cancellationId));
  }

  /** Resolves when no webhook is in delivery. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay);
    }
  }

  end(): void {
    this.#ended.abort();
  }

  async #dispatch(payment: LedgerPayment, cancellationId: string | undefined): Promise<void> {
    if (this.#options.url === undefined) {
      return;
    }
    const { impUid, pgProvider } = payment;
    const habits = this.#faults.habits(WEBHOOK_HABITS, { endpoint: 'webhook', impUid, pgProvider });
    const meets = (name: WebhookHabit): boolean => habits.some(({ fault }) => fault === name);
    if (meets('webhook_lost')) {
      return;
    }
    const note = noteOf(payment, shownOrderNumber(this.#faults, payment), cancellationId);
    const message = messageOf(note, this.#options.format, habits);
    if (meets('webhook_late')) {
      this.#heldBack = [...this.#heldBack, message];
      this.#clock.after(HELD_BACK_MS, () => this.#track(this.#release([message])));
      return;
    }
    const overtaken = this.#heldBack;
    await this.#deliver(message, RETRIES);
    if (meets('webhook_twice')) {
      await this.#deliver(message, RETRIES);
    }
    await this.#release(overtaken);
  }

  async #deliver(message: WebhookMessage, retriesLeft: number): Promise<void> {
    const isDelivered = await post(message, this.#options.url, this.#ended.signal);
    if (!isDelivered && this.#options.retries && retriesLeft > 0 && !this.#ended.signal.aborted) {
      this.#clock.after(RETRY_AFTER_MS, () => this.#track(this.#deliver(message, retriesLeft - 1)));
    }
  }

  async #release(held: readonly WebhookMessage[]): Promise<void> {
    const due = held.filter((message) => this.#heldBack.includes(message));
    this.#heldBack = this.#heldBack.filter((message) => !due.includes(message));
    await Promise.all(due.map((message) => this.#deliver(message, RETRIES)));
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#underWay.add(work);
    await work.finally(() => this.#underWay.delete(work));
  }
}

/** i'mport accepts any answer except a network error and a 5xx. */
async function post(
  { contentType, body }: WebhookMessage,
  url: string | undefined,
  ended: AbortSignal,
): Promise<boolean> {
  if (url === undefined) {
    return true;
  }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      signal: AbortSignal.any([ended, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

interface WebhookMessage {
  readonly contentType: string;
  readonly body: string;
}

function noteOf(
  payment: LedgerPayment,
  orderNumber: string,
  cancellationId: string | undefined,
): WebhookNote {
  return {
    imp_uid: payment.impUid,
    merchant_uid: orderNumber,
    status: payment.status,
    ...(cancellationId !== undefined && { cancellation_id: cancellationId }),
  };
}

const BYTE_ORDER_MARK = '\uFEFF';
/** An arbitrary number: the day on which i'mport began to send the field. */
const NUMBER_FOR_ID = 20_240_223;

/** The webhook body without faults. */
function messageOf(
  note: WebhookNote,
  format: 'json' | 'form',
  habits: readonly Met<WebhookHabit>[],
): WebhookMessage {
  const met = (name: WebhookHabit): Met<WebhookHabit> | undefined =>
    habits.find(({ fault }) => fault === name);
  const fields: Record<string, string | number | null> = { ...note };
  if (met('webhook_numbers') !== undefined) {
    if (/^\d{1,15}$/.test(note.merchant_uid)) fields['merchant_uid'] = Number(note.merchant_uid);
    fields['cancellation_id'] = NUMBER_FOR_ID;
  }
  if (met('webhook_null_id') !== undefined) fields['cancellation_id'] = null;
  const isForm = format === 'form' || met('webhook_form') !== undefined;
  const odd = met('webhook_content_type');
  const mark = met('webhook_bom') === undefined ? '' : BYTE_ORDER_MARK;
  return {
    contentType: odd === undefined ? plainType(isForm) : (odd.text ?? oddType(isForm)),
    body: mark + (isForm ? formOf(fields) : JSON.stringify(fields)),
  };
}

function plainType(isForm: boolean): string {
  return isForm ? 'application/x-www-form-urlencoded' : 'application/json';
}

function oddType(isForm: boolean): string {
  return isForm ? 'Application/X-WWW-Form-Urlencoded;charset=EUC-KR' : 'Application/JSON; Charset=EUC-KR';
}

function formOf(fields: Readonly<Record<string, string | number | null>>): string {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(texts).toString();
}
