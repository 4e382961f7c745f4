import type { CancelRequest, RefundClientOptions } from './types.ts';

/** What survives a reload. `body` only when it holds no account: such a refund is found again by its id, not sent again. */
export interface Intent {
  readonly key: string;
  readonly refundId?: string;
  readonly body?: CancelRequest;
}

type Place = NonNullable<RefundClientOptions['storage']>;

const slot = (merchantUid: string): string => `refund:${merchantUid}`;

/** One intent an order, in the browser's storage; in memory alone where a page may not store anything. */
export class Intents {
  readonly #place: Place | undefined;
  readonly #memory = new Map<string, Intent>();

  constructor(place: Place | undefined) {
    this.#place = place ?? quietly(() => globalThis.localStorage);
  }

  of(merchantUid: string): Intent | undefined {
    const kept = quietly(() => this.#place?.getItem(slot(merchantUid)) ?? undefined);
    return (kept === undefined ? undefined : parsed(kept)) ?? this.#memory.get(merchantUid);
  }

  keep(merchantUid: string, intent: Intent): void {
    this.#memory.set(merchantUid, intent);
    quietly(() => this.#place?.setItem(slot(merchantUid), JSON.stringify(intent)));
  }

  end(merchantUid: string): void {
    this.#memory.delete(merchantUid);
    quietly(() => this.#place?.removeItem(slot(merchantUid)));
  }
}

/** Storage that is full, blocked or not there throws, and must not keep a refund from being made. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Anything may have been written there by anybody. */
function parsed(text: string): Intent | undefined {
  const value: unknown = quietly(() => JSON.parse(text) as unknown);
  return typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string'
    ? (value as Intent)
    : undefined;
}
