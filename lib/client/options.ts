import type { Language } from './messages.ts';

/** Of one page: times of the wall decide when to ask, the steady one what may be said. Both in milliseconds. */
export interface PageClock {
  readonly wallMs: () => number;
  /** Only goes on, whatever somebody does to the clock of the machine. */
  readonly steadyMs: () => number;
}

export interface RefundClientOptions {
  /** Address of the API, without a trailing slash. @default the page's own */
  readonly baseUrl?: string;
  /** `renew`: the last token was refused (401), so a kept one is of no use. Asked for once a request. */
  readonly getToken: (ask: { readonly renew: boolean }) => string | Promise<string>;
  /** Who the token speaks for. @default `sub` of the token, when it is a JWT */
  readonly subjectOf?: (token: string) => string | undefined;
  /**
   * Where a wish waits out a reload: key, order, imp_uid, amount, time and subject, and the refund's id once the service has
   * told it. Never a reason, an account or a token.
   * @default localStorage, or memory where a page may not store anything
   */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Lets two tabs take turns. @default navigator.locks, or care with the storage where a page has none */
  readonly locks?: Pick<LockManager, 'request'>;
  readonly fetch?: typeof globalThis.fetch;
  /** Waits, in milliseconds. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly clock?: PageClock;
  /** Of messages, the service's own too. @default 'ko' */
  readonly language?: Language;
  /** Seconds after which a wish is asked about before it is sent again. @default 600 */
  readonly askAfterSeconds?: number;
  /** The service's own `quietPeriodSeconds` (G of the protocol). @default 180 */
  readonly quietPeriodSeconds?: number;
}

export interface Following {
  /** Called with words for the person who waits, each time something is known. */
  readonly onProgress?: (message: string) => void;
  /** Stops following, not the refund: `resume` finds it again. */
  readonly signal?: AbortSignal;
}

export function goesOn({ signal }: Following): boolean {
  return signal?.aborted !== true;
}

/** A mistake of the page's own must not end the following of a refund; it is reported as one that nobody caught. */
export function tell({ onProgress }: Following, message: string): void {
  try {
    onProgress?.(message);
  } catch (error) {
    const { reportError } = globalThis as { readonly reportError?: (error: unknown) => void };
    reportError?.(error);
  }
}
