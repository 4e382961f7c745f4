import type { HttpEvent, HttpResult } from '../../../functions/http/http-handler.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Surroundings } from '../../../functions/protocol/ports.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import type { Minor } from '../../../functions/refund/money.ts';
import type { Order } from '../../../functions/refund/order.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import * as samples from '../../support/ledger-samples.ts';
import { ListedWorld } from '../../support/listed-world.ts';

export const minor = (amount: number) => amount as Minor;

/** 1 July 2026, a Wednesday in Korea. */
export const NOW_MS = 1_782_900_000_000;
export const SECOND = 1000;
/** A deadline. */
export const SOON_MS = NOW_MS + 28_000;
const KEY = { merchantUid: 'ORD-1', impUid: 'imp_1', currency: 'USD' } as const;

const claimed = {
  ...KEY,
  amount: minor(1_420),
  reason: 'size',
  reference: 'RETURN-17',
  actor: { kind: 'customer', sub: 'customer-1' },
  requestedAtMs: NOW_MS,
  claimedAtMs: NOW_MS,
} as const;
const ended = { ...claimed, finishedAtMs: NOW_MS + SECOND } as const;

export const cancelled = samples.cancelled({
  ...ended,
  refundId: 'rf_cancelled',
  decidedBy: 'answer',
  entries: [
    {
      amount: minor(1_420),
      cancelledAtMs: NOW_MS + 500,
      cancellationId: 'c-1',
      receiptUrl: 'https://receipt.example/1',
    },
  ],
  cancelledAtMs: NOW_MS + 500,
});

export const rejected = samples.rejected({
  ...ended,
  refundId: 'rf_rejected',
  decidedBy: 'answer',
  answer: samples.refusedWith('[8178] 취소 금액보다 상계가능 정산금액 부족'),
});

export const notExecuted = samples.notExecuted({ ...ended, refundId: 'rf_not_executed' });

export const alreadyCancelled = samples.notExecuted({
  ...notExecuted,
  answer: samples.refusedWith('[500626|기 취소 거래]', { meaning: 'already_cancelled' }),
});

export const closed = samples.notExecuted({
  ...ended,
  refundId: 'rf_closed',
  decidedBy: 'people',
  closing: samples.closedBy({ verdict: 'not_executed' }),
});

export const undone = {
  ...cancelled,
  refundId: 'rf_undone',
  undone: samples.closedBy({ verdict: 'undone' }),
};

export const requested = samples.requested({
  ...claimed,
  refundId: 'rf_requested',
  resolveAtMs: NOW_MS,
  doubt: { why: DOUBTS.couldBeOurs, cancelAmount: minor(1_420) },
  answer: {
    atMs: NOW_MS,
    text: 'refused: code -1',
    refusal: { code: -1, message: '취소 진행중 거래' },
    meaning: 'under_way',
  },
  unreadableSinceMs: NOW_MS,
  proposal: samples.proposed({
    said: {
      verdict: 'executed',
      entries: [{ cancellationId: 'c-1' }, { cancelledAtMs: NOW_MS + SECOND, amount: minor(420) }],
    },
    atMs: NOW_MS,
  }),
});

export const notSent = samples.notSent({ ...ended, refundId: 'rf_not_sent' });

export const elsewhere = samples.elsewhere({
  ...KEY,
  refundId: 'el_console',
  amount: minor(500),
  entry: { amount: minor(500), cancelledAtMs: NOW_MS, reason: '관리자페이지취소', cancellationId: 'c-9' },
  cancelledAtMs: NOW_MS,
  seenAtMs: NOW_MS + SECOND,
});

export const attributed = {
  ...elsewhere,
  refundId: 'el_ours',
  status: 'attributed',
  attributedTo: 'rf_cancelled',
} as const;

export const payment = samples.thePayment({
  ...KEY,
  status: 'cancelled',
  payMethod: 'vbank',
  pgProvider: 'nice_v2',
  cancelAmount: minor(1_420),
  paidAtMs: NOW_MS,
  cancelHistory: [{ amount: minor(1_420), cancelledAtMs: NOW_MS, reason: '[rf_cancelled]' }],
  customerId: 'customer-1',
});

export const order: Order = {
  merchantUid: 'ORD-1',
  payments: [payment, { ...payment, impUid: 'imp_2', customerId: 'somebody-else' }],
};

export const customer = {
  actor: { kind: 'customer', sub: 'customer-1' },
  nowMs: NOW_MS,
  quietPeriodMs: 180_000,
} as const;
export const staff = { ...customer, actor: { kind: 'staff', sub: 'staff-9' } } as const;

/** A service whose ledger has the order ORD-1 with two payments, and these refunds of the first one. */
export function holding(items: readonly LedgerItem[] = []): Surroundings {
  const books = new ListedWorld();
  books.nowMs = NOW_MS;
  for (const each of order.payments) books.holds({ ...each, sumTold: true }, { lookedAtMs: NOW_MS });
  for (const item of items) books.table.put(refundToItem(item));
  return books.world;
}

/** Neither table knows an order, and the provider knows no payment. */
export function empty(): Surroundings {
  return new ListedWorld().world;
}

/** Every access to the tables and to the provider throws. */
export const untouched = {
  settings: new ListedWorld().settings,
  now: () => NOW_MS,
} as Surroundings;

export interface Asked {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly sourceIp?: string;
}

export const STAFF_CLAIMS = {
  sub: 'staff-9',
  username: 'hana',
  token_use: 'access',
  'cognito:groups': '[refund-staff]',
};

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

/** An answer with its body as JSON. */
export function parsed(result: HttpResult) {
  const body = JSON.parse(result.body ?? '{}') as Record<string, unknown>;
  return { status: result.statusCode, headers: result.headers ?? {}, body };
}
