import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from '../functions/runtime/metrics.ts';

interface AlarmRule {
  /** Heading of the entry in lib/RUNBOOK.md. */
  readonly name: string;
  readonly why: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly periods: number;
  readonly missing?: TreatMissingData;
  readonly below?: boolean;
}

export interface AlarmedParts {
  readonly api: HttpApi;
  readonly topic: ITopic;
  readonly failures: Queue;
  readonly functions: Readonly<Record<string, { readonly alias: Alias }>>;
  readonly resolver: Alias;
}

export function serviceMetric(
  metricName: string,
  statistic: 'Sum' | 'Maximum',
  period = Duration.minutes(1),
): Metric {
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, statistic, period });
}

const FIVE_MINUTES = Duration.minutes(5);

/** What the business must hear of. */
const MONEY_RULES: readonly AlarmRule[] = [
  {
    name: 'OldestInDoubt',
    why: 'A refund in doubt is settled in seconds, or sent again after three minutes; fifteen minutes mean that it does not settle by itself.',
    metric: serviceMetric('OldestInDoubtSeconds', 'Maximum', FIVE_MINUTES),
    threshold: 900,
    periods: 2,
  },
  {
    name: 'Drift',
    why: 'Table and provider disagree in a way that no rule explains; one is enough for a person to look.',
    metric: serviceMetric('Drift', 'Sum', FIVE_MINUTES),
    threshold: 1,
    periods: 1,
  },
  {
    name: 'LateCorrections',
    why: 'A refund told as rejected has happened: the quiet period is too short for this provider.',
    metric: serviceMetric('LateCorrections', 'Sum', FIVE_MINUTES),
    threshold: 1,
    periods: 1,
  },
  {
    name: 'AttributedByPosition',
    why: 'A PG drops our tag from the reason; refunds are then recognised by place and amount only.',
    metric: serviceMetric('AttributedByPosition', 'Sum', FIVE_MINUTES),
    threshold: 1,
    periods: 1,
  },
  {
    name: 'Rejections',
    why: 'Single refusals belong to the trade; ten in five minutes are a settlement shortage or a PG in maintenance.',
    metric: serviceMetric('RefundsRejected', 'Sum', FIVE_MINUTES),
    threshold: 10,
    periods: 1,
  },
  {
    name: 'ProviderUnavailable',
    why: 'One lost connection is noise; five in five minutes are an outage.',
    metric: serviceMetric('ProviderUnavailable', 'Sum', FIVE_MINUTES),
    threshold: 5,
    periods: 1,
  },
  {
    name: 'ResolverBacklog',
    why: 'A run that ends before everything due was looked at, three times in a row, is falling behind.',
    metric: serviceMetric('ResolverBacklog', 'Maximum'),
    threshold: 1,
    periods: 3,
  },
];

/** What keeps the service going. */
function machineRules({ api, failures }: AlarmedParts): readonly AlarmRule[] {
  return [
    {
      name: 'DeadLetters',
      why: 'A resolver run failed for good; none ever should.',
      metric: failures.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      threshold: 1,
      periods: 1,
    },
    {
      name: 'ServerErrors',
      why: 'A refund that may have happened is answered 202, so a 5xx is an outage or a defect; 503 for an unreachable provider counts too.',
      metric: api.metricServerError({ period: FIVE_MINUTES }),
      threshold: 5,
      periods: 1,
    },
    {
      name: 'SlowAnswers',
      why: 'Requests end at 28 s; a median beyond 20 s leaves PGs no room.',
      metric: api.metricLatency({ period: FIVE_MINUTES, statistic: 'p50' }),
      threshold: 20_000,
      periods: 2,
    },
  ];
}

function functionRules({ functions }: AlarmedParts): readonly AlarmRule[] {
  return Object.entries(functions).map(([name, { alias }]) => ({
    name: `FunctionErrors-${name}`,
    why: 'No expected case ends in an error of the function; one is a defect or a missing permission.',
    metric: alias.metricErrors({ period: FIVE_MINUTES }),
    threshold: 1,
    periods: 1,
  }));
}

function resolverRules({ resolver }: AlarmedParts): readonly AlarmRule[] {
  return [
    {
      name: 'ResolverSilent',
      why: 'It runs every minute; ten minutes without a run leave every doubt open.',
      metric: resolver.metricInvocations({ period: FIVE_MINUTES }),
      threshold: 1,
      periods: 2,
      below: true,
      missing: TreatMissingData.BREACHING,
    },
    {
      name: 'ResolverThrottled',
      why: 'The account has no concurrency left for the function that closes doubts.',
      metric: resolver.metricThrottles({ period: FIVE_MINUTES }),
      threshold: 1,
      periods: 1,
    },
  ];
}

/** Every alarm with the reason for its threshold and the place of its entry in the runbook. */
export function serviceAlarms(scope: Construct, parts: AlarmedParts): readonly Alarm[] {
  const rules = [...MONEY_RULES, ...machineRules(parts), ...resolverRules(parts), ...functionRules(parts)];
  return rules.map((rule) => {
    const alarm = new Alarm(scope, `${rule.name}Alarm`, {
      metric: rule.metric,
      threshold: rule.threshold,
      evaluationPeriods: rule.periods,
      comparisonOperator:
        rule.below === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: rule.missing ?? TreatMissingData.NOT_BREACHING,
      alarmDescription: `${rule.why} Runbook: lib/RUNBOOK.md#${(rule.name.split('-')[0] ?? '').toLowerCase()}`,
    });
    alarm.addAlarmAction(new SnsAction(parts.topic));
    return alarm;
  });
}

/** Takes a deployment back: errors of the alias while it shifts. */
export function functionErrors(scope: Construct, id: string, alias: Alias): Alarm {
  return new Alarm(scope, `${id}Alarm`, {
    metric: alias.metricErrors({ period: Duration.minutes(1) }),
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription:
      'An error while a new version takes over rolls it back. Runbook: lib/RUNBOOK.md#deployment',
  });
}
