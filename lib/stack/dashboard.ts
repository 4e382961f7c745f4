import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type Alarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { MetricName } from '../../functions/runtime/metrics.ts';
import type { ServiceFunctions } from './functions.ts';
import { serviceMetric, unexpectedErrorsOf } from './metrics.ts';

interface DashboardParts {
  readonly serviceName: string;
  readonly api: HttpApi;
  readonly functions: ServiceFunctions;
}

interface Graph {
  readonly title: string;
  readonly left: readonly MetricName[];
  readonly right?: readonly MetricName[];
}

const WIDTH = 12;

/** Gauges: a sum over time would have no meaning. */
const LEVELS: readonly MetricName[] = [
  'InDoubtCount',
  'InDoubtAmountKRW',
  'OldestInDoubtSeconds',
  'ReconciliationBehindSeconds',
];

/** The widgets in order: cancelled money, refunds in doubt and their age, findings for people, then the functions. */
const GRAPHS: readonly Graph[] = [
  { title: 'Won cancelled', left: ['CancelledAmountKRW'], right: ['RefundsCancelled', 'CancelledElsewhere'] },
  { title: 'In doubt', left: ['InDoubtAmountKRW'], right: ['InDoubtCount', 'OldestInDoubtSeconds'] },
  {
    title: 'Refused and unknown',
    left: ['RefundsRejected', 'NotExecuted', 'NotSent', 'RefundsUnknown'],
    right: ['Conflicts', 'TooManyRefunds', 'TooManyLookUps'],
  },
  {
    title: 'To look at',
    left: ['Drift', 'PaymentMismatch', 'AlreadyCancelledAtPg', 'Anomalies', 'Corrected'],
    right: ['AttributedByAnswer', 'ClosedByPeople'],
  },
  { title: 'Orders', left: ['SeveralPayments', 'OrderAmountDiffers'], right: ['UnreadableOrderItems'] },
  {
    title: 'Reconciliation',
    left: ['ReconciliationUnexplainedKRW'],
    right: [
      'ReconciliationCompared',
      'NightlyCompared',
      'ReconciliationUnexplained',
      'ReconciliationFailed',
      'ReconciliationUnreached',
      'ReconciliationBehindSeconds',
    ],
  },
  {
    title: 'What we depend on',
    left: ['ProviderUnavailable', 'SecretUnavailable', 'WebhookUnheard', 'StoreFailures'],
    right: ['ResolverBacklog'],
  },
];

export function serviceDashboard(
  scope: Construct,
  parts: DashboardParts,
  alarms: readonly Alarm[],
): Dashboard {
  const period = Duration.minutes(5);
  const measured = { service: parts.serviceName, period, statistic: 'Sum' } as const;
  const metrics = (names: readonly MetricName[]): IMetric[] =>
    names.map((name) =>
      serviceMetric(name, { ...measured, statistic: LEVELS.includes(name) ? 'Maximum' : 'Sum' }),
    );
  const doors = Object.entries(parts.functions);
  const widgets = [
    ...GRAPHS.map(({ title, left, right = [] }) => ({ title, left: metrics(left), right: metrics(right) })),
    {
      title: 'Requests',
      left: [parts.api.metricCount(), parts.api.metricClientError(), parts.api.metricServerError()],
      right: [parts.api.metricLatency({ statistic: 'p99' })],
    },
    {
      title: 'Functions',
      left: doors.flatMap(([door, { alias }]) => [
        alias.metricErrors(),
        unexpectedErrorsOf(measured, { door }),
      ]),
      right: doors.map(([, { alias }]) => alias.metricDuration({ statistic: 'p99' })),
    },
  ].map((graph) => new GraphWidget({ ...graph, width: WIDTH }));
  const dashboard = new Dashboard(scope, 'Dashboard');
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * WIDTH }));
  for (let index = 0; index < widgets.length; index += 2) {
    dashboard.addWidgets(...widgets.slice(index, index + 2));
  }
  return dashboard;
}
