import type { SimulatedClock } from './clock.ts';
import type { IamportPayment } from './payment.ts';

export interface WebhookOptions {
  /** Where webhooks go; `undefined` sends none. */
  readonly url?: string | undefined;
  /** As chosen in i'mport's console. @default 'json' */
  readonly format?: 'json' | 'form';
  /** The next so many never arrive; `true` = all. @default 0 */
  readonly lost?: number | boolean;
  /** The next so many arrive twice; `true` = all. @default 0 */
  readonly duplicate?: number | boolean;
  /** The next so many arrive after the one that follows them, or a minute late; `true` = all. @default 0 */
  readonly reorder?: number | boolean;
  /** Repeats a webhook that met a network error or a 5xx, five times, a minute apart (simulated time). @default false */
  readonly retries?: boolean;
}

/** The whole body: no signature, no amount. A hint, not a fact. */
export interface WebhookNote {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: string;
  readonly cancellation_id?: string;
}

const RETRIES = 5;
const RETRY_AFTER_MS = 60_000;
const HELD_BACK_MS = 60_000;
/** i'mport waits 30 s for the first try. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Every option spelled out; without an address nothing is sent. */
type Settings = Omit<Required<WebhookOptions>, 'url'> & { readonly url: string | undefined };

const DEFAULTS: Settings = {
  url: undefined,
  format: 'json',
  lost: 0,
  duplicate: 0,
  reorder: 0,
  retries: false,
};

/** Sends webhooks the way i'mport does, misfortunes included. */
export class Webhooks {
  readonly #clock: SimulatedClock;
  #options: Settings;
  #heldBack: readonly WebhookNote[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #ended = new AbortController();

  constructor(clock: SimulatedClock, options: WebhookOptions) {
    this.#clock = clock;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Changes the options that are given and leaves the others. */
  configure(changes: WebhookOptions): void {
    this.#options = { ...this.#options, ...changes };
  }

  /** Resolves when the receiver has answered, or will not get it now. Never rejects. */
  send(note: WebhookNote): Promise<void> {
    return this.#track(this.#dispatch(note));
  }

  /** Resolves when no webhook is on its way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) {
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(this.#underWay);
    }
  }

  end(): void {
    this.#ended.abort();
  }

  async #dispatch(note: WebhookNote): Promise<void> {
    if (this.#options.url === undefined || this.#meets('lost')) {
      return;
    }
    if (this.#meets('reorder')) {
      this.#heldBack = [...this.#heldBack, note];
      this.#clock.after(HELD_BACK_MS, () => this.#track(this.#release([note])));
      return;
    }
    const overtaken = this.#heldBack;
    await this.#deliver(note, RETRIES);
    if (this.#meets('duplicate')) {
      await this.#deliver(note, RETRIES);
    }
    await this.#release(overtaken);
  }

  async #deliver(note: WebhookNote, retriesLeft: number): Promise<void> {
    const isDelivered = await post(note, this.#options, this.#ended.signal);
    if (!isDelivered && this.#options.retries && retriesLeft > 0 && !this.#ended.signal.aborted) {
      this.#clock.after(RETRY_AFTER_MS, () => this.#track(this.#deliver(note, retriesLeft - 1)));
    }
  }

  async #release(held: readonly WebhookNote[]): Promise<void> {
    const due = held.filter((note) => this.#heldBack.includes(note));
    this.#heldBack = this.#heldBack.filter((note) => !due.includes(note));
    await Promise.all(due.map((note) => this.#deliver(note, RETRIES)));
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#underWay.add(work);
    await work.finally(() => this.#underWay.delete(work));
  }

  /** Whether the next webhook meets it; counts it down. */
  #meets(misfortune: 'lost' | 'duplicate' | 'reorder'): boolean {
    const left = this.#options[misfortune];
    if (typeof left === 'number' && left > 0) {
      this.#options = { ...this.#options, [misfortune]: left - 1 };
    }
    return left === true || Number(left) > 0;
  }
}

/** Whether i'mport is content: anything but a network error and a 5xx. */
async function post(
  note: WebhookNote,
  { url, format }: WebhookOptions,
  ended: AbortSignal,
): Promise<boolean> {
  if (url === undefined) {
    return true;
  }
  const fields = Object.entries(note).map(([name, value]): [string, string] => [name, String(value)]);
  const isJson = format === 'json';
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded' },
      body: isJson ? JSON.stringify(note) : new URLSearchParams(fields).toString(),
      signal: AbortSignal.any([ended, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

export function noteOf(payment: IamportPayment, cancellationId?: string): WebhookNote {
  const { imp_uid, merchant_uid, status } = payment;
  return {
    imp_uid,
    merchant_uid,
    status,
    ...(cancellationId === undefined ? {} : { cancellation_id: cancellationId }),
  };
}
