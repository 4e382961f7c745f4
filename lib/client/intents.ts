import type { RefundClientOptions } from './options.ts';
import { UNREADABLE, type Kept, type Wish } from './wish.ts';

type Place = NonNullable<RefundClientOptions['storage']>;

const slot = (merchantUid: string): string => `iamport-refunds:${merchantUid}`;

/** One wish an order, in the browser's storage; in memory where that does not hold it. */
export class Intents {
  readonly #place: Place | undefined;
  /** Only what the storage did not take: another tab may end a wish, and this one must not remember it then. */
  readonly #memory = new Map<string, Wish>();

  constructor(place: Place | undefined) {
    this.#place = place ?? quietly(() => globalThis.localStorage);
  }

  of(merchantUid: string): Kept {
    const held = this.#memory.get(merchantUid);
    if (held !== undefined) return held;
    const text = quietly(() => this.#place?.getItem(slot(merchantUid)));
    return typeof text === 'string' ? parsed(text, merchantUid) : undefined;
  }

  keep(wish: Wish): void {
    const name = slot(wish.merchant_uid);
    const text = JSON.stringify(wish);
    quietly(() => this.#place?.setItem(name, text));
    const isHeld = quietly(() => this.#place?.getItem(name)) === text;
    if (isHeld) this.#memory.delete(wish.merchant_uid);
    else this.#memory.set(wish.merchant_uid, wish);
  }

  /** Only this wish: another tab may have begun the next one already. */
  end({ merchant_uid: order, key }: Wish): void {
    const kept = this.of(order);
    if (kept !== undefined && kept !== UNREADABLE && kept.key === key) this.drop(order);
  }

  drop(merchantUid: string): void {
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

/** Anything may have been written there by anybody; what it was before, nobody knows. */
function parsed(text: string, merchantUid: string): Kept {
  const value = quietly(() => JSON.parse(text) as unknown);
  return isWish(value) && value.merchant_uid === merchantUid ? value : UNREADABLE;
}

function isWish(value: unknown): value is Wish {
  if (typeof value !== 'object' || value === null) return false;
  const wish = value as Readonly<Record<keyof Wish, unknown>>;
  const { key, merchant_uid: order, imp_uid: payment, amount, time, subject, refund_id: id } = wish;
  return (
    typeof key === 'string' &&
    /^[\x21-\x7e]{1,255}$/.test(key) &&
    typeof order === 'string' &&
    (payment === null || typeof payment === 'string') &&
    (amount === null || Number.isFinite(amount)) &&
    Number.isFinite(time) &&
    (subject === null || typeof subject === 'string') &&
    (id === undefined || typeof id === 'string')
  );
}
