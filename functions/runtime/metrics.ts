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
  /** Known by the answer alone: this PG drops our tag. */
  AttributedByAnswer: 'Count',
  RefundsRejected: 'Count',
  NotExecuted: 'Count',
  /** Reserved, and then it was proven that nothing was sent. */
  NotSent: 'Count',
  RefundsUnknown: 'Count',
  Drift: 'Count',
  /** A write whose condition did not hold: somebody was first. */
  Conflicts: 'Count',
  /** A refund had been told otherwise than the provider's books now prove. */
  Corrected: 'Count',
  CancelledElsewhere: 'Count',
  Anomalies: 'Count',
  PaymentMismatch: 'Count',
  AlreadyCancelledAtPg: 'Count',
  ProviderUnavailable: 'Count',
  /** The secret is missing, empty, or refused by the provider. */
  SecretUnavailable: 'Count',
  /** A webhook whose payment could not be fetched from the provider. */
  WebhookUnheard: 'Count',
  UnreadableOrderItems: 'Count',
  /** An order that was paid more than once. */
  SeveralPayments: 'Count',
  OrderAmountDiffers: 'Count',
  TooManyRefunds: 'Count',
  TooManyLookUps: 'Count',
  ClosedByPeople: 'Count',
  /** A table, or what it needs of AWS, did not do what it was asked for. */
  StoreFailures: 'Count',
  /** Written by every run of the resolver, also when it is 0. */
  InDoubtCount: 'Count',
  InDoubtAmountKRW: 'None',
  OldestInDoubtSeconds: 'Seconds',
  ResolverBacklog: 'Count',
  ReconciliationCompared: 'Count',
  /** Payments of the last 90 days, when that comparison has come to its end; also when there are none. */
  NightlyCompared: 'Count',
  ReconciliationUnexplainedKRW: 'None',
  ReconciliationUnexplained: 'Count',
  ReconciliationFailed: 'Count',
  /** The comparison of the last 90 days is not through after its night. */
  ReconciliationUnreached: 'Count',
  /** Written by every run of the reconciliation, also when it is 0. */
  ReconciliationBehindSeconds: 'Seconds',
  /** For the service as a whole, by function, and by function and version for the canary. */
  UnexpectedErrors: 'Count',
} as const satisfies Readonly<Record<string, MetricUnit>>;

export type MetricName = keyof typeof METRICS;
