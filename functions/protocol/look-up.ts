import type { Payment, PaymentFacts } from '../refund/payment.ts';
import type { LookUp, Surroundings } from './ports.ts';
import { READ_BACK_TIMEOUT_MS } from '../refund/timing.ts';
import { attemptWrite } from './write-outcomes.ts';

interface Names {
  readonly merchantUid?: string;
  readonly impUid?: string;
}

/** The item of a payment. `imp_uid` wins over `merchant_uid`, as at i'mport, even when it is wrong. */
export async function findItem(
  { merchantUid, impUid }: Names,
  world: Surroundings,
): Promise<Payment | undefined> {
  const named = merchantUid === undefined ? undefined : await world.store.read(merchantUid);
  if (impUid === undefined || named?.impUid === impUid) return named;
  const owner = await world.store.merchantUidOf(impUid);
  const found = owner === undefined ? undefined : await world.store.read(owner);
  return found?.impUid === impUid ? found : undefined;
}

/** Asks i'mport once for a payment that the table lacks, or knows only as not paid. */
export async function askProvider({ merchantUid, impUid }: Names, world: Surroundings): Promise<LookUp> {
  if (impUid !== undefined) return world.gateway.payment(impUid, READ_BACK_TIMEOUT_MS);
  if (merchantUid !== undefined) return world.gateway.find(merchantUid, READ_BACK_TIMEOUT_MS);
  return { kind: 'missing' };
}

/**
 * Brings a payment read from i'mport into the table: a new item, or a fresh state for one that was not paid. An item
 * with a paid payment is never replaced here; what the provider cancelled of it goes through `bookFromProvider`.
 */
export async function importPayment(
  provider: PaymentFacts,
  world: Surroundings,
): Promise<Payment | undefined> {
  const { merchantUid } = provider;
  const existing = await world.store.read(merchantUid);
  if (existing === undefined) {
    const inserted = await attemptWrite({ kind: 'insert', provider }, world);
    world.report({ event: 'imported', merchantUid });
    return inserted;
  }
  if (!isOpenForRefresh(existing)) return existing;
  return attemptWrite({ kind: 'refresh', payment: existing, provider }, world);
}

function isOpenForRefresh(payment: Payment): boolean {
  const settled = payment.status === 'paid' || payment.status === 'cancelled';
  return !settled && payment.pending === undefined && payment.refunds.size === 0;
}
