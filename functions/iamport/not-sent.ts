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
