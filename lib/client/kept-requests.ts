import { isRefundPath } from './api-connection.ts';
import { sleep, type RefundClientOptions } from './options.ts';
import type { CancelRequest } from './types.ts';

/** What the customer asks to refund. An equal request continues the same refund until its end is known. */
export interface RequestedRefund {
  readonly merchant_uid: string;
  /** Null: the order's only payment with money left. */
  readonly imp_uid: string | null;
  /** In the major unit. Null: the whole balance, whose amount was not given. */
  readonly amount: number | null;
}

export function requestedIn({
  merchant_uid,
  imp_uid,
  cancel_request_amount,
  checksum,
}: CancelRequest): RequestedRefund {
  return { merchant_uid, imp_uid: imp_uid ?? null, amount: cancel_request_amount ?? checksum ?? null };
}

export function isSameRefund(one: RequestedRefund, other: RequestedRefund): boolean {
  const isSamePayment = one.imp_uid === null || other.imp_uid === null || one.imp_uid === other.imp_uid;
  return one.merchant_uid === other.merchant_uid && isSamePayment && one.amount === other.amount;
}

/** A request as it is kept in the browser's storage. */
export interface KeptRequest extends RequestedRefund {
  readonly key: string;
  /** Unix ms by the clock of this machine, which may be set wrong. */
  readonly time: number;
  /** `sub` of the caller; null: the token has none. */
  readonly subject: string | null;
  /** Path of the refund, once the service has returned it. */
  readonly location?: string;
}

/** The storage holds a value that cannot be read; it may have been a request. */
export const UNREADABLE = 'unreadable';
export type Kept = KeptRequest | typeof UNREADABLE | undefined;

export type WhyAsked = 'unanswered' | 'old' | 'another_subject' | 'unreadable';

export interface Caller {
  readonly subject: string | null;
  readonly nowMs: number;
  /** The customer has seen the kept request and confirmed it. */
  readonly confirmed: boolean;
}

export type Claim =
  | { readonly kind: 'begin' | 'go_on' | 'busy'; readonly kept: KeptRequest }
  | { readonly kind: 'ask'; readonly why: WhyAsked; readonly kept: KeptRequest | undefined };

/** Age from which a kept request is sent again only after confirmation. */
const ASK_AFTER_MS = 600_000;

/** Undefined: the request is recent and the caller's own. A time in the future means that the clock was changed. */
export function whyAsk(
  { subject, time }: KeptRequest,
  caller: Omit<Caller, 'confirmed'>,
): 'another_subject' | 'old' | undefined {
  if (subject === null || subject !== caller.subject) return 'another_subject';
  const ageMs = caller.nowMs - time;
  return ageMs >= 0 && ageMs < ASK_AFTER_MS ? undefined : 'old';
}

/** What a press may do when an earlier request is kept. Pure. */
function claimFor(kept: Kept, requested: RequestedRefund, caller: Caller): Claim | 'begin' {
  if (kept === undefined) return 'begin';
  if (kept === UNREADABLE) {
    return caller.confirmed ? 'begin' : { kind: 'ask', why: UNREADABLE, kept: undefined };
  }
  if (!isSameRefund(kept, requested)) return { kind: 'busy', kept };
  const why = whyAsk(kept, caller);
  // Always reuse the key: the service finds an earlier arrival by it, and keeps the keys of different callers apart.
  return caller.confirmed || why === undefined ? { kind: 'go_on', kept } : { kind: 'ask', why, kept };
}

type Place = NonNullable<RefundClientOptions['storage']>;

const NAME = 'iamport-refunds:';
/** A tab holds the lock only briefly; a frozen tab that holds it must not block the others. */
const LONGEST_TURN_MS = 2_000;
/** Time after which the other tabs see a tab's write. */
const SEEN_AFTER_MS = 120;

/** Keeps one request per order in the browser's storage, or in memory if the storage fails. */
export class KeptRequests {
  readonly #place: Place | undefined;
  readonly #locks: RefundClientOptions['locks'];
  /** Only requests that the storage refused: another tab may end a stored one, and this tab must then forget it, too. */
  readonly #memory = new Map<string, KeptRequest>();
  /** Keys whose request was not sent, with the body: an equal request reuses the key. */
  readonly #unsent = new Map<string, { readonly key: string; readonly body: string }>();

  constructor({ storage, locks }: Pick<RefundClientOptions, 'storage' | 'locks'>) {
    this.#place = storage ?? quietly(() => globalThis.localStorage);
    this.#locks = locks ?? (globalThis as { readonly navigator?: Partial<Navigator> }).navigator?.locks;
  }

  of(order: string): Kept {
    const held = this.#memory.get(order);
    if (held !== undefined) return held;
    const text = quietly(() => this.#place?.getItem(NAME + order));
    return typeof text === 'string' ? parsed(text, order) : undefined;
  }

  keep(kept: KeptRequest): void {
    const { merchant_uid: order } = kept;
    const text = JSON.stringify(kept);
    quietly(() => this.#place?.setItem(NAME + order, text));
    if (quietly(() => this.#place?.getItem(NAME + order)) === text) this.#memory.delete(order);
    else this.#memory.set(order, kept);
  }

  /** Removes only this request: another tab may already have begun the next one. */
  end(request: KeptRequest): void {
    if (this.#isKept(request)) this.drop(request.merchant_uid);
  }

  endUnsent(request: KeptRequest, body: CancelRequest): void {
    this.end(request);
    this.#unsent.set(request.merchant_uid, { key: request.key, body: JSON.stringify(body) });
  }

  drop(order: string): void {
    this.#memory.delete(order);
    quietly(() => this.#place?.removeItem(NAME + order));
  }

  /**
   * The key of a press. Two tabs that press at once must use one key, so they use a lock. Without locks, the tab writes its
   * request, waits, and then uses the request that was written last.
   */
  async claim(request: CancelRequest, caller: Caller): Promise<Claim> {
    const { merchant_uid: order } = request;
    const turn = await this.#inTurn(order, () => this.#take(request, caller));
    if (turn !== undefined) return turn;
    const first = this.#take(request, caller);
    if (first.kind !== 'begin') return first;
    await sleep(SEEN_AFTER_MS);
    if (this.#isKept(first.kept)) return first;
    const kept = this.of(order);
    // Another tab has ended it, or the value became unreadable: it may have been an equal request.
    if (kept === undefined || kept === UNREADABLE) {
      return { kind: 'ask', why: 'unanswered', kept: first.kept };
    }
    return this.#take(request, { ...caller, confirmed: false });
  }

  #isKept({ merchant_uid: order, key }: KeptRequest): boolean {
    const kept = this.of(order);
    return kept !== undefined && kept !== UNREADABLE && kept.key === key;
  }

  #take(request: CancelRequest, caller: Caller): Claim {
    const requested = requestedIn(request);
    const { subject, nowMs: time } = caller;
    const claim = claimFor(this.of(requested.merchant_uid), requested, caller);
    if (claim !== 'begin' && (claim.kind !== 'go_on' || claim.kept.subject === subject)) return claim;
    // A request that another caller confirms belongs to that caller from now on.
    const known = claim === 'begin' ? { ...requested, key: this.#keyFor(request) } : claim.kept;
    const kept = { ...known, time, subject };
    this.keep(kept);
    return { kind: claim === 'begin' ? 'begin' : 'go_on', kept };
  }

  #keyFor(request: CancelRequest): string {
    const unsent = this.#unsent.get(request.merchant_uid);
    this.#unsent.delete(request.merchant_uid);
    return unsent?.body === JSON.stringify(request) ? unsent.key : newKey();
  }

  /** Undefined: no lock was granted, or the page has no locks (insecure page, old browser). */
  async #inTurn(order: string, take: () => Claim): Promise<Claim | undefined> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), LONGEST_TURN_MS);
    try {
      return await this.#locks?.request(NAME + order, { signal: giveUp.signal }, take);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A full, blocked or missing storage throws; this must not prevent a refund. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** 128 bits. On an insecure page (http with a host name) `crypto.randomUUID` is missing, but getRandomValues exists. */
function newKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Other scripts may write to the storage, so its content is validated. */
function parsed(text: string, order: string): Kept {
  const value = quietly(() => JSON.parse(text) as unknown);
  return isKeptRequest(value) && value.merchant_uid === order ? value : UNREADABLE;
}

function isKeptRequest(value: unknown): value is KeptRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { key, merchant_uid, imp_uid, amount, time, subject, location } = value as Readonly<
    Record<keyof KeptRequest, unknown>
  >;
  return (
    typeof key === 'string' &&
    /^[\x21-\x7e]{1,255}$/.test(key) &&
    typeof merchant_uid === 'string' &&
    (imp_uid === null || typeof imp_uid === 'string') &&
    (amount === null || Number.isFinite(amount)) &&
    Number.isFinite(time) &&
    (subject === null || typeof subject === 'string') &&
    (location === undefined || (typeof location === 'string' && isRefundPath(location)))
  );
}
