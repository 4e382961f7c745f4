/** Environment variables of the functions: the stack sets them, `config.ts` reads them. */
export const ENVIRONMENT = {
  tableName: 'PAYMENTS_TABLE_NAME',
  /** ARN or name of the secret; its value is JSON: `{"imp_key": "…", "imp_secret": "…"}`. */
  secretId: 'IAMPORT_SECRET_ID',
  /** Base address of i'mport's API, without a trailing slash. */
  apiUrl: 'IAMPORT_API_URL',
  /** Whole seconds in which a request may still be executed after we stopped waiting (G in the protocol). */
  quietPeriodSeconds: 'QUIET_PERIOD_SECONDS',
  /** Comma-separated IPv4 addresses a webhook may come from (only the webhook's function). */
  webhookSourceAddresses: 'WEBHOOK_SOURCE_ADDRESSES',
  /** Value of the metrics' dimension `Service`. */
  serviceName: 'SERVICE_NAME',
  /** `safe`: a cancel that is proven not to have arrived is sent again where the protocol allows it. `never`: not even then. */
  resend: 'RESEND',
  /** Comma-separated pg_provider values, beside those that are known to compare the remaining balance themselves. */
  pgsThatCheckBalance: 'PGS_THAT_CHECK_BALANCE',
  /** Comma-separated pg_provider values that are known to drop `reason`. */
  pgsThatDropReasons: 'PGS_THAT_DROP_REASONS',
  /** `true`: reconciliation imports payments that no webhook brought. */
  importUnknownPayments: 'IMPORT_UNKNOWN_PAYMENTS',
  /** `false`: only staff may refund; the shop decides in a back end of its own. */
  customersMayRefund: 'CUSTOMERS_MAY_REFUND',
  /** Partitions of the sparse index of open refunds. */
  openRefundShards: 'OPEN_REFUND_SHARDS',
} as const;
