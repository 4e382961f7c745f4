import type { FunctionName } from './functions.ts';

/** Requests a second, and how many at once. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

interface Route {
  readonly door: FunctionName;
  readonly throttle: Throttle;
}

/**
 * The API's routes as API Gateway writes them, each with its function and its throttle. A shop's busiest day has a few refunds
 * a second; the limits leave room for a batch from the back office and keep a runaway client away from i'mport. The webhook's
 * limit is its own, so a flood of webhooks takes nothing from the others; what it loses is found by the schedules anyway.
 */
export const ROUTES = {
  'POST /payments/cancel': { door: 'cancelPayment', throttle: { rate: 100, burst: 500 } },
  'GET /payments/{merchant_uid}': { door: 'getPayment', throttle: { rate: 200, burst: 1000 } },
  // The same function: an order number that a path cannot carry is asked for by its `imp_uid`.
  'GET /payments': { door: 'getPayment', throttle: { rate: 200, burst: 1000 } },
  'GET /payments/{merchant_uid}/refunds/{refund_id}': {
    door: 'getRefund',
    throttle: { rate: 200, burst: 1000 },
  },
  'POST /payments/{merchant_uid}/refunds/{refund_id}/close': {
    door: 'closeRefund',
    throttle: { rate: 50, burst: 100 },
  },
  // A month of a large shop is a few hundred pages, one after the other; a page reads up to a thousand items.
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

/** The provider calls it, without a token. */
export const WEBHOOK_ROUTE: RouteKey = 'POST /webhooks/iamport';

/** Throttles that differ from the service's own, by route. */
export type Throttles = Readonly<Partial<Record<RouteKey, Throttle>>>;

/** What a route gets that has none of its own. */
export const STAGE_THROTTLE: Throttle = { rate: 200, burst: 1000 };
