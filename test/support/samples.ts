import { paymentFromItem } from '../../functions/payments-store/payment-item.ts';
import { fromDecimal, isMinor, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment, PendingRefund, ProviderPayment } from '../../functions/refund/payment.ts';
import { shopItem, type Item } from './memory-store.ts';

export function won(amount: number): Minor {
  const minor = fromDecimal(amount, 'KRW');
  if (!isMinor(minor)) throw new Error(`Bug: ${amount} is no amount in won`);
  return minor;
}

export const ORDER = 'sample';
export const REFUND_ID = 'rf_0123456789abcdefghjkmnpq';
export const OTHER_REFUND_ID = 'rf_zzzzzzzzzzzzzzzzzzzzzzzz';

/** 15 January 2026, nine in the morning in Seoul: no rule of months gets in the way. */
export const MORNING_MS = Date.UTC(2026, 0, 15);

export function samplePayment(fields: Item = {}): Payment {
  return paymentFromItem(shopItem(ORDER, fields));
}

export function samplePending(fields: Partial<PendingRefund> = {}): PendingRefund {
  return {
    refundId: REFUND_ID,
    claimId: 'claim-1',
    seq: 1,
    amount: won(1_000),
    checksum: won(10_000),
    passedOn: {},
    actor: { kind: 'customer', sub: 'customer' },
    requestedAtMs: MORNING_MS,
    attempt: 1,
    claimedAtMs: MORNING_MS,
    accepted: false,
    checks: 0,
    resolveAtMs: MORNING_MS + 30_000,
    attempts: [{ attempt: 1, sentAtMs: MORNING_MS }],
    ...fields,
  };
}

/** The payment as the provider holds it, with these entries in its history; R is their sum unless it is given. */
export function sampleProvider(
  entries: readonly (Omit<Partial<CancelEntry>, 'amount'> & { readonly amount: number })[] = [],
  fields: Partial<ProviderPayment> = {},
): ProviderPayment {
  const cancelHistory = entries.map((entry, index) => ({
    cancellationId: `C${index + 1}`,
    cancelledAtMs: MORNING_MS + 1_000,
    ...entry,
    amount: won(entry.amount),
  }));
  const { merchantUid, impUid, currency, amount } = samplePayment();
  return {
    merchantUid,
    impUid,
    currency,
    amount,
    status: entries.length === 0 ? 'paid' : 'cancelled',
    cancelAmount: won(entries.reduce((sum, entry) => sum + entry.amount, 0)),
    cancelHistory,
    ...fields,
  };
}
