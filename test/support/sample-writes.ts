import { paymentFromItem } from '../../functions/payments-store/item.ts';
import type { CancelledRefund, PendingRefund } from '../../functions/refund/payment.ts';
import type { Write } from '../../functions/protocol/write.ts';
import { shopItem } from './memory-store.ts';
import { ModelProvider, won } from './model-provider.ts';

export const ORDER = 'sample';
export const REFUND_ID = 'rf_sample';

export const samplePayment = paymentFromItem(shopItem(ORDER));

export const samplePending: PendingRefund = {
  refundId: REFUND_ID,
  claimId: 'claim-1',
  amount: won(1_000),
  checksum: won(10_000),
  actor: { kind: 'customer', sub: 'customer' },
  requestedAtMs: 1_000,
  attempt: 1,
  claimedAtMs: 1_000,
  accepted: false,
  checks: 0,
  resolveAtMs: 31_000,
  attempts: [{ attempt: 1, sentAtMs: 1_000 }],
  account: { holder: 'HOLDER', bank: '004', account: '110123', tel: '010' },
};

export const sampleRefund: CancelledRefund = {
  refundId: REFUND_ID,
  amount: won(1_000),
  checksum: won(10_000),
  actor: samplePending.actor,
  requestedAtMs: 1_000,
  attempt: 1,
  attempts: samplePending.attempts,
  status: 'cancelled',
  attribution: 'tag',
  decidedBy: 'answer',
  finishedAtMs: 2_000,
  corrected: false,
};

export function sampleProvider() {
  const provider = new ModelProvider(ORDER, 10_000);
  provider.consoleCancel(1_000);
  return provider.snapshot();
}

/** One write of every kind, for tests that go through all of them. */
export function sampleWrites(): readonly Write[] {
  const [payment, provider, claimId] = [samplePayment, sampleProvider(), samplePending.claimId];
  const next = { ...samplePending, attempt: 2, claimId: 'claim-2' };
  return [
    { kind: 'claim', payment, pending: samplePending },
    { kind: 'finish', payment, provider, refund: sampleRefund, keepBalance: false },
    { kind: 'reject_attempt', payment, refund: sampleRefund, claimId },
    { kind: 'release', payment, claimId },
    { kind: 'reattempt', payment, claimId, pending: next },
    { kind: 'note', payment, pending: samplePending },
    { kind: 'defer', payment, claimId, checks: 0, resolveAtMs: 40_000 },
    { kind: 'book', payment, provider },
    { kind: 'correct', payment, refund: sampleRefund },
    { kind: 'insert', provider },
    { kind: 'refresh', payment, provider },
  ];
}
