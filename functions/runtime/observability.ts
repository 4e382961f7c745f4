import { systemClock } from './clock.ts';
import { ENVIRONMENT } from './environment.ts';
import {
  FUNCTION_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  PROVIDER_CODE_DIMENSION,
  SERVICE_DIMENSION,
  VERSION_DIMENSION,
  type MetricName,
} from './metrics.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Measure {
  readonly name: MetricName;
  readonly value: number;
  /** Also counted by this provider code, so that a new kind of refusal is visible. */
  readonly providerCode?: number;
  /** Also counted by function, and by function and version. */
  readonly door?: string;
}

/** The name of the service when the stack has not set one (a tool, a test). */
const UNNAMED_SERVICE = 'iamport-refunds';

/** Written directly to stdout: the console would put a prefix before the JSON, and CloudWatch would not find the metrics. */
export function writeLine(fields: Fields, measures: readonly Measure[] = []): void {
  process.stdout.write(`${JSON.stringify({ ...fields, ...embedded(measures) })}\n`);
}

function embedded(measures: readonly Measure[]): Fields {
  if (measures.length === 0) return {};
  const service = process.env[ENVIRONMENT.serviceName] ?? '';
  const values = measures.map(({ name, value, providerCode, door }) => ({
    ...(providerCode === undefined ? {} : { [PROVIDER_CODE_DIMENSION]: String(providerCode) }),
    ...(door === undefined
      ? {}
      : {
          [FUNCTION_DIMENSION]: door,
          [VERSION_DIMENSION]: process.env['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST',
        }),
    [name]: value,
  }));
  return Object.assign(
    {
      _aws: { Timestamp: systemClock(), CloudWatchMetrics: measures.map(directiveOf) },
      [SERVICE_DIMENSION]: service === '' ? UNNAMED_SERVICE : service,
    },
    ...values,
  ) as Fields;
}

function directiveOf({ name, providerCode, door }: Measure): Fields {
  const byFunction = [SERVICE_DIMENSION, FUNCTION_DIMENSION];
  return {
    Namespace: METRICS_NAMESPACE,
    Dimensions: [
      [SERVICE_DIMENSION],
      ...(providerCode === undefined ? [] : [[SERVICE_DIMENSION, PROVIDER_CODE_DIMENSION]]),
      ...(door === undefined ? [] : [byFunction, [...byFunction, VERSION_DIMENSION]]),
    ],
    Metrics: [{ Name: name, Unit: METRICS[name] }],
  };
}
