import { Duration } from 'aws-cdk-lib';

/** HTTP API ends every request at 30 s and cannot be raised; a second is kept for the way there and back. */
export const INTEGRATION_TIMEOUT = Duration.seconds(29);

/** Ends before the gateway gives up, so that the caller always gets an answer of ours. */
export const REQUEST_TIMEOUT = Duration.seconds(28);

/**
 * A run ends before the next minute's begins, so that the resolver does not run beside itself although nothing is reserved
 * for it. What a run leaves is taken up by the next.
 */
export const RESOLVER_TIMEOUT = Duration.seconds(58);

/** The longest that Lambda allows; a run notes how far it came, and the next goes on from there. */
export const RECONCILIATION_TIMEOUT = Duration.minutes(15);

/** A hundred records: ten calls of the bus, each tried again for some seconds, and then the queue. */
export const PUBLISH_TIMEOUT = Duration.minutes(1);

/** The shop's address has fifteen seconds for its answer. */
export const FORWARD_TIMEOUT = Duration.seconds(30);

/** Half a gigabyte buys a third of a processor: cold starts are mostly parsing and TLS handshakes, not memory. */
export const MEMORY_MB = 512;
