import type { SimulatedClock } from './clock.ts';
import type { FaultQueue, Met } from './fault-queue.ts';
import { WEBHOOK_HABITS, type WebhookHabit } from './faults.ts';
import { shownOrderNumber } from './view.ts';
import { messageOf, type WebhookMessage, type WebhookNote } from './webhook-message.ts';

export { noteOf, type WebhookNote } from './webhook-message.ts';

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
  readonly #faults: FaultQueue;
  #options: Settings;
  #heldBack: readonly WebhookMessage[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #ended = new AbortController();

  constructor(clock: SimulatedClock, faults: FaultQueue, options: WebhookOptions) {
    this.#clock = clock;
    this.#faults = faults;
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
      await Promise.all(this.#underWay);
    }
  }

  end(): void {
    this.#ended.abort();
  }

  async #dispatch(note: WebhookNote): Promise<void> {
    if (this.#options.url === undefined) {
      return;
    }
    const habits = this.#habits(note);
    const meets = (name: WebhookHabit): boolean => habits.some(({ fault }) => fault === name);
    if (this.#meets('lost') || meets('webhook_lost')) {
      return;
    }
    const shown = { ...note, merchant_uid: shownOrderNumber(this.#faults, note) };
    const message = messageOf(shown, this.#options.format, habits);
    if (this.#meets('reorder') || meets('webhook_late')) {
      this.#heldBack = [...this.#heldBack, message];
      this.#clock.after(HELD_BACK_MS, () => this.#track(this.#release([message])));
      return;
    }
    const overtaken = this.#heldBack;
    await this.#deliver(message, RETRIES);
    if (this.#meets('duplicate') || meets('webhook_twice')) {
      await this.#deliver(message, RETRIES);
    }
    await this.#release(overtaken);
  }

  #habits(note: WebhookNote): readonly Met<WebhookHabit>[] {
    return this.#faults.habits(WEBHOOK_HABITS, { endpoint: 'webhook', impUid: note.imp_uid });
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
