import { Duration, Fn, Names, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { metricRules } from './alarm-rules.ts';
import type { Events } from './events.ts';
import type { FunctionName, ServiceFunction, ServiceFunctions } from './functions.ts';
import { allRefused, serviceMetric, sumOf, unexpectedErrorsOf } from './metrics.ts';
import { ROUTES } from './routes.ts';

interface AlarmRule {
  readonly why: string;
  readonly metric: IMetric;
  /** @default 1 */
  readonly threshold?: number;
  /** @default 1 */
  readonly periods?: number;
  readonly silence?: true;
}

/** By the heading of the entry in lib/stack/RUNBOOK.md. */
type AlarmRules = Readonly<Record<string, AlarmRule>>;

interface AlarmedParts {
  readonly serviceName: string;
  readonly quietPeriodSeconds: number;
  readonly api: HttpApi;
  readonly alarmTopic: ITopic;
  readonly failures: Queue;
  readonly events: Pick<Events, 'failures' | 'forwarding'>;
  readonly functions: ServiceFunctions;
}

const period = Duration.minutes(5);

/** Alarms on the functions' own metrics. */
function serviceRules({ serviceName: service, quietPeriodSeconds }: AlarmedParts): AlarmRules {
  const rules = Object.entries(metricRules(quietPeriodSeconds)).map(
    ([name, { metric, statistic, minutes, ...rule }]) => {
      const measured = { service, statistic, period: Duration.minutes(minutes) };
      return [name, { ...rule, metric: serviceMetric(metric, measured) }] as const;
    },
  );
  return Object.fromEntries(rules);
}

/** Alarms on metrics of the gateway, and on work that has failed or is late. */
function awsRules({ api, failures, functions, events, serviceName }: AlarmedParts): AlarmRules {
  const { failures: notPublished, forwarding } = events;
  const waiting = (queue: Queue) => queue.metricApproximateNumberOfMessagesVisible({ period });
  return {
    DeadLetters: { why: 'A scheduled run has failed and is not retried.', metric: waiting(failures) },
    ServerErrors: {
      why: 'A refund that may have happened is answered with 202; five answers of 5xx are an outage or a defect.',
      metric: api.metricServerError({ period }),
      threshold: 5,
    },
    TokensRefused: {
      why: 'In one hour ten tokens were refused and none was accepted: the issuer is down or misconfigured.',
      metric: allRefused('TokensRefused', serviceName, Duration.hours(1)),
    },
    WebhooksRefused: {
      why: "In one day ten webhooks were refused and none was accepted: i'mport may send from new addresses.",
      metric: allRefused('WebhooksRefused', serviceName, Duration.hours(24)),
    },
    SlowAnswers: {
      // Only cancels: the fast reads would hide them in a common median.
      why: 'Requests end at 28 s; a median of 20 s for cancels leaves PGs too little time.',
      metric: functions.cancelPayment.alias.metricDuration({ period, statistic: 'p50' }),
      threshold: 20_000,
      periods: 2,
    },
    EventFailures: {
      why: "An event was not delivered to the bus or to the shop's address.",
      metric: sumOf('Events not taken', {
        published: waiting(notPublished),
        ...(forwarding && { forwarded: waiting(forwarding.failures) }),
      }),
    },
    EventsLate: {
      why: 'Events are ten minutes late; the stream keeps them only for a day.',
      metric: functions.publishRefunds.alias.metric('IteratorAge', { period, statistic: 'Maximum' }),
      threshold: 600_000,
    },
  };
}

type Door = readonly [name: string, ServiceFunction];

/** Functions with a route. The others are run by a schedule, a stream or a queue. */
const ASKED = new Set<string>(Object.values(ROUTES).map(({ door }) => door));

/** One alarm per kind of failure, not per function: the action is the same, and the dashboard shows the function. */
function functionRules({ functions, serviceName: service }: AlarmedParts): AlarmRules {
  const doors: readonly Door[] = Object.entries(functions);
  const asked = doors.filter(([name]) => ASKED.has(name));
  const runs = doors.filter(([name]) => !ASKED.has(name));
  const errors = (all: readonly Door[]) =>
    all.map(([name, { alias }]) => [`${name}Errors`, alias.metricErrors({ period })] as const);
  const throttles = (all: readonly Door[]) =>
    all.map(([name, { alias }]) => [`${name}Throttles`, alias.metricThrottles({ period })] as const);
  return {
    FunctionErrors: {
      why: 'A request ended in an error of its function: a defect, a timeout or a missing permission.',
      metric: sumOf('Errors', Object.fromEntries(errors(asked))),
    },
    Throttled: {
      why: 'A function could not be started for lack of concurrency: the caller got a 5xx, and nothing was sent.',
      metric: sumOf('Throttles', Object.fromEntries(throttles(asked))),
    },
    RunsFailed: {
      // Errors and throttles together: no caller waits, and both only delay the work.
      why: 'A function without a caller ended in an error or was not started; its work is late.',
      metric: sumOf('Errors and throttles', Object.fromEntries([...errors(runs), ...throttles(runs)])),
    },
    UnexpectedErrors: {
      // A handler answers an unexpected error with a 500, which Lambda counts as success.
      why: 'A request was answered with 500: a defect or a missing permission.',
      metric: serviceMetric('UnexpectedErrors', { service, statistic: 'Sum', period }),
    },
  };
}

/** Every alarm with the reason for its threshold and the place of its entry in the runbook. */
export function serviceAlarms(scope: Construct, parts: AlarmedParts): readonly Alarm[] {
  const toPeople = new SnsAction(parts.alarmTopic);
  const rules = { ...serviceRules(parts), ...awsRules(parts), ...functionRules(parts) };
  return Object.entries(rules).map(([name, { why, metric, threshold = 1, periods = 1, silence }]) => {
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
  { functions, serviceName }: Pick<AlarmedParts, 'functions' | 'serviceName'>,
): void {
  const groups = Map.groupBy(Object.entries(functions), ([name]) => deploymentOf(name));
  for (const [group, doors] of groups) {
    const alarm = versionAlarm(scope, { group, doors, serviceName });
    for (const [name, { alias }] of doors) {
      const shift = new LambdaDeploymentGroup(scope, `${name}Shift`, {
        alias,
        deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
        alarms: [alarm],
      });
      // The deployment group must use the new version's alarm before the alias shifts traffic.
      alias.node.addDependency(shift);
    }
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

function deploymentOf(name: string): string {
  if (!ASKED.has(name)) return 'runs';
  return STAFF_DOORS.includes(name) ? 'staff' : 'payments';
}

interface Shifted {
  readonly group: string;
  readonly doors: readonly Door[];
  readonly serviceName: string;
}

/** Errors that Lambda counts, and errors that a handler has answered. */
function versionAlarm(scope: Construct, { group, doors, serviceName: service }: Shifted): Alarm {
  const minute = Duration.minutes(1);
  const errors = doors.flatMap(([door, { alias, lambda }]): (readonly [string, IMetric])[] => {
    const { version } = lambda.currentVersion;
    const dimensionsMap = {
      FunctionName: lambda.functionName,
      Resource: `${lambda.functionName}:${alias.aliasName}`,
      ExecutedVersion: version,
    };
    const measured = { service, statistic: 'Sum', period: minute } as const;
    return [
      [`${door}Errors`, lambda.metricErrors({ period: minute, dimensionsMap })],
      [`${door}Unexpected`, unexpectedErrorsOf(measured, { door, version })],
    ];
  });
  const name = Names.uniqueResourceName(scope, { maxLength: 150, separator: '-' });
  const versions = doors.map(([, { lambda }]) => lambda.currentVersion.version);
  return new Alarm(scope, `${group}DeploymentAlarm`, {
    alarmName: Fn.join('-', [name, group, 'version', ...versions]),
    metric: sumOf('Errors of the new version', Object.fromEntries(errors), minute),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription:
      'An error while a new version takes over rolls it back. Runbook: lib/stack/RUNBOOK.md#deployment',
  });
}
