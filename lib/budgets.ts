import { Duration } from 'aws-cdk-lib';

/** HTTP API ends every request at 30 s and cannot be raised; a second is kept for the way there and back. */
export const INTEGRATION_TIMEOUT = Duration.seconds(29);

/** Ends before the gateway gives up, so that the caller always gets an answer of ours. */
export const REQUEST_TIMEOUT = Duration.seconds(28);

/** Drains a backlog of 10,000 refunds in doubt in one run (20 looks at a time, half a second each), and then some. */
export const RESOLVER_TIMEOUT = Duration.minutes(5);

/** Half a gigabyte buys a third of a processor: cold starts are mostly parsing and TLS handshakes, not memory. */
export const MEMORY_MB = 512;

/**
 * Requests a second, and at once, per route. A shop's busiest day has a few refunds a second; the limits leave a batch
 * from the back office room and keep a runaway client away from i'mport. The webhook's is its own and small: what it
 * loses is found by the schedule anyway.
 */
export const THROTTLES = {
  'POST /payments/cancel': { rate: 100, burst: 500 },
  'GET /payments/{merchant_uid}': { rate: 200, burst: 1000 },
  'POST /webhooks/iamport': { rate: 50, burst: 100 },
} as const;
