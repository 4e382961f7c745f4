import { tagOf } from '../../../functions/refund/attribution.ts';
import { fromDecimal, isMinor, sum, type Minor } from '../../../functions/refund/money.ts';
import type {
  CancelEntry,
  CancelledRefund,
  FinalRefund,
  Payment,
  PendingRefund,
  ProviderPayment,
  RejectedRefund,
} from '../../../functions/refund/payment.ts';

/** Noon in Seoul. */
export const NOW = Date.parse('2026-02-15T03:00:00Z');
export const PAID_AT = NOW - 86_400_000;

export function won(amount: number): Minor {
  const minor = fromDecimal(amount, 'KRW');
  if (!isMinor(minor)) throw new Error(`${amount} is ${minor}`);
  return minor;
}

/** A refund id as the service makes them: a name of 24 characters of its alphabet. */
export function refundId(name: string): string {
  return `rf_${name.padEnd(24, '0')}`;
}

export function entry(amount: number, fields: Partial<CancelEntry> = {}): CancelEntry {
  return { amount: won(amount), cancelledAtMs: NOW - 3_600_000, ...fields };
}

export function tagged(amount: number, id: string, fields: Partial<CancelEntry> = {}): CancelEntry {
  return entry(amount, { reason: `${tagOf(id)} 단순 변심`, ...fields });
}

/** 10,000 won, of which the history shows what has gone back. */
export function listed(
  impUid: string,
  cancelHistory: readonly CancelEntry[] = [],
  fields: Partial<ProviderPayment> = {},
): ProviderPayment {
  return {
    impUid,
    merchantUid: `order_${impUid}`,
    status: cancelHistory.length === 0 ? 'paid' : 'cancelled',
    currency: 'KRW',
    amount: won(10_000),
    cancelAmount: sum(cancelHistory.map(({ amount }) => amount)),
    paidAtMs: PAID_AT,
    cancelHistory,
    ...fields,
  };
}

export function held(provider: ProviderPayment, fields: Partial<Payment> = {}): Payment {
  return {
    ...provider,
    completeness: 'complete',
    refunds: new Map(),
    seq: 0,
    stored: { bytes: 0, hasRecords: true },
    ...fields,
  };
}

export function records(...refunds: readonly FinalRefund[]): ReadonlyMap<string, FinalRefund> {
  return new Map(refunds.map((refund) => [refund.refundId, refund]));
}

function intent(id: string, amount: number) {
  return {
    refundId: id,
    amount: won(amount),
    checksum: won(10_000),
    passedOn: {},
    actor: { kind: 'customer', sub: 'customer' },
    requestedAtMs: NOW - 7_200_000,
    seq: 1,
    attempt: 1,
    attempts: [],
  } as const;
}

const ended = { finishedAtMs: NOW - 7_000_000, decidedBy: 'answer' } as const;

export function cancelled(
  id: string,
  amount: number,
  fields: Partial<CancelledRefund> = {},
): CancelledRefund {
  return {
    ...intent(id, amount),
    ...ended,
    status: 'cancelled',
    attribution: 'tag',
    corrected: false,
    ...fields,
  };
}

export function rejected(id: string, amount: number): RejectedRefund {
  return { ...intent(id, amount), ...ended, status: 'rejected', rejection: { code: 'NOT_EXECUTED' } };
}

/** Two hours old: no rule has settled it. */
export function pending(id: string, amount: number, fields: Partial<PendingRefund> = {}): PendingRefund {
  return {
    ...intent(id, amount),
    claimId: 'claim',
    claimedAtMs: NOW - 7_200_000,
    accepted: false,
    checks: 3,
    resolveAtMs: NOW,
    ...fields,
  };
}
