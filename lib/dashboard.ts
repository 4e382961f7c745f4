import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type Alarm,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { serviceMetric } from './alarms.ts';

export interface DashboardParts {
  readonly api: HttpApi;
  readonly functions: Readonly<Record<string, { readonly alias: Alias }>>;
  readonly alarms: readonly Alarm[];
}

const WIDTH = 12;

function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, width: WIDTH });
}

function sum(name: string): IMetric {
  return serviceMetric(name, 'Sum', Duration.minutes(5));
}

function highest(name: string): IMetric {
  return serviceMetric(name, 'Maximum', Duration.minutes(5));
}

/** One page, money first: what was cancelled, what is in doubt and for how long, then the machinery. */
export function serviceDashboard(scope: Construct, { api, functions, alarms }: DashboardParts): Dashboard {
  const aliases = Object.values(functions).map(({ alias }) => alias);
  const dashboard = new Dashboard(scope, 'Dashboard');
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * WIDTH }));
  dashboard.addWidgets(
    graph('Won cancelled', [sum('CancelledAmountKRW')], [sum('RefundsCancelled')]),
    graph(
      'In doubt',
      [highest('InDoubtAmountKRW')],
      [highest('InDoubtCount'), highest('OldestInDoubtSeconds')],
    ),
  );
  dashboard.addWidgets(
    graph('Refused and unknown', [sum('RefundsRejected'), sum('RefundsUnknown'), sum('ProviderUnavailable')]),
    graph(
      'To look at',
      [sum('Drift'), sum('AttributedByPosition'), sum('LateCorrections')],
      [sum('Conflicts')],
    ),
  );
  dashboard.addWidgets(
    graph(
      'Requests',
      [api.metricCount(), api.metricClientError(), api.metricServerError()],
      [api.metricLatency({ statistic: 'p99' })],
    ),
    graph(
      'Functions',
      aliases.map((alias) => alias.metricErrors()),
      aliases.map((alias) => alias.metricDuration({ statistic: 'p99' })),
    ),
  );
  return dashboard;
}
