import type { MetricName } from '../../functions/runtime/metrics.ts';

/** An alarm on a metric of the service; its key is the heading of its entry in lib/stack/RUNBOOK.md. */
export interface MetricRule {
  readonly metric: MetricName;
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount';
  readonly minutes: number;
  readonly threshold: number;
  readonly periods: number;
  readonly why: string;
  /** What should come and does not: fewer than the threshold, or nothing, is the alarm. */
  readonly silence?: true;
}

/** One is enough for a person to look. */
function each(metric: MetricName, why: string): MetricRule {
  return { metric, statistic: 'Sum', minutes: 5, threshold: 1, periods: 1, why };
}

/** Single ones belong to the trade; so many in five minutes do not. */
function many(metric: MetricName, threshold: number, why: string): MetricRule {
  return { metric, statistic: 'Sum', minutes: 5, threshold, periods: 1, why };
}

export const METRIC_RULES = {
  OldestInDoubt: {
    metric: 'OldestInDoubtSeconds',
    statistic: 'Maximum',
    minutes: 5,
    threshold: 600,
    periods: 1,
    why: 'A refund in doubt is settled in seconds, or sent again after the quiet period; ten minutes mean that it does not settle by itself, and people hear of it within fifteen.',
  },
  Drift: each(
    'Drift',
    'Table and provider disagree in a way that no rule explains; one is enough for a person to look.',
  ),
  LateCorrections: each(
    'LateCorrections',
    'A refund told as rejected has happened: the quiet period is too short for this provider.',
  ),
  PaymentMismatch: each(
    'PaymentMismatch',
    'What the table holds of a payment is not what the provider holds; its refunds are refused until somebody mends it.',
  ),
  AlreadyCancelledAtPg: each(
    'AlreadyCancelledAtPg',
    'The PG says that the money has gone back and the provider does not know it; only people can bring the two together.',
  ),
  Anomalies: each(
    'Anomalies',
    'Our tag stands on an entry that it does not belong to, or an order number came back cut short; nothing else explains it.',
  ),
  AttributedByPosition: each(
    'AttributedByPosition',
    'A PG drops our tag from the reason; refunds are then recognised by place and amount only.',
  ),
  AttributedByAnswer: each(
    'AttributedByAnswer',
    'A PG drops our tag from the reason; the refund was recognised by the answer, which a lost one would not have allowed.',
  ),
  Rejections: many(
    'RefundsRejected',
    10,
    'Single refusals belong to the trade; ten in five minutes are a settlement shortage or a PG in maintenance.',
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
    'A webhook whose payment cannot be fetched is tried again by the provider; five in five minutes are not.',
  ),
  WebhookRefused: {
    metric: 'WebhookRefused',
    statistic: 'Sum',
    minutes: 24 * 60,
    threshold: 5,
    periods: 1,
    why: 'A stranger who tries the door is noise; five webhooks in a day from elsewhere may be the provider, from addresses that nobody has entered.',
  },
  UnreadableItems: each(
    'UnreadableItems',
    'An item that cannot be read cannot be refunded, and what is in doubt in it is looked after by nobody.',
  ),
  UnreadableInDoubt: {
    metric: 'ResolverUnreadable',
    statistic: 'Maximum',
    minutes: 5,
    threshold: 1,
    periods: 1,
    why: 'A refund in doubt stands in an item that cannot be read, so the resolver cannot settle it.',
  },
  UnreadableOrderItems: each(
    'UnreadableOrderItems',
    'What the shop wrote of an order cannot be read and counts as absent: owner and price are then not its own.',
  ),
  SeveralPayments: each(
    'SeveralPayments',
    'An order was paid more than once; the shop has to know, and probably to give one back.',
  ),
  OrderAmountDiffers: each(
    'OrderAmountDiffers',
    'An order was paid with another amount than it should cost; that is a mistake of the checkout, or a payer who changed it.',
  ),
  StoreFailures: many(
    'StoreFailures',
    3,
    'Single failures of the table are tried again; three in five minutes are an outage or a missing permission.',
  ),
  TooManyRefunds: many(
    'TooManyRefunds',
    50,
    'One customer in a hurry is refused a few times; fifty in five minutes are a program that tries.',
  ),
  ResolverBacklog: {
    metric: 'ResolverBacklog',
    statistic: 'Maximum',
    minutes: 1,
    threshold: 1,
    periods: 10,
    why: 'A run ends within its minute and leaves the rest to the next; ten in a row that leave something are falling behind.',
  },
  ResolverSilent: {
    metric: 'InDoubtCount',
    statistic: 'SampleCount',
    minutes: 5,
    threshold: 1,
    periods: 2,
    silence: true,
    why: 'It counts every minute what is in doubt; ten minutes without a count leave every doubt open.',
  },
  ReconciliationUnexplained: each(
    'ReconciliationUnexplained',
    'Money went back at the provider that no refund of ours and no webhook explains.',
  ),
  ReconciliationFailed: each(
    'ReconciliationFailed',
    'A comparison could not be finished; what no webhook brought is not known until one is.',
  ),
  ReconciliationSilent: {
    metric: 'ReconciliationCompared',
    statistic: 'SampleCount',
    minutes: 60,
    threshold: 1,
    periods: 3,
    silence: true,
    why: 'It runs every hour; three hours without a comparison leave the table behind the provider.',
  },
  NightlySilent: {
    metric: 'NightlyCompared',
    statistic: 'SampleCount',
    minutes: 60,
    threshold: 1,
    periods: 36,
    silence: true,
    why: 'It runs every night; a day and a half without it leave what the hourly one has missed.',
  },
  ReconciliationBehind: {
    metric: 'ReconciliationBehindSeconds',
    statistic: 'Maximum',
    minutes: 60,
    threshold: 86_400,
    periods: 1,
    why: 'The table agrees with the provider within a day, and what was compared last is older than that.',
  },
} as const satisfies Readonly<Record<string, MetricRule>>;

/** A longer quiet period makes doubts longer: the oldest may wait for it and be asked for twice more before people look. */
export function metricRulesFor(quietPeriodSeconds: number): Readonly<Record<string, MetricRule>> {
  const { OldestInDoubt: oldest, ...others } = METRIC_RULES;
  return {
    OldestInDoubt: { ...oldest, threshold: Math.max(oldest.threshold, 3 * quietPeriodSeconds) },
    ...others,
  };
}
