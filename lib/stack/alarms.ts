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

/** What the gateway and the queue count. */
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
      // Of cancels alone: reading is fast, and would hide them in a common median.
      why: 'Requests end at 28 s; cancels whose median is beyond 20 s leave PGs no room.',
      metric: functions.cancelPayment.alias.metricDuration({ period: FIVE_MINUTES, statistic: 'p50' }),
      threshold: 20_000,
      periods: 2,
    },
  ];
}

/** What is not told, or told late. */
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

/** Doors that a route leads to. The others run by themselves: by the clock, by a stream, by a queue. */
const ASKED = new Set<string>(Object.values(ROUTES).map(({ door }) => door));

/** One alarm a kind of failure and not one a function: what to do is the same, and the dashboard tells which function it was. */
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
      // Errors and throttles together: nobody waits for an answer, and each of them only makes the work late.
      name: 'RunsFailed',
      why: 'What runs by itself ended in an error or was not started; its work is late until a run succeeds.',
      metric: sumOf('Errors and throttles', Object.fromEntries([...errors(runs), ...throttles(runs)])),
      ...one,
    },
    {
      // A handler answers an unexpected error with a 500, which Lambda takes for success.
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
    // Silence is heard as the change to INSUFFICIENT_DATA. A new alarm begins there, so it does not ring before the first run.
    if (silence === true) alarm.addInsufficientDataAction(toPeople);
    return alarm;
  });
}

/**
 * Where alarms go. They hold names of metrics and nothing of a payment, so SNS's own encryption of its disks will do. An alarm
 * publishes in CloudWatch's name; `enforceSSL` takes the place of the default policy under which this account's alarms may
 * publish, so it is said again, and for this account's alone.
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
 * A new version takes a tenth of the traffic for five minutes; an error of it takes the traffic back. CodeDeploy only knows
 * alarms, and stops a deployment whose alarm rings already. So each version has an alarm of its own, which looks at this version
 * alone: its name bears the version, and with another name CloudFormation makes another alarm, whose state is not the old one's.
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
    // The group must look at the new version's alarm before the alias begins to shift.
    alias.node.addDependency(shift);
    acknowledge(shift, {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      reason: "CodeDeploy's own role for shifting an alias; AWS keeps it to what that takes.",
    });
  }
}

/**
 * Doors whose new versions go forward and back together, because an alarm takes the metrics of five. It costs nothing: one that
 * goes back fails the deployment, and then CloudFormation takes back all the others as well.
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

/** Errors that Lambda counts, and those that a handler has turned into an answer. */
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
