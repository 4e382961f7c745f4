import { readBody } from '../../functions/http/body.ts';
import { listedJson } from '../../functions/http/listed.ts';
import { invalidRequest, problem, refusalProblem } from '../../functions/http/problem.ts';
import { standingEvent, type EventType } from '../../functions/http/refund-events.ts';
import { findingJson, reportsJson } from '../../functions/http/reports.ts';
import {
  paymentJson,
  paymentsJson,
  refundableJson,
  refundJson,
  type Viewer,
} from '../../functions/http/representation.ts';
import { cancelRules } from '../../functions/http/schemas.ts';
import { EMPTY_REPORT } from '../../functions/protocol/reconciliation-notes.ts';
import { DOUBTS } from '../../functions/refund/doubts.ts';
import type { Finding } from '../../functions/refund/findings.ts';
import type { Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment } from '../../functions/refund/payment.ts';
import type { LedgerItem, NotExecutedRefund, RequestedRefund } from '../../functions/refund/refund.ts';

/** All examples are about one order, and are made by the functions that make the service's answers. */

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

const CLAIMED = {
  ...KEY,
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
} as const;
const ENDED = { ...CLAIMED, finishedAtMs: AT_MS + 2_000, decidedBy: 'answer', revision: 0 } as const;
const NOTHING_BACK = { paymentAfter: { cancelAmount: won(0), cancelableAmount: won(10_000) } };
const AFTER = { paymentAfter: { cancelAmount: won(2_000), cancelableAmount: won(8_000) } };

const CANCELLED = {
  ...ENDED,
  ...AFTER,
  status: 'cancelled',
  attribution: 'tag',
  entries: [ENTRY],
  cancelledAtMs: AT_MS + 1_000,
  corrected: false,
} as const satisfies LedgerItem;

const REQUESTED: RequestedRefund = { ...CLAIMED, status: 'requested', resolveAtMs: AT_MS };

const NOT_EXECUTED: NotExecutedRefund = {
  ...ENDED,
  ...NOTHING_BACK,
  status: 'not_executed',
};

const CLOSING = {
  verdict: 'not_executed',
  evidence: 'The PG has no such cancel and will not book one any more (call of 25 November, ticket 4711).',
} as const;
const PROPOSAL = {
  said: { verdict: CLOSING.verdict },
  evidence: CLOSING.evidence,
  by: { sub: 'staff-1', person: 'jiwoo.kim' },
  atMs: AT_MS + 1_000_000,
};
const IN_DRIFT: RequestedRefund = {
  ...REQUESTED,
  doubt: { why: DOUBTS.asynchronous, cancelAmount: won(0) },
  answer: { atMs: AT_MS + 1_000, text: 'accepted', accepted: true },
  drift: { atMs: AT_MS, ...NOTHING_BACK.paymentAfter },
  proposal: PROPOSAL,
};
const CLOSED: NotExecutedRefund = {
  ...NOT_EXECUTED,
  finishedAtMs: AT_MS + 2_000_000,
  decidedBy: 'people',
  closing: {
    proposal: PROPOSAL,
    approval: {
      evidence: 'Asked the PG again on 26 November: no such cancel, and none will be made.',
      by: { sub: 'staff-2', person: 'minseo.lee' },
      atMs: AT_MS + 2_000_000,
    },
  },
};

/** An item whose change each event tells. */
const CHANGED: Readonly<Record<EventType, LedgerItem>> = {
  'Refund Cancelled': CANCELLED,
  'Refund Rejected': { ...ENDED, ...NOTHING_BACK, status: 'rejected', code: 'CANCEL_REJECTED' },
  'Refund Not Executed': NOT_EXECUTED,
  'Refund Corrected': { ...CANCELLED, corrected: true, revision: 1 },
  'Refund In Drift': IN_DRIFT,
  'Payment Cancelled Elsewhere': {
    ...KEY,
    ...AFTER,
    refundId: 'el_4r8w2q6m0x5c1v9b3n7k2j6h',
    status: 'elsewhere',
    amount: won(2_000),
    entry: { amount: won(2_000) },
    cancelledAtMs: AT_MS + 1_000,
    seenAtMs: AT_MS + 2_000,
    revision: 0,
  },
};

export function eventExample(type: EventType) {
  return { ...standingEvent(CHANGED[type]), time: new Date(AT_MS + 2_000).toISOString() };
}

/** The PG has undone a cancel, and i'mport no longer shows it. */
const FINDING: Finding = {
  ...KEY,
  id: 'fd_9t3k6w1z8r4y0e5a7g2j1m3q',
  kind: 'refundsNotAtProvider',
  digest: '',
  amount: won(2_000),
  refundIds: [REFUND_ID],
};

const ACKNOWLEDGING = {
  note: 'The PG has undone it by mistake and repeats it tomorrow (ticket 4712).',
} as const;

const CUSTOMER: Viewer = { actor: CLAIMED.actor, nowMs: AT_MS + 2_000, quietPeriodMs: 180_000 };
const STAFF: Viewer = { ...CUSTOMER, actor: { kind: 'staff', sub: 'staff-1' }, nowMs: AT_MS + 2_000_000 };

function answer(payment: Payment, refund: LedgerItem, viewer = CUSTOMER) {
  return { ...paymentJson(payment), refund: refundJson(refund, payment, viewer) };
}

function bodyOf({ body }: ReturnType<typeof problem>): unknown {
  return JSON.parse(body ?? '');
}

const misnamed = readBody({ body: '{"merchant_uid":"ORD-1","amount":2000}' }, cancelRules);

export const EXAMPLES = {
  request: { merchant_uid: 'ORD-1', cancel_request_amount: 2_000, reason: 'size', reference: 'RETURN-17' },
  cancelled: answer(PAYMENT, CANCELLED),
  unknown: answer(UNTOUCHED, REQUESTED),
  payment: {
    ...paymentJson(PAYMENT),
    refunds: [refundJson(CANCELLED, PAYMENT, CUSTOMER)],
    refunds_before: null,
    refundable: refundableJson(PAYMENT, CUSTOMER),
    payments: paymentsJson({ merchantUid: KEY.merchantUid, payments: [PAYMENT] }, STAFF),
  },
  closing: CLOSING,
  proposed: answer(UNTOUCHED, IN_DRIFT, STAFF),
  closed: answer(UNTOUCHED, CLOSED, STAFF),
  list: { refunds: [listedJson(CANCELLED, CUSTOMER)], next: null },
  reports: reportsJson({
    reports: [
      {
        window: 'recent',
        fromSeconds: 1_782_892_800,
        toSeconds: 1_782_903_600,
        startedAtMs: 1_782_903_600_000,
        finishedAtMs: 1_782_903_630_000,
        progress: 1,
        report: {
          ...EMPTY_REPORT,
          compared: 1_204,
          booked: 2,
          explained: { KRW: 1_250_000 },
          unexplained: { KRW: 2_000 },
          unexplainedPayments: 1,
          found: { refundsNotAtProvider: 1 },
          findings: [FINDING],
        },
      },
    ],
  }),
  acknowledging: ACKNOWLEDGING,
  acknowledged: {
    finding: findingJson({
      ...FINDING,
      acknowledged: { by: 'b2f5ff47-1c0e-4c2a-9c6b-0d7a3f6e1a11', atMs: 1_782_904_000_000, ...ACKNOWLEDGING },
    }),
  },
  problem: bodyOf(invalidRequest(misnamed.ok ? [] : misnamed.errors, 'en')),
  /** A virtual account at KSNET at night. */
  notAllowed: bodyOf(
    refusalProblem(
      { code: 'REFUND_NOT_ALLOWED', rule: 'ksnet_vbank_night', possibleFromMs: 1_782_939_600_000 },
      'en',
      CUSTOMER,
    ),
  ),
  throttled: bodyOf(problem('TOO_MANY_REFUNDS', 'ko')),
  webhook: { imp_uid: KEY.impUid, merchant_uid: KEY.merchantUid, status: 'cancelled' },
} as const;
