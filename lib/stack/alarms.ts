import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { metricRulesFor } from './alarm-rules.ts';
import { serviceMetric, unexpectedErrors } from './metrics.ts';
import type { ServiceFunctions } from './service-functions.ts';
import { allTokensRefused } from './tokens-refused.ts';

interface AlarmRule {
  /** Heading of the entry in lib/stack/RUNBOOK.md; what stands after a hyphen says which one of several it is. */
  readonly name: string;
  readonly why: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly periods: number;
  readonly silence?: true;
}

export interface AlarmedParts {
  readonly serviceName: string;
  readonly quietPeriodSeconds: number;
  readonly api: HttpApi;
  readonly topic: ITopic;
  readonly failures: Queue;
  readonly functions: ServiceFunctions;
}

const FIVE_MINUTES = Duration.minutes(5);

/** What the functions count themselves. */
function metricRules({ serviceName: service, quietPeriodSeconds }: AlarmedParts): readonly AlarmRule[] {
  return Object.entries(metricRulesFor(quietPeriodSeconds)).map(
    ([name, { metric, statistic, minutes, ...rule }]) => ({
      name,
      metric: serviceMetric(metric, { service, statistic, period: Duration.minutes(minutes) }),
      ...rule,
    }),
  );
}

/** What AWS counts. */
function machineRules({ api, failures, functions, serviceName }: AlarmedParts): readonly AlarmRule[] {
  return [
    {
      name: 'DeadLetters',
      why: 'A scheduled run failed for good; none ever should.',
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
      name: 'TokensRefused',
      why: 'A token that has run out is refused every day; ten in an hour in which nobody got in are an issuer that is gone, or the wrong one.',
      metric: allTokensRefused(serviceName, Duration.hours(1)),
      threshold: 1,
      periods: 1,
    },
    {
      name: 'SlowAnswers',
      // Of cancels alone: pages that read while they wait would make every median a fast one.
      why: 'Requests end at 28 s; cancels whose median is beyond 20 s leave PGs no room.',
      metric: functions.cancelPayment.alias.metricDuration({ period: FIVE_MINUTES, statistic: 'p50' }),
      threshold: 20_000,
      periods: 2,
    },
  ];
}

/** A handler answers an unexpected error with a 500, which Lambda takes for success; what kills the function it counts. */
function functionRules({ functions, serviceName: service }: AlarmedParts): readonly AlarmRule[] {
  const measured = { service, statistic: 'Sum', period: FIVE_MINUTES } as const;
  return Object.entries(functions).flatMap(([door, { alias }]) => [
    {
      name: `FunctionErrors-${door}`,
      why: 'No expected case ends in an error of the function; one is a defect, a timeout or a missing permission.',
      metric: alias.metricErrors({ period: FIVE_MINUTES }),
      threshold: 1,
      periods: 1,
    },
    {
      name: `Throttled-${door}`,
      why: 'There was no concurrency left to start it: a caller got a 5xx of the gateway, or a run came late or never.',
      metric: alias.metricThrottles({ period: FIVE_MINUTES }),
      threshold: 1,
      periods: 1,
    },
    {
      name: `UnexpectedErrors-${door}`,
      why: 'The caller got a proper 500, but no expected case ends in one: it is a defect or a missing permission.',
      metric: unexpectedErrors(measured, { door }),
      threshold: 1,
      periods: 1,
    },
  ]);
}

/** Every alarm with the reason for its threshold and the place of its entry in the runbook. */
export function serviceAlarms(scope: Construct, parts: AlarmedParts): readonly Alarm[] {
  const rules = [...metricRules(parts), ...machineRules(parts), ...functionRules(parts)];
  return rules.map((rule) => {
    const alarm = new Alarm(scope, `${rule.name}Alarm`, {
      metric: rule.metric,
      threshold: rule.threshold,
      evaluationPeriods: rule.periods,
      comparisonOperator:
        rule.silence === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: rule.silence === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${rule.why} Runbook: lib/stack/RUNBOOK.md#${(rule.name.split('-')[0] ?? '').toLowerCase()}`,
    });
    alarm.addAlarmAction(new SnsAction(parts.topic));
    return alarm;
  });
}
