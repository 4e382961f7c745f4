import { systemClock } from './clock.ts';
import { ENVIRONMENT } from './environment.ts';
import { measuresOf, type PlainEvent } from './measures.ts';
import {
  FUNCTION_DIMENSION,
  type METRICS,
  METRICS_NAMESPACE,
  PROVIDER_CODE_DIMENSION,
  SERVICE_DIMENSION,
  VERSION_DIMENSION,
  type MetricName,
  type MetricUnit,
} from './metrics.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Measure {
  readonly name: MetricName;
  readonly value: number;
  /** Also counted by this provider code, so that a new kind of refusal shows. */
  readonly providerCode?: number;
  /** Counted by function, and by function and version, and not for the service as a whole. */
  readonly door?: string;
}

/** The deployer's name of the service, where the stack has not set one (a tool, a test). */
const UNNAMED_SERVICE = 'iamport-refunds';

/** Written straight to stdout: the console would put a prefix before the JSON, and metrics would not be found. */
export function writeLine(fields: Fields, measures: readonly Measure[] = []): void {
  process.stdout.write(lineOf(fields, measures));
}

function lineOf(fields: Fields, measures: readonly Measure[]): string {
  return `${JSON.stringify({ ...fields, ...embedded(measures) })}\n`;
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

type Units = typeof METRICS;
type OtherUnits = {
  readonly [Name in MetricName as Units[Name] extends 'Count' ? never : Name]: Units[Name];
};

/** Said once more, so that the whole table is not in every bundle; what differs from it does not compile. */
const OTHER_UNITS: Partial<Record<MetricName, MetricUnit>> = {
  CancelledAmountKRW: 'None',
  InDoubtAmountKRW: 'None',
  OldestInDoubtSeconds: 'Seconds',
  ReconciliationExplainedKRW: 'None',
  ReconciliationUnexplainedKRW: 'None',
  ReconciliationBehindSeconds: 'Seconds',
} satisfies OtherUnits;

function directiveOf(measure: Measure): Fields {
  return {
    Namespace: METRICS_NAMESPACE,
    Dimensions: dimensionsOf(measure),
    Metrics: [{ Name: measure.name, Unit: OTHER_UNITS[measure.name] ?? 'Count' }],
  };
}

function dimensionsOf({ providerCode, door }: Measure): readonly (readonly string[])[] {
  if (door !== undefined) {
    const byFunction = [SERVICE_DIMENSION, FUNCTION_DIMENSION];
    return [byFunction, [...byFunction, VERSION_DIMENSION]];
  }
  const all = [SERVICE_DIMENSION];
  return providerCode === undefined ? [all] : [all, [SERVICE_DIMENSION, PROVIDER_CODE_DIMENSION]];
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
  read_back_failed: 'WARN',
  several_payments: 'WARN',
  order_amount_differs: 'WARN',
  too_many_refunds: 'WARN',
  webhook_refused: 'WARN',
  anomaly: 'ERROR',
  payment_mismatch: 'ERROR',
  unreadable_item: 'ERROR',
  unreadable_order_item: 'ERROR',
  webhook_unheard: 'ERROR',
  store_failed: 'ERROR',
  drift: 'ERROR',
  corrected: 'ERROR',
  unavailable: 'ERROR',
};

/** One line per decision and one per outcome, with the metrics that follow from it. */
export function reportRefundEvent(event: PlainEvent): void {
  process.stdout.write(eventLine(event));
}

/** The line of an event, with the metrics that follow from it. */
export function eventLine(event: PlainEvent): string {
  return lineOf({ level: LEVELS[event.event] ?? 'INFO', ...event }, measuresOf(event));
}
