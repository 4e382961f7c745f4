import { systemClock } from './clock.ts';
import { ENVIRONMENT } from './environment.ts';
import { measuresOf, type PlainEvent } from './measures.ts';
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
  const root = {
    _aws: { Timestamp: systemClock(), CloudWatchMetrics: measures.map(directiveOf) },
    [SERVICE_DIMENSION]: service === '' ? UNNAMED_SERVICE : service,
  };
  return measures.reduce<Fields>(
    (line, measure) => ({ ...line, ...dimensionValues(measure), [measure.name]: measure.value }),
    root,
  );
}

function directiveOf(measure: Measure): Fields {
  return {
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensionsOf(measure),
    Metrics: [{ Name: measure.name, Unit: METRICS[measure.name] }],
  };
}

function dimensionsOf({ providerCode, door }: Measure): readonly (readonly string[])[] {
  const ofTheService = [SERVICE_DIMENSION];
  const byFunction = [SERVICE_DIMENSION, FUNCTION_DIMENSION];
  return [
    ofTheService,
    ...(providerCode === undefined ? [] : [[SERVICE_DIMENSION, PROVIDER_CODE_DIMENSION]]),
    ...(door === undefined ? [] : [byFunction, [...byFunction, VERSION_DIMENSION]]),
  ];
}

function dimensionValues({ providerCode, door }: Measure): Fields {
  const version = process.env['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST';
  return {
    ...(providerCode === undefined ? {} : { [PROVIDER_CODE_DIMENSION]: String(providerCode) }),
    ...(door === undefined ? {} : { [FUNCTION_DIMENSION]: door, [VERSION_DIMENSION]: version }),
  };
}

const LEVELS: Partial<Record<PlainEvent['event'], 'WARN' | 'ERROR'>> = {
  in_doubt: 'WARN',
  not_executed: 'WARN',
  not_sent: 'WARN',
  look_failed: 'WARN',
  several_payments: 'WARN',
  order_amount_differs: 'WARN',
  too_many_refunds: 'WARN',
  too_many_look_ups: 'WARN',
  webhook_refused: 'WARN',
  anomaly: 'ERROR',
  payment_mismatch: 'ERROR',
  unreadable_order_item: 'ERROR',
  webhook_unheard: 'ERROR',
  store_failed: 'ERROR',
  drift: 'ERROR',
  corrected: 'ERROR',
  unavailable: 'ERROR',
};

/** One line per decision and one per outcome, with the metrics that follow from it. */
export function reportRefundEvent(event: PlainEvent): void {
  writeLine({ level: LEVELS[event.event] ?? 'INFO', ...event }, measuresOf(event));
}
