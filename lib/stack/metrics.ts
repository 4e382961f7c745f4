import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Unit, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
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

// --- Metrics that the functions write ---

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

/** A metric exactly as the functions write it: with another unit or dimension CloudWatch silently finds no data. */
export function serviceMetric(metricName: MetricName, { service, ...measured }: Measured): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { [SERVICE_DIMENSION]: service },
    unit: UNITS[METRICS[metricName]],
    ...measured,
  });
}

/** Errors that a handler answered with 500, which Lambda does not count; per function and per version. */
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

// --- Metrics summed over several functions ---

/** A function without calls has no value, which counts as 0. */
export function sumOf(
  label: string,
  metrics: Readonly<Record<string, IMetric>>,
  period = Duration.minutes(5),
): IMetric {
  const filled = Object.keys(metrics).map((id) => `FILL(${id}, 0)`);
  return new MathExpression({
    label,
    expression: `SUM([${filled.join(', ')}])`,
    usingMetrics: { ...metrics },
    period,
  });
}

// --- Metrics from the gateway's access log, for requests that no function handles or accepts ---

const GATEWAY_NAMESPACE = `${METRICS_NAMESPACE}/Gateway`;

type Counted = 'TokensRefused' | 'WebhooksRefused';

const WEBHOOK = `($.route = "${WEBHOOK_ROUTE}")`;
/** Every route except the webhook's; a request without a matching route has none. */
const WITH_TOKEN = ['GET /*', 'POST /payments*', 'POST /reconciliation*']
  .map((route) => `($.route = "${route}")`)
  .join(' || ');

/** Filters of the access log: the refused requests, and the accepted ones. */
const FILTERS: Readonly<Record<Counted, readonly [refused: string, accepted: string]>> = {
  TokensRefused: ['{ $.status = "401" }', `{ ($.status != "401") && (${WITH_TOKEN}) }`],
  // A throttled webhook (429) was not checked, so it does not count.
  WebhooksRefused: [
    `{ ($.status = "403") && ${WEBHOOK} }`,
    `{ ($.status != "403") && ($.status != "429") && ${WEBHOOK} }`,
  ],
};

/**
 * One value per request: 1 refused, 0 accepted. With both in one metric, the mean is the refused share; with two metrics, one of
 * them could have no value.
 */
export function countAtTheGateway(scope: Construct, logGroup: ILogGroup): void {
  for (const [metricName, [refused, accepted]] of Object.entries(FILTERS)) {
    const metric = {
      logGroup,
      metricNamespace: GATEWAY_NAMESPACE,
      metricName,
      unit: Unit.COUNT,
      dimensions: { [SERVICE_DIMENSION]: '$.service' },
    };
    const count = (id: string, pattern: string, metricValue: string) =>
      new MetricFilter(scope, id, { ...metric, metricValue, filterPattern: FilterPattern.literal(pattern) });
    count(metricName, refused, '1');
    count(metricName.replace('Refused', 'LetIn'), accepted, '0');
  }
}

/** Fewer refusals can come from a page left open over night, or from a stranger. */
const MANY = 10;

/**
 * 1 if many requests were refused and none was accepted, else 0. Single expired tokens and strangers' webhooks are normal. If
 * all are refused, the issuer is unreachable or misconfigured, or i'mport sends from new addresses.
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
