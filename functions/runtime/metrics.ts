/** CloudWatch extracts metrics from log lines in this format (Embedded Metric Format), so no API call is needed. */
export const METRICS_NAMESPACE = 'IamportRefunds';

/** Two services in one account must not share alarms: every metric has the name of its service. */
export const SERVICE_DIMENSION = 'Service';
export const FUNCTION_DIMENSION = 'Function';
export const VERSION_DIMENSION = 'Version';
export const PROVIDER_CODE_DIMENSION = 'ProviderCode';

export type MetricUnit = 'Count' | 'Seconds' | 'None';

/** Every metric of the service with its unit. Alarms and dashboard take their names from here. */
export const METRICS = {
  RefundsCancelled: 'Count',
  CancelledAmountKRW: 'None',
  /** Proven by the answer alone: this PG drops our tag. */
  AttributedByAnswer: 'Count',
  RefundsRejected: 'Count',
  NotExecuted: 'Count',
  /** Claimed, and then proven not sent. */
  NotSent: 'Count',
  RefundsUnknown: 'Count',
  Drift: 'Count',
  /** A write whose condition failed because another worker was first. */
  Conflicts: 'Count',
  /** The provider's books prove another result than was reported. */
  Corrected: 'Count',
  CancelledElsewhere: 'Count',
  Anomalies: 'Count',
  PaymentMismatch: 'Count',
  AlreadyCancelledAtPg: 'Count',
  ProviderUnavailable: 'Count',
  /** The secret is missing, empty, or refused by the provider. */
  SecretUnavailable: 'Count',
  /** A webhook whose payment could not be read from the provider. */
  WebhookUnheard: 'Count',
  UnreadableOrderItems: 'Count',
  /** An order that was paid more than once. */
  SeveralPayments: 'Count',
  OrderAmountDiffers: 'Count',
  TooManyRefunds: 'Count',
  TooManyLookUps: 'Count',
  ClosedByPeople: 'Count',
  /** A table, or the AWS service behind it, failed. */
  StoreFailures: 'Count',
  /** Written by every run of the resolver, even when it is 0. */
  InDoubtCount: 'Count',
  InDoubtAmountKRW: 'None',
  OldestInDoubtSeconds: 'Seconds',
  ResolverBacklog: 'Count',
  ReconciliationCompared: 'Count',
  /** Payments of the last 90 days, written when that comparison finishes, even when there are none. */
  NightlyCompared: 'Count',
  ReconciliationUnexplainedKRW: 'None',
  ReconciliationUnexplained: 'Count',
  ReconciliationFailed: 'Count',
  /** The comparison of the last 90 days did not finish in its night. */
  ReconciliationUnreached: 'Count',
  /** Written by every run of the reconciliation, even when it is 0. */
  ReconciliationBehindSeconds: 'Seconds',
  /** For the service as a whole, by function, and by function and version for the canary. */
  UnexpectedErrors: 'Count',
} as const satisfies Readonly<Record<string, MetricUnit>>;

export type MetricName = keyof typeof METRICS;
