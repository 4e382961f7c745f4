import type { Duration } from 'aws-cdk-lib';
import { Metric, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import {
  FUNCTION_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  SERVICE_DIMENSION,
  VERSION_DIMENSION,
  type MetricName,
  type MetricUnit,
} from '../../functions/runtime/metrics.ts';

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

/** Errors that a handler turned into a 500, so that Lambda does not count them; of one version, or of all. */
export function unexpectedErrors(
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
