export type Language = 'ko' | 'en';

export interface RefundClientOptions {
  /** Address of the API, without a trailing slash. @default the page's own */
  readonly baseUrl?: string;
  /** `renew`: the last token was refused (401), so a kept one is of no use. Asked for once a request. */
  readonly getToken: (ask: { readonly renew: boolean }) => string | Promise<string>;
  /** Of messages, the service's own too. @default 'ko' */
  readonly language?: Language;
  /**
   * Where a request waits out a reload: key, order, imp_uid, amount, time, the token's `sub`, and the refund's address once
   * the service has told it. Never a reason, an account or a token.
   * @default localStorage, or memory where a page may not store anything
   */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Lets two tabs take turns. @default navigator.locks, or a second look at the storage where a page has none */
  readonly locks?: Pick<LockManager, 'request'>;
  readonly fetch?: typeof globalThis.fetch;
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
  /** Waits, in milliseconds. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Seconds after which a kept request is asked about before it is sent again. @default 600 */
  readonly askAfterSeconds?: number;
}

export interface Following {
  /** Called with words for the person who waits, each time something is known. */
  readonly onProgress?: (message: string) => void;
  /** Stops following, not the refund: `resume` finds it again. */
  readonly signal?: AbortSignal;
}

export function isStopped({ signal }: Following): boolean {
  return signal?.aborted === true;
}

/** Until the time (ms) is over or the signal says stop; it never throws. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
