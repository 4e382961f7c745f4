/** Names that the table's definition and the code that reads it must agree on; the stack imports them from here. */

export const PARTITION_KEY = 'merchant_uid';
export const SORT_KEY = 'imp_uid';

/** Sort key of the shop's own item of an order; every other item of the order is a payment. */
export const ORDER_SORT_KEY = 'order';

/** Finds the order of an `imp_uid`; keys only, so the items themselves are always read with strong consistency. */
export const IMP_UID_INDEX = 'by_imp_uid';

/**
 * Sparse: a payment is in it only while one of its refunds is not final. The partition key is one of a fixed number of
 * values (`open-0`, …), the sort key the time (ms since the epoch) at which it is due to be looked at.
 */
export const OPEN_REFUNDS_INDEX = 'open_refunds';
export const OPEN_SHARD_KEY = 'refund_open_shard';
export const RESOLVE_AT_KEY = 'refund_resolve_at';

/** Enough that 10,000 refunds in doubt do not meet one partition's limit, few enough to ask each every minute. */
export const DEFAULT_OPEN_REFUND_SHARDS = 8;

/** Where the service keeps notes of its own: no order can have this number together with this sort key. */
export const SERVICE_PARTITION = 'refund_service';
export const RECONCILIATION_SORT_KEY = 'reconciliation';
export const RESOLVER_SORT_KEY = 'resolver';

/** The shop's attributes, the only ones that a checkout may write (see `grantCheckout`). */
export const SHOP_ATTRIBUTES = [
  'merchant_uid',
  'imp_uid',
  'customer_id',
  'status',
  'pay_method',
  'pg_provider',
  'currency',
  'amount',
  'cancel_amount',
  'paid_at',
  'receipt_url',
] as const;
