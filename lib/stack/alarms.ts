import { Duration, Fn, Names, Stack } from 'aws-cdk-lib';
import { acknowledge } from './acknowledge.ts';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { metricRulesFor } from './alarm-rules.ts';
import type { Events } from './events.ts';
import type { FunctionName, ServiceFunction, ServiceFunctions } from './functions.ts';
import { allRefused, serviceMetric, sumOf, unexpectedErrorsOf } from './metrics.ts';
import { ROUTES } from './routes.ts';

interface AlarmRule {
  /** Heading of the entry in lib/stack/RUNBOOK.md. */
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
  readonly events: Pick<Events, 'failures' | 'forwarding'>;
  readonly functions: ServiceFunctions;
}

const FIVE_MINUTES = Duration.minutes(5);

/** Alarms on the functions' own metrics. */
function metricRules({ serviceName: service, quietPeriodSeconds }: AlarmedParts): readonly AlarmRule[] {
  return Object.entries(metricRulesFor(quietPeriodSeconds)).map(
    ([name, { metric, statistic, minutes, ...rule }]) => ({
      name,
      metric: serviceMetric(metric, { service, statistic, period: Duration.minutes(minutes) }),
      ...rule,
    }),
  );
}

/** Alarms on metrics of the gateway and the queue. */
function gatewayRules({ api, failures, functions, serviceName }: AlarmedParts): readonly AlarmRule[] {
  const one = { threshold: 1, periods: 1 } as const;
  return [
    {
      name: 'DeadLetters',
      why: 'A scheduled run failed for good; none ever should.',
      metric: failures.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
      ...one,
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
      why: 'A token that has expired is refused every day; ten in an hour in which nobody got in are an unreachable or misconfigured issuer.',
      metric: allRefused('TokensRefused', serviceName, Duration.hours(1)),
      ...one,
    },
    {
      name: 'WebhooksRefused',
      why: 'A stranger’s webhook is refused every day; ten on a day on which none was let in are the provider’s, from addresses that nobody has entered.',
      metric: allRefused('WebhooksRefused', serviceName, Duration.hours(24)),
      ...one,
    },
    {
      name: 'SlowAnswers',
      // Only cancels: the fast reads would hide them in a common median.
      why: 'Requests end at 28 s; cancels whose median is beyond 20 s leave PGs no room.',
      metric: functions.cancelPayment.alias.metricDuration({ period: FIVE_MINUTES, statistic: 'p50' }),
      threshold: 20_000,
      periods: 2,
    },
  ];
}

/** Alarms on events that are not delivered or are late. */
function eventRules({ events, functions }: AlarmedParts): readonly AlarmRule[] {
  return [
    {
      name: 'EventFailures',
      why: 'An event that the bus or the shop did not take, or that could not be read, waits for a person.',
      metric: sumOf('Events not taken', {
        published: events.failures.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES }),
        ...(events.forwarding && {
          forwarded: events.forwarding.failures.metricApproximateNumberOfMessagesVisible({
            period: FIVE_MINUTES,
          }),
        }),
      }),
      threshold: 1,
      periods: 1,
    },
    {
      name: 'EventsLate',
      why: 'Events follow their refund within seconds; ten minutes mean that nobody reads the stream, which forgets after a day.',
      metric: functions.publishRefunds.alias.metric('IteratorAge', {
        period: FIVE_MINUTES,
        statistic: 'Maximum',
      }),
      threshold: 600_000,
      periods: 1,
    },
  ];
}

/** Functions with a route. The others are run by a schedule, a stream or a queue. */
const ASKED = new Set<string>(Object.values(ROUTES).map(({ door }) => door));

/** One alarm per kind of failure, not per function: the action is the same, and the dashboard shows the function. */
function functionRules({ functions, serviceName: service }: AlarmedParts): readonly AlarmRule[] {
  const one = { threshold: 1, periods: 1 } as const;
  const measured = { service, statistic: 'Sum', period: FIVE_MINUTES } as const;
  const doors = Object.entries(functions);
  const errors = (all: typeof doors) =>
    all.map(([door, { alias }]) => [`${door}Errors`, alias.metricErrors({ period: FIVE_MINUTES })] as const);
  const throttles = (all: typeof doors) =>
    all.map(
      ([door, { alias }]) => [`${door}Throttles`, alias.metricThrottles({ period: FIVE_MINUTES })] as const,
    );
  const asked = doors.filter(([door]) => ASKED.has(door));
  const runs = doors.filter(([door]) => !ASKED.has(door));
  return [
    {
      name: 'FunctionErrors',
      why: 'No expected request ends in an error of its function; one is a defect, a timeout or a missing permission.',
      metric: sumOf('Errors', Object.fromEntries(errors(asked))),
      ...one,
    },
    {
      name: 'Throttled',
      why: 'There was no concurrency left to start a function: a caller got a 5xx of the gateway, and nothing was sent.',
      metric: sumOf('Throttles', Object.fromEntries(throttles(asked))),
      ...one,
    },
    {
      // Errors and throttles together: no caller waits, and both only delay the work.
      name: 'RunsFailed',
      why: 'What runs by itself ended in an error or was not started; its work is late until a run succeeds.',
      metric: sumOf('Errors and throttles', Object.fromEntries([...errors(runs), ...throttles(runs)])),
      ...one,
    },
    {
      // A handler answers an unexpected error with a 500, which Lambda counts as success.
      name: 'UnexpectedErrors',
      why: 'The caller got a proper 500, but no expected case ends in one: it is a defect or a missing permission.',
      metric: serviceMetric('UnexpectedErrors', measured),
      ...one,
    },
  ];
}

/** Every alarm with the reason for its threshold and the place of its entry in the runbook. */
export function serviceAlarms(scope: Construct, parts: AlarmedParts): readonly Alarm[] {
  const rules = [
    ...metricRules(parts),
    ...gatewayRules(parts),
    ...eventRules(parts),
    ...functionRules(parts),
  ];
  const toPeople = new SnsAction(parts.topic);
  return rules.map(({ name, why, metric, threshold, periods, silence }) => {
    const alarm = new Alarm(scope, `${name}Alarm`, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator:
        silence === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silence === true ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
      alarmDescription: `${why} Runbook: lib/stack/RUNBOOK.md#${name.toLowerCase()}`,
    });
    alarm.addAlarmAction(toPeople);
    // Missing data is a change to INSUFFICIENT_DATA. A new alarm starts in that state, so it does not ring before the first run.
    if (silence === true) alarm.addInsufficientDataAction(toPeople);
    return alarm;
  });
}

/**
 * The topic of the alarms. Alarms contain names of metrics and no payment data, so SNS's disk encryption is enough. CloudWatch
 * publishes for an alarm; `enforceSSL` replaces the default policy that allows this, so the permission is added again, for
 * alarms of this account only.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
export function alarmTopic(scope: Construct): Topic {
  const { account, partition, region } = Stack.of(scope);
  const topic = new Topic(scope, 'Alarms', { enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OurAlarms',
      principals: [
        new ServicePrincipal('cloudwatch.amazonaws.com', {
          conditions: {
            StringEquals: { 'aws:SourceAccount': account },
            ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
          },
        }),
      ],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
    }),
  );
  return topic;
}

/**
 * A new version gets a tenth of the traffic for five minutes; an error rolls it back. CodeDeploy uses alarms, and stops a
 * deployment whose alarm already rings. So each version has its own alarm on this version alone. The alarm's name contains the
 * version, so CloudFormation creates a new alarm with a new state.
 */
export function deployGradually(
  scope: Construct,
  { functions, serviceName }: { readonly functions: ServiceFunctions; readonly serviceName: string },
): void {
  const alarms = new Map<string, Alarm>();
  for (const [door, { alias }] of Object.entries(functions)) {
    const team = teamOf(door);
    const doors = Object.entries(functions).filter(([other]) => teamOf(other) === team);
    const alarm = alarms.get(team) ?? versionAlarm(scope, { team, doors, serviceName });
    alarms.set(team, alarm);
    const shift = new LambdaDeploymentGroup(scope, `${door}Shift`, {
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [alarm],
    });
    // The deployment group must use the new version's alarm before the alias shifts traffic.
    alias.node.addDependency(shift);
    acknowledge(shift, {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: "CodeDeploy's own role for shifting an alias; AWS keeps it to what that takes.",
    });
  }
}

/**
 * Functions whose new versions share an alarm, because an alarm takes the metrics of five. Nothing is lost: one rollback fails
 * the deployment, and then CloudFormation rolls back all others, too.
 */
const STAFF_DOORS: readonly string[] = [
  'closeRefund',
  'listRefunds',
  'getReconciliation',
  'acknowledgeFinding',
] satisfies FunctionName[];

function teamOf(door: string): string {
  if (!ASKED.has(door)) return 'runs';
  return STAFF_DOORS.includes(door) ? 'staff' : 'payments';
}

interface Shifted {
  readonly team: string;
  readonly doors: readonly (readonly [string, ServiceFunction])[];
  readonly serviceName: string;
}

/** Errors that Lambda counts, and errors that a handler has answered. */
function versionAlarm(scope: Construct, { team, doors, serviceName: service }: Shifted): Alarm {
  const period = Duration.minutes(1);
  const errorsOf = ([door, { alias, lambda }]: Shifted['doors'][number]) => {
    const { version } = lambda.currentVersion;
    const dimensionsMap = {
      FunctionName: lambda.functionName,
      Resource: `${lambda.functionName}:${alias.aliasName}`,
      ExecutedVersion: version,
    };
    return {
      [`${door}Errors`]: lambda.metricErrors({ period, dimensionsMap }),
      [`${door}Unexpected`]: unexpectedErrorsOf({ service, statistic: 'Sum', period }, { door, version }),
    };
  };
  const errors = Object.fromEntries(doors.flatMap((each) => Object.entries(errorsOf(each))));
  const name = Names.uniqueResourceName(scope, { maxLength: 150, separator: '-' });
  const versions = doors.map(([, { lambda }]) => lambda.currentVersion.version);
  return new Alarm(scope, `${team}DeploymentAlarm`, {
    alarmName: Fn.join('-', [name, team, 'version', ...versions]),
    metric: sumOf('Errors of the new version', errors, period),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription:
      'An error while a new version takes over rolls it back. Runbook: lib/stack/RUNBOOK.md#deployment',
  });
}
