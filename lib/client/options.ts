export type Language = 'ko' | 'en';

export interface RefundClientOptions {
  /** Address of the API, without a trailing slash. @default the page's own */
  readonly baseUrl?: string;
  /** `renew`: the last token was refused (401), so get a new one. Set at most once per request. */
  readonly getToken: (ask: { readonly renew: boolean }) => string | Promise<string>;
  /** Language of all messages, including the service's. @default 'ko' */
  readonly language?: Language;
  /**
   * Keeps a request over a page reload: key, order, imp_uid, amount, time, the token's `sub`, and the refund's address once
   * the service has returned it. Never a reason, an account or a token.
   * @default localStorage, or memory if the page may not use it
   */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Locks shared by all tabs. @default navigator.locks; without locks the client waits and reads the storage again */
  readonly locks?: Pick<LockManager, 'request'>;
  readonly fetch?: typeof globalThis.fetch;
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
  /** Waits, in milliseconds. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface Following {
  /** Called with a message for the customer whenever there is news. */
  readonly onProgress?: (message: string) => void;
  /** Stops following the refund, but does not stop the refund itself: `resume` finds it again. */
  readonly signal?: AbortSignal;
}

export function isStopped({ signal }: Following): boolean {
  return signal?.aborted === true;
}

/** Waits until the time (ms) is over or the signal aborts. Never throws. */
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
