import type { HttpEvent, HttpResult } from '../../../functions/http/http-handler.ts';
import type { Surroundings } from '../../../functions/protocol/ports.ts';
import type { Minor } from '../../../functions/refund/money.ts';
import type { Order } from '../../../functions/refund/order.ts';
import type {
  CancelledRefund,
  NotExecutedRefund,
  Payment,
  PendingRefund,
  RejectedRefund,
} from '../../../functions/refund/payment.ts';

export const minor = (amount: number) => amount as Minor;

const NOW_MS = 1_782_900_000_000;

const intent = {
  amount: minor(1_420),
  checksum: minor(10_000),
  passedOn: {},
  actor: { kind: 'customer', sub: 'customer-1' },
  requestedAtMs: NOW_MS,
  seq: 1,
  attempt: 1,
} as const;

const ended = { ...intent, attempts: [], finishedAtMs: NOW_MS + 1_000, decidedBy: 'answer' } as const;

export const cancelled: CancelledRefund = {
  ...ended,
  refundId: 'rf_cancelled',
  status: 'cancelled',
  attribution: 'tag',
  cancellationId: 'c-1',
  receiptUrl: 'https://receipt.example/1',
  cancelledAtMs: NOW_MS + 500,
  corrected: false,
};

export const rejected: RejectedRefund = {
  ...ended,
  refundId: 'rf_rejected',
  status: 'rejected',
  rejection: {
    code: 'CANCEL_REJECTED',
    provider: { code: -1, message: '[8178] 취소 금액보다 상계가능 정산금액 부족' },
  },
};

export const notExecuted: NotExecutedRefund = {
  ...ended,
  refundId: 'rf_not_executed',
  status: 'not_executed',
  cause: 'refused',
};

export const closed: RejectedRefund = {
  ...rejected,
  refundId: 'rf_closed',
  rejection: { code: 'NOT_EXECUTED' },
  decidedBy: 'people',
  closing: {
    verdict: 'not_executed',
    evidence: 'the PG says so',
    proposedBy: 'staff-1',
    proposedAtMs: NOW_MS,
    approvedBy: 'staff-2',
  },
};

export const pending: PendingRefund = {
  ...intent,
  refundId: 'rf_pending',
  claimId: 'claim',
  claimedAtMs: NOW_MS,
  accepted: false,
  checks: 0,
  resolveAtMs: NOW_MS,
  attempts: [],
  doubt: { why: 'the request may still be executed' },
  proposal: {
    verdict: 'executed',
    cancellationId: 'c-1',
    evidence: 'seen at the PG',
    proposedBy: 'staff-1',
    proposedAtMs: NOW_MS,
  },
};

export const payment: Payment = {
  merchantUid: 'ORD-1',
  impUid: 'imp_1',
  status: 'cancelled',
  payMethod: 'vbank',
  pgProvider: 'nice_v2',
  currency: 'USD',
  amount: minor(10_000),
  cancelAmount: minor(1_420),
  paidAtMs: NOW_MS,
  cancelHistory: [{ amount: minor(1_420), cancelledAtMs: NOW_MS, reason: '[rf_cancelled]' }],
  customerId: 'customer-1',
  completeness: 'complete',
  stored: { bytes: 0, hasRecords: true },
  refunds: new Map([cancelled, rejected, notExecuted, closed].map((refund) => [refund.refundId, refund])),
  seq: 4,
};

export const order: Order = {
  merchantUid: 'ORD-1',
  payments: [payment, { ...payment, impUid: 'imp_2', customerId: 'somebody-else' }],
  unreadable: [],
};

export const customer = {
  actor: { kind: 'customer', sub: 'customer-1' },
  nowMs: NOW_MS,
  quietPeriodMs: 180_000,
} as const;
export const staff = { ...customer, actor: { kind: 'staff', sub: 'staff-9' } } as const;

/** A world in which whatever is asked of it is a mistake, but for what is given. */
export function world(
  given: Partial<Surroundings['store'] & Surroundings['gateway']>,
  customersMayRefund = true,
): Surroundings {
  const asked = new Proxy(given, {
    get: (target, name): unknown =>
      Reflect.get(target, name) ??
      (() => {
        throw new Error(`Bug: ${String(name)} was asked`);
      }),
  }) as Surroundings['store'] & Surroundings['gateway'];
  return {
    store: asked,
    gateway: asked,
    settings: {
      quietPeriodMs: 180_000,
      resend: 'safe',
      pgsThatCheckBalance: new Set(),
      pgsThatDropReasons: new Set(),
      importUnknownPayments: false,
      customersMayRefund,
    },
    now: () => NOW_MS,
    newId: () => 'id',
    report: () => undefined,
    until: async () => Promise.resolve(),
  };
}

interface Asked {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly sourceIp?: string;
}

export const STAFF_CLAIMS = { sub: 'staff-9', 'cognito:groups': '[refund-staff]' };

export function eventOf({
  claims = { sub: 'customer-1' },
  headers = {},
  path,
  query,
  body,
  sourceIp,
}: Asked): HttpEvent {
  return {
    headers,
    pathParameters: path,
    queryStringParameters: query,
    body,
    isBase64Encoded: false,
    routeKey: 'TEST /',
    requestContext: { authorizer: { jwt: { claims, scopes: null } }, http: { sourceIp } },
  } as unknown as HttpEvent;
}

export function told(result: HttpResult) {
  const body = JSON.parse(result.body ?? '{}') as Record<string, unknown>;
  return { status: result.statusCode, headers: result.headers ?? {}, body };
}
