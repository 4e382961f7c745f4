import type { MetricName } from '../../functions/runtime/metrics.ts';

/** An alarm on a metric of the service; its key is the heading of its entry in lib/stack/RUNBOOK.md. */
export interface MetricRule {
  readonly metric: MetricName;
  /** Why people must know it, or why the limit is what it is; shown in the alarm. */
  readonly why: string;
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount';
  readonly minutes: number;
  readonly threshold: number;
  readonly periods: number;
  /** The metric is written regularly, and missing data triggers the alarm. */
  readonly silence?: true;
}

type Limit = Partial<Omit<MetricRule, 'metric' | 'why'>>;

/** By default a single occurrence triggers the alarm. */
function on(metric: MetricName, why: string, limit: Limit = {}): MetricRule {
  return { metric, why, statistic: 'Sum', minutes: 5, threshold: 1, periods: 1, ...limit };
}

/** Missing data for this long triggers the alarm. */
function silent(metric: MetricName, why: string, limit: Pick<MetricRule, 'minutes' | 'periods'>): MetricRule {
  return on(metric, why, { statistic: 'SampleCount', silence: true, ...limit });
}

const OLDEST = { statistic: 'Maximum', threshold: 600 } as const;
const TEN_RUNS = { minutes: 1, periods: 10 };
const HOURLY = { minutes: 60 };
const A_DAY_SECONDS = 86_400;

const METRIC_RULES = {
  OldestInDoubt: on('OldestInDoubtSeconds', 'No rule has decided a refund within its time.', OLDEST),
  Drift: on(
    'Drift',
    'No rule has decided a refund in five quiet periods, or a cancel was undone: people decide.',
  ),
  Corrected: on('Corrected', 'A refund was reported as not done, but it was done: an assumption is wrong.'),
  PaymentMismatch: on('PaymentMismatch', "The ledger's payment is not i'mport's: its refunds are refused."),
  AlreadyCancelledAtPg: on('AlreadyCancelledAtPg', "The PG has cancelled what i'mport has not cancelled."),
  Anomalies: on('Anomalies', 'A refund was settled, but its entries are not as documented.'),
  Rejections: on('RefundsRejected', 'Many refusals: no settlement funds, or a PG is down.', {
    threshold: 10,
  }),
  ProviderUnavailable: on('ProviderUnavailable', "Five lost connections: i'mport is down.", {
    threshold: 5,
  }),
  SecretUnavailable: on('SecretUnavailable', "Without a valid secret i'mport cannot be called at all."),
  WebhookUnheard: on('WebhookUnheard', 'Five webhooks whose payment could not be read.', { threshold: 5 }),
  UnreadableOrderItems: on('UnreadableOrderItems', 'The owner or the price of an order cannot be read.'),
  SeveralPayments: on('SeveralPayments', 'An order was paid more than once; one payment may be wrong.'),
  OrderAmountDiffers: on('OrderAmountDiffers', 'An order was not paid with the amount that it costs.'),
  StoreFailures: on('StoreFailures', 'A table is down, or a permission is missing.', { threshold: 3 }),
  TooManyRefunds: on('TooManyRefunds', 'A program, not a person, asks for refunds.', { threshold: 50 }),
  TooManyLookUps: on('TooManyLookUps', 'A program, not a person, asks for payments.', { threshold: 50 }),
  ResolverBacklog: on('ResolverBacklog', 'Ten runs in a row have left open refunds to the next run.', {
    ...TEN_RUNS,
    statistic: 'Maximum',
  }),
  ResolverSilent: silent('InDoubtCount', 'The resolver has not run for ten minutes.', TEN_RUNS),
  ReconciliationUnexplained: on('ReconciliationUnexplained', 'A comparison has found a difference of money.'),
  ReconciliationFailed: on('ReconciliationFailed', 'Two hourly comparisons in a row have ended early.', {
    ...HOURLY,
    periods: 2,
  }),
  ReconciliationUnreached: on('ReconciliationUnreached', 'One night was too short for 90 days.', HOURLY),
  ReconciliationSilent: silent(
    'ReconciliationBehindSeconds',
    'No hourly comparison has run for three hours.',
    {
      ...HOURLY,
      periods: 3,
    },
  ),
  NightlySilent: silent('NightlyCompared', 'No comparison of 90 days has run for a day and a half.', {
    ...HOURLY,
    periods: 36,
  }),
  ReconciliationBehind: on('ReconciliationBehindSeconds', 'The last comparison is older than a day.', {
    ...HOURLY,
    statistic: 'Maximum',
    threshold: A_DAY_SECONDS,
  }),
} satisfies Readonly<Record<string, MetricRule>>;

/** Two looks after the quiet period decide a refund, so the limit of a refund in doubt grows with it. */
export function metricRules(quietPeriodSeconds: number): typeof METRIC_RULES {
  const { OldestInDoubt: oldest } = METRIC_RULES;
  const threshold = Math.max(oldest.threshold, 3 * quietPeriodSeconds);
  return { ...METRIC_RULES, OldestInDoubt: { ...oldest, threshold } };
}
