import type { FunctionName } from './functions.ts';

/** Requests per second, and the burst. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

interface Route {
  readonly door: FunctionName;
  readonly throttle: Throttle;
}

/**
 * The API's routes, each with its function and its throttle. A shop's busiest day has a few refunds a second; the limits allow
 * a batch from the back office and protect i'mport from a runaway client. The webhook has its own limit, so a flood of webhooks
 * does not affect other routes; the schedules find what a throttled webhook would have reported.
 */
export const ROUTES = {
  'POST /payments/cancel': { door: 'cancelPayment', throttle: { rate: 100, burst: 500 } },
  'GET /payments/{merchant_uid}': { door: 'getPayment', throttle: { rate: 200, burst: 1000 } },
  // The same function, for order numbers that do not fit into a path: the payment is named by `imp_uid`.
  'GET /payments': { door: 'getPayment', throttle: { rate: 200, burst: 1000 } },
  'GET /payments/{merchant_uid}/refunds/{refund_id}': {
    door: 'getRefund',
    throttle: { rate: 200, burst: 1000 },
  },
  'POST /payments/{merchant_uid}/refunds/{refund_id}/close': {
    door: 'closeRefund',
    throttle: { rate: 50, burst: 100 },
  },
  // A month of a large shop is a few hundred pages; a page reads up to a thousand items.
  'GET /refunds': { door: 'listRefunds', throttle: { rate: 50, burst: 100 } },
  'GET /reconciliation': { door: 'getReconciliation', throttle: { rate: 50, burst: 100 } },
  'POST /reconciliation/findings/{id}/acknowledge': {
    door: 'acknowledgeFinding',
    throttle: { rate: 50, burst: 100 },
  },
  'POST /webhooks/iamport': { door: 'receiveWebhook', throttle: { rate: 50, burst: 100 } },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteKey = keyof typeof ROUTES;

export const ROUTE_KEYS = Object.keys(ROUTES) as readonly RouteKey[];

/** i'mport calls this route without a token. */
export const WEBHOOK_ROUTE: RouteKey = 'POST /webhooks/iamport';

/** Throttles that differ from the defaults, by route. */
export type Throttles = Readonly<Partial<Record<RouteKey, Throttle>>>;

/** The default throttle of a route. */
export const STAGE_THROTTLE: Throttle = { rate: 200, burst: 1000 };
