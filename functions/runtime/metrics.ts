/** CloudWatch reads metrics out of log lines in this format (Embedded Metric Format), so that no call has to be made. */
export const METRICS_NAMESPACE = 'IamportRefunds';

/** Two services in one account must not share their alarms: every metric carries the name of its service. */
export const SERVICE_DIMENSION = 'Service';
export const FUNCTION_DIMENSION = 'Function';
export const VERSION_DIMENSION = 'Version';
export const PROVIDER_CODE_DIMENSION = 'ProviderCode';

export type MetricUnit = 'Count' | 'Seconds' | 'None';

/** Every metric of the service with its unit. Alarms and dashboard take their names from here. */
export const METRICS = {
  RefundsCancelled: 'Count',
  CancelledAmountKRW: 'None',
  AttributedByPosition: 'Count',
  AttributedByAnswer: 'Count',
  RefundsRejected: 'Count',
  NotExecuted: 'Count',
  RefundsUnknown: 'Count',
  Drift: 'Count',
  Conflicts: 'Count',
  LateCorrections: 'Count',
  /** Our tag on an entry of another amount, twice, or elsewhere; an order number that the provider has cut. */
  Anomalies: 'Count',
  PaymentMismatch: 'Count',
  AlreadyCancelledAtPg: 'Count',
  ProviderUnavailable: 'Count',
  /** The secret is missing, empty, or refused by the provider. */
  SecretUnavailable: 'Count',
  /** A webhook whose payment could not be fetched from the provider. */
  WebhookUnheard: 'Count',
  /** A webhook from an address that is not the provider's. */
  WebhookRefused: 'Count',
  UnreadableItems: 'Count',
  UnreadableOrderItems: 'Count',
  /** An order that was paid more than once. */
  SeveralPayments: 'Count',
  OrderAmountDiffers: 'Count',
  TooManyRefunds: 'Count',
  ClosedByPeople: 'Count',
  StoreFailures: 'Count',
  InDoubtCount: 'Count',
  InDoubtAmountKRW: 'None',
  OldestInDoubtSeconds: 'Seconds',
  ResolverBacklog: 'Count',
  ResolverUnreadable: 'Count',
  ReconciliationCompared: 'Count',
  /** Payments of the last 90 days, when that walk has come to its end. */
  NightlyCompared: 'Count',
  ReconciliationExplainedKRW: 'None',
  ReconciliationUnexplainedKRW: 'None',
  ReconciliationUnexplained: 'Count',
  ReconciliationFailed: 'Count',
  ReconciliationBehindSeconds: 'Seconds',
  /** Dimensions Service and Function, and with Version for the canary. */
  UnexpectedErrors: 'Count',
} as const satisfies Readonly<Record<string, MetricUnit>>;

export type MetricName = keyof typeof METRICS;
