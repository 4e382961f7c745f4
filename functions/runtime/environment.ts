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
} as const;
