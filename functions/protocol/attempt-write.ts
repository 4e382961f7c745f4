import type { Order } from '../refund/order.ts';
import type { Payment } from '../refund/payment.ts';
import type { Surroundings } from './ports.ts';
import { StoreError } from './store-error.ts';
import { keyOf, type Write } from './write.ts';

/**
 * What is known after a conditional write. `not_applied`: its condition did not hold when it was tried last, which says
 * nothing of an earlier try of the SDK's; the item as it is now tells. `unclear`: applied, or not, or still to come.
 */
export type Attempted =
  | { readonly kind: 'applied'; readonly payment: Payment }
  /** `payment` is undefined where the item is gone or cannot be read. */
  | { readonly kind: 'not_applied'; readonly payment: Payment | undefined; readonly order: Order }
  | { readonly kind: 'unclear' }
  /** The service itself refused the first and only try. */
  | { readonly kind: 'refused'; readonly error: StoreError };

/**
 * Makes one conditional write. The SDK sends a write again when its answer is lost; the second try then fails on the
 * condition that the first one fulfilled. So a condition that failed is never an answer by itself: the item is read. An
 * error of that read is not an error of the write: the write stays unclear.
 */
export async function attemptWrite(write: Write, world: Surroundings): Promise<Attempted> {
  const { merchantUid, impUid } = keyOf(write);
  try {
    const after = await world.store.write(write);
    if (after !== 'condition_failed') return { kind: 'applied', payment: after };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    tell(write, error, world);
    return error.mayHaveBeenApplied ? { kind: 'unclear' } : { kind: 'refused', error };
  }
  world.report({ event: 'conflict', write: write.kind, merchantUid, impUid });
  try {
    const order = await world.store.order(merchantUid);
    return { kind: 'not_applied', order, payment: order.payments.find((each) => each.impUid === impUid) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    tell(write, error, world);
    return { kind: 'unclear' };
  }
}

function tell(write: Write, error: StoreError, world: Surroundings): void {
  const { merchantUid, impUid } = keyOf(write);
  world.report({ event: 'store_failed', during: write.kind, cause: error.message, merchantUid, impUid });
}

/** The payment as the table has it after a write, applied or not. Undefined: the item is gone, or nothing is known. */
export function knownAfter(attempted: Attempted): Payment | undefined {
  return attempted.kind === 'applied' || attempted.kind === 'not_applied' ? attempted.payment : undefined;
}

/** The payment as far as it is known after a write that nothing depends on. */
export function paymentAfter(attempted: Attempted, before: Payment): Payment {
  return knownAfter(attempted) ?? before;
}
