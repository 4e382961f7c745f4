import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Unit, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type IFilterPattern, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import {
  FUNCTION_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  SERVICE_DIMENSION,
  VERSION_DIMENSION,
  type MetricName,
  type MetricUnit,
} from '../../functions/runtime/metrics.ts';
import { WEBHOOK_ROUTE } from './routes.ts';

// --- What the functions write ---

const UNITS: Readonly<Record<MetricUnit, Unit>> = {
  Count: Unit.COUNT,
  Seconds: Unit.SECONDS,
  None: Unit.NONE,
};

export interface Measured {
  /** Value of the dimension `Service`. */
  readonly service: string;
  readonly period: Duration;
  readonly statistic: 'Sum' | 'Maximum' | 'SampleCount';
}

/** A metric exactly as the functions write it: with another unit or dimension CloudWatch finds nothing, and says nothing. */
export function serviceMetric(metricName: MetricName, { service, ...measured }: Measured): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { [SERVICE_DIMENSION]: service },
    unit: UNITS[METRICS[metricName]],
    ...measured,
  });
}

/** Errors that a handler turned into a 500, so that Lambda does not count them; of one function, and of one version of it. */
export function unexpectedErrorsOf(
  measured: Measured,
  { door, version }: { readonly door: string; readonly version?: string },
): Metric {
  return serviceMetric('UnexpectedErrors', measured).with({
    dimensionsMap: {
      [SERVICE_DIMENSION]: measured.service,
      [FUNCTION_DIMENSION]: door,
      ...(version === undefined ? {} : { [VERSION_DIMENSION]: version }),
    },
  });
}

// --- What several functions count, together ---

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html */
const MOST_METRICS_OF_AN_ALARM = 10;

/** A function that was not called has no value, which counts as 0. */
export function sumOf(
  label: string,
  metrics: Readonly<Record<string, IMetric>>,
  period = Duration.minutes(5),
): IMetric {
  const ids = Object.keys(metrics);
  if (ids.length > MOST_METRICS_OF_AN_ALARM)
    throw new Error(`Bug: ${label} of ${ids.join(', ')}: an alarm takes ten metrics`);
  return new MathExpression({
    label,
    expression: `SUM([${ids.map((id) => `FILL(${id}, 0)`).join(', ')}])`,
    usingMetrics: { ...metrics },
    period,
  });
}

// --- What only the gateway sees: counted in its access log, since no function is asked or none says yes ---

const GATEWAY_NAMESPACE = `${METRICS_NAMESPACE}/Gateway`;

type Counted = 'TokensRefused' | 'WebhooksRefused';

const status = (comparison: '=' | '!=', value: string) =>
  FilterPattern.stringValue('$.status', comparison, value);
const route = (pattern: string) => FilterPattern.stringValue('$.route', '=', pattern);
const isWebhook = route(WEBHOOK_ROUTE);
/** Every route but the webhook's; a request that no route was found for has none. */
const hasToken = FilterPattern.any(route('GET /*'), route('POST /payments*'), route('POST /reconciliation*'));

interface Refusing {
  readonly refused: IFilterPattern;
  readonly letIn: IFilterPattern;
}

const REFUSING: Readonly<Record<Counted, Refusing>> = {
  TokensRefused: { refused: status('=', '401'), letIn: FilterPattern.all(status('!=', '401'), hasToken) },
  // A webhook over the throttle (429) was not looked at.
  WebhooksRefused: {
    refused: FilterPattern.all(status('=', '403'), isWebhook),
    letIn: FilterPattern.all(status('!=', '403'), status('!=', '429'), isWebhook),
  },
};

/**
 * One value a request: 1 refused, 0 let in. Both in one metric, so its mean is the share that is refused: of two metrics the one
 * without a value would leave nothing to compare with.
 */
export function countAtTheGateway(scope: Construct, accessLog: ILogGroup): void {
  const count = (metricName: Counted, id: string, filterPattern: IFilterPattern, metricValue: string) =>
    new MetricFilter(scope, id, {
      logGroup: accessLog,
      filterPattern,
      metricNamespace: GATEWAY_NAMESPACE,
      metricName,
      metricValue,
      unit: Unit.COUNT,
      dimensions: { [SERVICE_DIMENSION]: '$.service' },
    });
  for (const [name, { refused, letIn }] of Object.entries(REFUSING) as [Counted, Refusing][]) {
    count(name, name, refused, '1');
    count(name, name.replace('Refused', 'LetIn'), letIn, '0');
  }
}

/** Fewer are a page left open over night, or somebody who tries the door. */
const MANY = 10;

/**
 * 1 when many were refused and nobody was let in, else 0. A token that has expired is refused every day, and so are strangers'
 * webhooks. All of them refused: the issuer is unreachable or misconfigured, or the provider sends from new addresses.
 */
export function allRefused(name: Counted, service: string, period: Duration): IMetric {
  const counted = new Metric({
    namespace: GATEWAY_NAMESPACE,
    metricName: name,
    dimensionsMap: { [SERVICE_DIMENSION]: service },
    unit: Unit.COUNT,
    period,
  });
  return new MathExpression({
    label: name,
    expression: `IF(share >= 1 AND asked >= ${MANY}, 1, 0)`,
    usingMetrics: {
      share: counted.with({ statistic: 'Average' }),
      asked: counted.with({ statistic: 'SampleCount' }),
    },
    period,
  });
}
