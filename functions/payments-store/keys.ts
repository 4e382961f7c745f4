/** Names that the table's definition and the code that reads it must agree on; the stack imports them from here. */

export const PARTITION_KEY = 'merchant_uid';

/** Finds the order of an `imp_uid`; keys only, so the item itself is always read with strong consistency. */
export const IMP_UID_INDEX = 'by_imp_uid';
export const IMP_UID_KEY = 'imp_uid';

/**
 * Sparse: an item is in it only while one of its refunds is not final. The partition key is one of
 * `OPEN_REFUND_SHARDS` values, the sort key the time (ms since the epoch) at which it is due to be looked at.
 */
export const OPEN_REFUNDS_INDEX = 'open_refunds';
export const OPEN_SHARD_KEY = 'open_shard';
export const RESOLVE_AT_KEY = 'resolve_at';

/** Enough that 10,000 refunds in doubt do not meet one partition's limit, few enough to ask each every minute. */
export const OPEN_REFUND_SHARDS = 8;
