/**
 * Nothing of a request has left: there never was a connection for it. `cause` says why. Whoever sends throws this only where it
 * knows, because a cancel that fails like this may be made again; any other failure leaves it in doubt.
 */
export class NotSent extends Error {
  override readonly name = 'NotSent';

  constructor(cause: unknown) {
    super('nothing was sent', { cause });
  }
}

/** What one request is sent with. */
export interface SendOptions extends RequestInit {
  /** Epoch ms after which it must not go out any more: making the connection takes its time, too. @default never */
  readonly sendBeforeMs?: number | undefined;
}

/** `fetch`, which may know when a request is too late to be sent. */
export type Send = (request: Request | URL | string, options?: SendOptions) => Promise<Response>;
