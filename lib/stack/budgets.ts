import { Duration } from 'aws-cdk-lib';

/** An HTTP API ends every request at 30 s, which cannot be raised; one second is left for the network. */
export const INTEGRATION_TIMEOUT = Duration.seconds(29);

/** Ends before the gateway's timeout, so that the caller always gets the service's answer. */
export const REQUEST_TIMEOUT = Duration.seconds(28);

/**
 * A run ends before the next one begins, so that two runs of the resolver never overlap without reserved concurrency. The next
 * run continues the work.
 */
export const RESOLVER_TIMEOUT = Duration.seconds(58);

/** Lambda's maximum; a run stores its position, and the next run continues from there. */
export const RECONCILIATION_TIMEOUT = Duration.minutes(15);

/** A hundred records: ten calls of the bus, each retried for some seconds, and then the queue. */
export const PUBLISH_TIMEOUT = Duration.minutes(1);

/** The shop's address has fifteen seconds for its answer. */
export const FORWARD_TIMEOUT = Duration.seconds(30);

/** Half a gigabyte gives a third of a processor; a cold start needs processor time for parsing and TLS more than memory. */
export const MEMORY_MB = 512;
