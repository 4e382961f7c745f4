/** Requests a second, and how many at once. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

/** The API's routes, as API Gateway writes them. */
export type RouteKey = keyof typeof THROTTLES;

/** Throttles that differ from the service's own, by route. */
export type Throttles = Readonly<Partial<Record<RouteKey, Throttle>>>;

/**
 * Per route, in one place. A shop's busiest day has a few refunds a second; the limits leave a batch from the back office
 * room and keep a runaway client away from i'mport. Closing is two people reading a case. The webhook's bucket is its own,
 * so that whoever fills it takes nothing from the others; what it loses is found by the schedules anyway.
 */
export const THROTTLES = {
  'POST /payments/cancel': { rate: 100, burst: 500 },
  'GET /payments/{merchant_uid}': { rate: 200, burst: 1000 },
  'GET /payments': { rate: 200, burst: 1000 },
  'POST /payments/{merchant_uid}/refunds/{refund_id}/close': { rate: 50, burst: 100 },
  'POST /webhooks/iamport': { rate: 50, burst: 100 },
} as const satisfies Readonly<Record<string, Throttle>>;

export const ROUTE_KEYS = Object.keys(THROTTLES) as readonly RouteKey[];

/** What a route gets that has none of its own. */
export const STAGE_THROTTLE: Throttle = { rate: 200, burst: 1000 };

export function throttlesWith(changed: Throttles = {}): Readonly<Record<RouteKey, Throttle>> {
  return { ...THROTTLES, ...changed };
}
