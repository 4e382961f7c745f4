import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Unit, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, type IFilterPattern, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE, SERVICE_DIMENSION } from '../../functions/runtime/metrics.ts';

/** What the gateway alone sees: counted in its access log, since no function is asked. */
const GATEWAY_NAMESPACE = `${METRICS_NAMESPACE}/Gateway`;
const TOKENS_REFUSED = 'TokensRefused';

/** Fewer are a page left open over night, or somebody who tries the door. */
const MANY = 10;

const isRefused = FilterPattern.stringValue('$.status', '=', '401');
/** Anything else that the gateway answers behind its authorizer; the webhook's door has none. */
const isLetIn = FilterPattern.all(
  FilterPattern.stringValue('$.status', '!=', '401'),
  FilterPattern.any(
    FilterPattern.stringValue('$.route', '=', 'POST /payments*'),
    FilterPattern.stringValue('$.route', '=', 'GET /payments*'),
  ),
);

/**
 * One value a request with a token: 1 refused, 0 let in. Both in one metric, so that its mean is the part that is refused:
 * of two metrics the one without a value would leave nothing to compare with.
 */
export function countRefusedTokens(scope: Construct, accessLog: ILogGroup): void {
  const count = (id: string, filterPattern: IFilterPattern, metricValue: string) =>
    new MetricFilter(scope, id, {
      logGroup: accessLog,
      filterPattern,
      metricNamespace: GATEWAY_NAMESPACE,
      metricName: TOKENS_REFUSED,
      metricValue,
      unit: Unit.COUNT,
      dimensions: { [SERVICE_DIMENSION]: '$.service' },
    });
  count('TokensRefused', isRefused, '1');
  count('TokensLetIn', isLetIn, '0');
}

/**
 * 1 when many tokens were refused and nobody was let in, else 0. One that has run out is refused every day; that all of them
 * are is an issuer that cannot be reached, or that is not the one of the tokens.
 */
export function allTokensRefused(serviceName: string, period: Duration): IMetric {
  const counted = new Metric({
    namespace: GATEWAY_NAMESPACE,
    metricName: TOKENS_REFUSED,
    dimensionsMap: { [SERVICE_DIMENSION]: serviceName },
    unit: Unit.COUNT,
    period,
  });
  return new MathExpression({
    label: TOKENS_REFUSED,
    expression: `IF(share >= 1 AND asked >= ${MANY}, 1, 0)`,
    usingMetrics: {
      share: counted.with({ statistic: 'Average' }),
      asked: counted.with({ statistic: 'SampleCount' }),
    },
    period,
  });
}
