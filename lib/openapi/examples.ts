import { readBody } from '../../functions/http/body.ts';
import { listedJson } from '../../functions/http/listed.ts';
import { invalidRequest } from '../../functions/http/problem.ts';
import { standingEvent } from '../../functions/http/refund-events.ts';
import {
  paymentJson,
  paymentsJson,
  refundableJson,
  refundJson,
  type Viewer,
} from '../../functions/http/representation.ts';
import { cancelRules } from '../../functions/http/schemas.ts';
import type { Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment } from '../../functions/refund/payment.ts';
import type { CancelledRefund, RequestedRefund } from '../../functions/refund/refund.ts';

/** All examples are about one refund, and are made by the functions that make the service's answers. */

const won = (amount: number) => amount as Minor;
const AT_MS = 1_782_900_000_000;
const KEY = { merchantUid: 'ORD-1', impUid: 'imp_123456789012', currency: 'KRW' } as const;
const REFUND_ID = 'rf_4h7q0x9v2m5t8c1b6n3k0p7d';

const ENTRY: CancelEntry = {
  amount: won(2_000),
  cancelledAtMs: AT_MS + 1_000,
  reason: `[${REFUND_ID}] size`,
  receiptUrl: 'https://receipt.example/2',
  cancellationId: '06JC8FVHJTW2WY16FEY0',
  pgTid: 'StdpayCARDexample',
};

const UNTOUCHED: Payment = {
  ...KEY,
  status: 'paid',
  isPaid: true,
  payMethod: 'card',
  pgProvider: 'html5_inicis',
  amount: won(10_000),
  cancelAmount: won(0),
  paidAtMs: AT_MS - 100_000_000,
  lookedAtMs: AT_MS,
  receiptUrl: 'https://receipt.example/1',
  cancelHistory: [],
  hasPromotion: false,
  isSandbox: false,
};

const PAYMENT: Payment = {
  ...UNTOUCHED,
  status: 'cancelled',
  cancelAmount: won(2_000),
  cancelledAtMs: AT_MS + 1_000,
  cancelReason: `[${REFUND_ID}] size`,
  cancelHistory: [ENTRY],
};

const REQUESTED: RequestedRefund = {
  ...KEY,
  status: 'requested',
  refundId: REFUND_ID,
  gen: 1,
  amount: won(2_000),
  checksum: won(10_000),
  cancelledBefore: won(0),
  wish: '',
  passedOn: {},
  reason: 'size',
  reference: 'RETURN-17',
  actor: { kind: 'customer', sub: 'customer-1' },
  requestedAtMs: AT_MS,
  claimedAtMs: AT_MS,
  resolveAtMs: AT_MS,
};

const CANCELLED: CancelledRefund = {
  ...REQUESTED,
  status: 'cancelled',
  finishedAtMs: AT_MS + 2_000,
  decidedBy: 'answer',
  revision: 0,
  attribution: 'tag',
  entries: [ENTRY],
  cancelledAtMs: AT_MS + 1_000,
  corrected: false,
  paymentAfter: { cancelAmount: won(2_000), cancelableAmount: won(8_000) },
};

const CUSTOMER: Viewer = { actor: REQUESTED.actor, nowMs: AT_MS + 2_000, quietPeriodMs: 180_000 };
const STAFF: Viewer = { ...CUSTOMER, actor: { kind: 'staff', sub: 'staff-1' } };

const refund = refundJson(CANCELLED, PAYMENT, CUSTOMER);
const misnamed = readBody({ body: '{"merchant_uid":"ORD-1","amount":2000}' }, cancelRules);

export const EXAMPLES = {
  request: { merchant_uid: 'ORD-1', cancel_request_amount: 2_000, reason: 'size', reference: 'RETURN-17' },
  cancelled: { ...paymentJson(PAYMENT), refund },
  unknown: { ...paymentJson(UNTOUCHED), refund: refundJson(REQUESTED, UNTOUCHED, CUSTOMER) },
  payment: {
    ...paymentJson(PAYMENT),
    refunds: [refund],
    refunds_before: null,
    refundable: refundableJson(PAYMENT, CUSTOMER),
    payments: paymentsJson({ merchantUid: KEY.merchantUid, payments: [PAYMENT] }, STAFF),
  },
  closing: {
    verdict: 'not_executed',
    evidence: 'The PG has no such cancel and will not book one any more (call of 25 November, ticket 4711).',
  },
  list: { refunds: [listedJson(CANCELLED, STAFF)], next: null },
  acknowledging: { note: 'The PG has undone it by mistake and repeats it tomorrow (ticket 4712).' },
  webhook: { imp_uid: KEY.impUid, merchant_uid: KEY.merchantUid, status: 'cancelled' },
  event: { ...standingEvent(CANCELLED), time: new Date(AT_MS + 2_000).toISOString() },
  problem: JSON.parse(invalidRequest(misnamed.ok ? [] : misnamed.errors, 'en').body ?? '') as unknown,
} as const;
