import { Duration } from 'aws-cdk-lib';

/** HTTP API ends every request at 30 s and cannot be raised; a second is kept for the way there and back. */
export const INTEGRATION_TIMEOUT = Duration.seconds(29);

/** Ends before the gateway gives up, so that the caller always gets an answer of ours. */
export const REQUEST_TIMEOUT = Duration.seconds(28);

/** Drains a backlog of 10,000 refunds in doubt in one run (20 looks at a time, half a second each), and then some. */
export const RESOLVER_TIMEOUT = Duration.minutes(5);

/** Half a gigabyte buys a third of a processor: cold starts are mostly parsing and TLS handshakes, not memory. */
export const MEMORY_MB = 512;

/** Requests a second and at once, per route. A refund is rare; ten a second is already a campaign. */
export const THROTTLES = {
  'POST /payments/cancel': { rate: 20, burst: 60 },
  'GET /payments/{merchant_uid}': { rate: 50, burst: 100 },
  'POST /webhooks/iamport': { rate: 10, burst: 50 },
} as const;
