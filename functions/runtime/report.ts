import { describeError } from '../iamport/outcome.ts';
import type { RefundEvent } from '../protocol/events.ts';
import { ReconciliationWindowError } from '../protocol/reconciliation-notes.ts';
import { StoreError } from '../protocol/write.ts';
import { systemClock } from './clock.ts';
import { ConfigurationError } from './config.ts';
import { ENVIRONMENT } from './environment.ts';
import { currentDoor, type Door } from './invocation.ts';
import { LOGGED, measuresOf } from './measures.ts';
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

// --- Events and errors ---

/**
 * The log events of the workflows: one line per decision and one per outcome, with the metrics that follow from it. A defect
 * counts for the running function, like one that ends it.
 */
export function reportEvent(event: RefundEvent): void {
  if (event.event !== 'failed') {
    const [level] = LOGGED[event.event];
    writeLine({ level, ...event }, measuresOf(event));
    return;
  }
  const { error, event: _failed, ...about } = event;
  reportUnexpected(currentDoor(), error, about);
}

/**
 * An error that ends an invocation. True for an unreachable table: that is no defect of ours, and the protocol throws it only when
 * nothing was sent and nothing will be.
 */
export function reportFailure(door: Door, error: unknown, about: Fields): error is StoreError {
  if (error instanceof StoreError) {
    reportEvent({ event: 'store_failed', during: door, cause: error.message, merchantUid: '' });
    return true;
  }
  reportUnexpected(door, error, about);
  return false;
}

/** The stack trace's lines that show the place. */
const STACK_LINES = 5;

/**
 * An unexpected error: one line with its cause by name and place, and the metric of the alarms. Outside of an invocation there is
 * no door and no alarm.
 */
export function reportUnexpected(door: Door | undefined, error: unknown, about: Fields = {}): void {
  const stack =
    error instanceof Error ? error.stack?.split('\n').filter(isPlace).slice(0, STACK_LINES) : undefined;
  // The texts of these two contain a variable or field and its rule; other texts could quote a request.
  const isOurs = error instanceof ConfigurationError || error instanceof ReconciliationWindowError;
  const rule = isOurs ? { rule: error.message } : {};
  writeLine(
    { level: 'ERROR', event: 'failed', cause: describeError(error), ...rule, stack, ...about },
    door === undefined ? [] : [{ name: 'UnexpectedErrors', value: 1, door }],
  );
}

/** The first lines are left out: a message may have several, and quotes its input. */
function isPlace(line: string): boolean {
  return /^\s+at /.test(line);
}
