import type { PaymentKey } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import { StoreError, type Write, type Written } from './write.ts';

/** The result of a write. */
export type Transacted =
  | Written
  /**
   * A conflict with another transaction of the same items, so nothing was applied. Only a claim reports this: it is decided
   * again.
   */
  | { readonly kind: 'conflict' }
  /** The table refused every try: nothing was applied. */
  | { readonly kind: 'unavailable'; readonly error: StoreError }
  /** Applied, or not, or still to arrive. */
  | { readonly kind: 'unclear' };

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Makes one write and repeats it, unchanged and with the same token, until the table answers or the time ends: an unconfirmed
 * write does not count as ours. The token is created here for this write only.
 */
export async function transact(write: Write, untilMs: number, world: Surroundings): Promise<Transacted> {
  const token = world.newId();
  let isUnclear = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      const written = await world.ledger.write(write, token);
      if (written.kind === 'refused')
        world.report({ event: 'conflict', write: write.kind, ...aboutOf(write) });
      return written;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { message: cause } = error;
      world.report({ event: 'store_failed', during: write.kind, cause, ...aboutOf(write) });
      if (!error.isKnownNotApplied) isUnclear = true;
      if (error.isConflict && !isUnclear && write.kind === 'claim') return { kind: 'conflict' };
      if (world.now() + pauseMs >= untilMs) {
        return isUnclear ? { kind: 'unclear' } : { kind: 'unavailable', error };
      }
      await world.until(world.now() + pauseMs);
    }
  }
}

/** The names of a payment, for log lines. */
export function keyOf({ merchantUid, impUid }: PaymentKey): PaymentKey {
  return { merchantUid, impUid };
}

function aboutOf(write: Write): PaymentKey {
  if ('payment' in write) return keyOf(write.payment);
  if ('provider' in write) return keyOf(write.provider);
  return keyOf('refund' in write ? write.refund : write.of);
}
