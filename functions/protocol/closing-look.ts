import { assertNever } from '../refund/assert-never.ts';
import { isForPeople } from '../refund/closing.ts';
import type { Payment, PendingRefund, ProviderPayment } from '../refund/payment.ts';
import { ANSWER_RESERVE_MS, READ_BACK_TIMEOUT_MS } from '../refund/times.ts';
import { unavailable } from './find.ts';
import type { LookUp, Surroundings } from './ports.ts';

export interface Looked {
  readonly kind: 'looked';
  /** Undefined: the provider does not know the payment, or nobody can read what it says of it. */
  readonly provider: ProviderPayment | undefined;
}

/** Row 10: what people judge against is read anew. Without it nothing is closed. */
export async function lookForClosing(
  { payment, pending }: { readonly payment: Payment; readonly pending: PendingRefund },
  deadlineMs: number,
  world: Surroundings,
): Promise<Looked | ReturnType<typeof unavailable>> {
  const look = await readBack(payment, deadlineMs, world);
  switch (look.kind) {
    case 'found':
      return { kind: 'looked', provider: look.payment };
    case 'missing':
      return { kind: 'looked', provider: undefined };
    case 'failed':
      return isForPeople(payment, pending, look.unreadable)
        ? { kind: 'looked', provider: undefined }
        : unavailable(payment, look.cause, world);
    default:
      return assertNever(look);
  }
}

async function readBack({ impUid }: Payment, deadlineMs: number, world: Surroundings): Promise<LookUp> {
  const timeoutMs = Math.min(READ_BACK_TIMEOUT_MS, deadlineMs - world.now() - ANSWER_RESERVE_MS);
  return timeoutMs > 0
    ? world.gateway.payment(impUid, timeoutMs)
    : { kind: 'failed', cause: 'no time left to read the payment back' };
}
