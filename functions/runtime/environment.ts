/** Environment variables of the functions: the stack sets them, `config.ts` reads them. */
export const ENVIRONMENT = {
  /** The shop's table, which is only read. */
  ordersTable: 'ORDERS_TABLE_NAME',
  /** The shop's names of its orders' attributes, as JSON: `{"customerId": "member_no"}`. Absent: the service's own names. */
  orderAttributes: 'ORDERS_ATTRIBUTES',
  /** The service's own table. */
  ledgerTable: 'LEDGER_TABLE_NAME',
  /** ARN or name of the secret; its value is JSON: `{"imp_key": "…", "imp_secret": "…"}`. */
  secretId: 'IAMPORT_SECRET_ID',
  /** Base address of i'mport's API, without a trailing slash. */
  apiUrl: 'IAMPORT_API_URL',
  /** The three characters of a sub-merchant (하위상점). Absent: none. */
  iamportTier: 'IAMPORT_TIER',
  /** G of the protocol: how many seconds a request may still be executed after it was sent; a whole number. */
  quietPeriodSeconds: 'QUIET_PERIOD_SECONDS',
  /** Comma-separated IP addresses from which a webhook may come (only the webhook's function). */
  webhookSourceAddresses: 'WEBHOOK_SOURCE_ADDRESSES',
  /** Value of the metrics' dimension `Service`. */
  serviceName: 'SERVICE_NAME',
  /** Comma-separated `pg_provider` or `pg_provider:pay_method` of asynchronous PGs, in addition to the known ones. */
  pgsThatCancelLater: 'PGS_THAT_CANCEL_LATER',
  /** Comma-separated names of PG rules that do not apply to the shop. */
  rulesOff: 'RULES_OFF',
  /** `true`: reconciliation imports payments for which no webhook came. */
  importUnknownPayments: 'IMPORT_UNKNOWN_PAYMENTS',
  /** `false`: only staff may refund; the shop decides in its own back end. */
  customersMayRefund: 'CUSTOMERS_MAY_REFUND',
  /** The token's claim that names a person, for an issuer other than Cognito (only the function that closes refunds). */
  personClaim: 'PERSON_CLAIM',
  /** The bus for events (only the function that publishes them). */
  eventBus: 'EVENT_BUS_NAME',
  /** Address of the queue for events that the bus, or the shop's address, refused. */
  eventFailuresQueue: 'EVENT_FAILURES_QUEUE_URL',
  /** The shop's address that events are posted to (this and the next two: only the function that posts them). */
  eventsUrl: 'EVENTS_URL',
  /** Name or ARN of the secret for their signature. */
  eventsSecretId: 'EVENTS_SECRET_ID',
  /** Address of the queue from which they come. */
  eventsQueue: 'EVENTS_QUEUE_URL',
} as const;
