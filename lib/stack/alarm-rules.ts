import type { MetricName } from '../../functions/runtime/metrics.ts';

/** An alarm on a metric of the service; its key is the heading of its entry in lib/stack/RUNBOOK.md. */
export interface MetricRule {
  readonly metric: MetricName;
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount';
  readonly minutes: number;
  readonly threshold: number;
  readonly periods: number;
  readonly why: string;
  /** The metric is written regularly, and missing data triggers the alarm. */
  readonly silence?: true;
}

/** A single occurrence triggers the alarm. */
function each(metric: MetricName, why: string): MetricRule {
  return { metric, statistic: 'Sum', minutes: 5, threshold: 1, periods: 1, why };
}

/** A few are normal; this many in five minutes are not. */
function many(metric: MetricName, threshold: number, why: string): MetricRule {
  return { metric, statistic: 'Sum', minutes: 5, threshold, periods: 1, why };
}

/** Missing data for this long triggers the alarm. */
function silent(metric: MetricName, minutes: number, periods: number, why: string): MetricRule {
  return { metric, statistic: 'SampleCount', minutes, threshold: 1, periods, silence: true, why };
}

export const METRIC_RULES = {
  OldestInDoubt: {
    metric: 'OldestInDoubtSeconds',
    statistic: 'Maximum',
    minutes: 5,
    threshold: 600,
    periods: 1,
    why: 'A refund in doubt is settled in seconds, or by two looks after the quiet period; ten minutes mean that no rule settles it, and people hear of it within fifteen.',
  },
  Drift: each(
    'Drift',
    'Ledger and provider disagree in a way that no rule explains; one is enough for a person to look.',
  ),
  Corrected: each(
    'Corrected',
    'Somebody was told that a refund was not done, and it has been done: one of our assumptions of the provider is wrong.',
  ),
  PaymentMismatch: each(
    'PaymentMismatch',
    'What the ledger holds of a payment is not what the provider holds; its refunds are refused until somebody finds out why.',
  ),
  AlreadyCancelledAtPg: each(
    'AlreadyCancelledAtPg',
    'The PG says that the money has gone back and the provider does not know it; only people can bring the two together.',
  ),
  Anomalies: each(
    'Anomalies',
    'A refund was settled although its entries are odd; nothing that we know of the provider explains them.',
  ),
  Rejections: many(
    'RefundsRejected',
    10,
    'A single refusal is normal; ten in five minutes are a settlement shortage or a PG in maintenance.',
  ),
  ProviderUnavailable: many(
    'ProviderUnavailable',
    5,
    'One lost connection is noise; five in five minutes are an outage.',
  ),
  SecretUnavailable: each(
    'SecretUnavailable',
    'Without the secret, or with one that the provider refuses, no refund can be made and no doubt settled.',
  ),
  WebhookUnheard: many(
    'WebhookUnheard',
    5,
    'A webhook whose payment cannot be fetched is sent again by the provider; five in five minutes are an outage.',
  ),
  UnreadableOrderItems: each(
    'UnreadableOrderItems',
    'An attribute of an order cannot be read and counts as absent, so the owner or the price is not the shop’s.',
  ),
  SeveralPayments: each(
    'SeveralPayments',
    'An order was paid more than once; the shop has to know, and probably to give one back.',
  ),
  OrderAmountDiffers: each(
    'OrderAmountDiffers',
    'An order was paid with another amount than it should cost: a mistake of the checkout, or a payer who changed it.',
  ),
  StoreFailures: many(
    'StoreFailures',
    3,
    'A single failure of a table is tried again; three in five minutes are an outage or a missing permission.',
  ),
  TooManyRefunds: many(
    'TooManyRefunds',
    50,
    'One customer in a hurry is refused a few times; fifty in five minutes are a program that tries.',
  ),
  TooManyLookUps: many(
    'TooManyLookUps',
    50,
    'Asking for a payment that does not exist is a typing error; fifty in five minutes beyond the bound are a program that tries.',
  ),
  ResolverBacklog: {
    metric: 'ResolverBacklog',
    statistic: 'Maximum',
    minutes: 1,
    threshold: 1,
    periods: 10,
    why: 'A run ends within its minute and leaves the rest to the next; ten in a row that leave something are falling behind.',
  },
  ResolverSilent: silent(
    'InDoubtCount',
    1,
    10,
    'Every run counts what is in doubt, every minute; ten minutes without a count leave every doubt open.',
  ),
  ReconciliationUnexplained: each(
    'ReconciliationUnexplained',
    'Money went back at the provider that no refund of ours and no entry of its history explains.',
  ),
  ReconciliationFailed: {
    metric: 'ReconciliationFailed',
    statistic: 'Sum',
    minutes: 60,
    threshold: 1,
    periods: 2,
    why: 'One comparison that ends early is continued by the next; two hours in a row without a whole one need a person.',
  },
  ReconciliationUnreached: {
    metric: 'ReconciliationUnreached',
    statistic: 'Sum',
    minutes: 60,
    threshold: 1,
    periods: 1,
    why: 'The last 90 days are compared within one night; what was not reached then is not known to agree.',
  },
  ReconciliationSilent: silent(
    'ReconciliationBehindSeconds',
    60,
    3,
    'It runs every hour; three hours without a run leave unknown what no webhook brought.',
  ),
  NightlySilent: silent(
    'NightlyCompared',
    60,
    36,
    'The last 90 days are compared every night; a day and a half without it leave what the hourly comparison has missed.',
  ),
  ReconciliationBehind: {
    metric: 'ReconciliationBehindSeconds',
    statistic: 'Maximum',
    minutes: 60,
    threshold: 86_400,
    periods: 1,
    why: 'The ledger agrees with the provider within a day, and what was compared last is older than that.',
  },
} as const satisfies Readonly<Record<string, MetricRule>>;

/** The two looks come after the quiet period, so the limit grows with it. */
export function metricRulesFor(quietPeriodSeconds: number): Readonly<Record<string, MetricRule>> {
  const { OldestInDoubt: oldest, ...others } = METRIC_RULES;
  return {
    OldestInDoubt: { ...oldest, threshold: Math.max(oldest.threshold, 3 * quietPeriodSeconds) },
    ...others,
  };
}
