import { describeError } from '../iamport/outcome.ts';
import type { RefundEvent } from '../protocol/events.ts';
import type { ReconcileResult } from '../protocol/reconcile.ts';
import { ReconciliationWindowError, type ReconciliationReport } from '../protocol/reconciliation-notes.ts';
import type { ResolverRun } from '../protocol/resolver.ts';
import { StoreError } from '../protocol/write.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { systemClock } from './clock.ts';
import { ConfigurationError } from './config.ts';
import { ENVIRONMENT } from './environment.ts';
import { currentDoor, type Door } from './invocation.ts';
import {
  FUNCTION_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  PROVIDER_CODE_DIMENSION,
  SERVICE_DIMENSION,
  VERSION_DIMENSION,
  type MetricName,
} from './metrics.ts';

// --- Lines ---

type Fields = Readonly<Record<string, unknown>>;

interface Measure {
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
  const version = process.env['AWS_LAMBDA_FUNCTION_VERSION'] ?? '$LATEST';
  const values = measures.map(({ name, value, providerCode, door }) => ({
    ...(providerCode === undefined ? {} : { [PROVIDER_CODE_DIMENSION]: String(providerCode) }),
    ...(door === undefined ? {} : { [FUNCTION_DIMENSION]: door, [VERSION_DIMENSION]: version }),
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

// --- Events ---

/** The events that are logged unchanged; a defect's line is made from its error. */
export type PlainEvent = Exclude<RefundEvent, { readonly event: 'failed' }>;

/**
 * The level and the metric of each event; a new event does not compile until it is listed here. Those without a metric count for
 * nothing, or as `measuresOf` says.
 */
export const LOGGED: Readonly<
  Record<PlainEvent['event'], readonly ['INFO' | 'WARN' | 'ERROR', MetricName?]>
> = {
  cancelled: ['INFO'],
  rejected: ['INFO', 'RefundsRejected'],
  not_executed: ['WARN', 'NotExecuted'],
  unavailable: ['ERROR'],
  not_sent: ['WARN', 'NotSent'],
  in_doubt: ['WARN', 'RefundsUnknown'],
  look_failed: ['WARN', 'ProviderUnavailable'],
  drift: ['ERROR', 'Drift'],
  conflict: ['INFO', 'Conflicts'],
  corrected: ['ERROR', 'Corrected'],
  cancelled_elsewhere: ['INFO', 'CancelledElsewhere'],
  anomaly: ['ERROR', 'Anomalies'],
  payment_mismatch: ['ERROR', 'PaymentMismatch'],
  several_payments: ['WARN', 'SeveralPayments'],
  order_amount_differs: ['WARN', 'OrderAmountDiffers'],
  unreadable_order_item: ['ERROR', 'UnreadableOrderItems'],
  too_many_refunds: ['WARN', 'TooManyRefunds'],
  too_many_look_ups: ['WARN', 'TooManyLookUps'],
  webhook_unheard: ['ERROR', 'WebhookUnheard'],
  closed: ['INFO', 'ClosedByPeople'],
  store_failed: ['ERROR', 'StoreFailures'],
  // The gateway's access log counts it, beside the accepted requests (lib/stack/metrics.ts).
  webhook_refused: ['WARN'],
  decided: ['INFO'],
  outcome: ['INFO'],
  waiting: ['INFO'],
  booked: ['INFO'],
  imported: ['INFO'],
  closing_proposed: ['INFO'],
};

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

function one(name: MetricName): Measure {
  return { name, value: 1 };
}

/** The metrics that follow from an event. */
export function measuresOf(event: PlainEvent): readonly Measure[] {
  if (event.event === 'cancelled') {
    const { attribution, amount = 0, currency } = event;
    return [
      one('RefundsCancelled'),
      ...(currency === 'KRW' ? [{ name: 'CancelledAmountKRW', value: amount } as const] : []),
      ...(attribution === 'answer' ? [one('AttributedByAnswer')] : []),
    ];
  }
  if (event.event === 'unavailable') return [one(event.secret ? 'SecretUnavailable' : 'ProviderUnavailable')];
  const [, name] = LOGGED[event.event];
  if (name === undefined) return [];
  const code = event.event === 'rejected' ? omitMissing({ providerCode: event.providerCode }) : {};
  const isAtPg = event.event === 'not_executed' && event.isAlreadyCancelledAtPg;
  return [{ ...one(name), ...code }, ...(isAtPg ? [one('AlreadyCancelledAtPg')] : [])];
}

// --- Errors ---

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

// --- Runs of the schedules ---

/** KRW has no decimals: its minor unit is the won. */
function won(amounts: Readonly<Record<string, number>>): number {
  return amounts['KRW'] ?? 0;
}

/**
 * A metric costs money for each hour in which it is written, so an idle service writes only metrics whose absence alarms, and no
 * zeros.
 */
function unlessZero(values: Partial<Readonly<Record<MetricName, number>>>): readonly Measure[] {
  return Object.entries(values)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => ({ name: name as MetricName, value }));
}

export function resolverMeasures({
  drained,
  inDoubt,
}: Pick<ResolverRun, 'drained' | 'inDoubt'>): readonly Measure[] {
  return [
    { name: 'InDoubtCount', value: inDoubt.count },
    ...unlessZero({
      InDoubtAmountKRW: won(inDoubt.amounts),
      OldestInDoubtSeconds: Math.floor(inDoubt.oldestMs / 1000),
      ResolverBacklog: drained ? 0 : 1,
    }),
  ];
}

type Compared = Pick<ReconcileResult, 'behindMs' | 'ended' | 'failed' | 'isWithoutSecret' | 'unreached'>;

/** Sums are written once, when a comparison has finished: its report grows over several runs. */
export function reconciliationMeasures({
  behindMs,
  ended,
  failed,
  isWithoutSecret,
  unreached,
}: Compared): readonly Measure[] {
  const total = (of: (report: ReconciliationReport) => number) =>
    ended.reduce((sum, { report }) => sum + of(report), 0);
  return [
    { name: 'ReconciliationBehindSeconds', value: Math.max(0, Math.floor(behindMs / 1000)) },
    ...unlessZero({
      ReconciliationFailed: failed === undefined || isWithoutSecret === true ? 0 : 1,
      ReconciliationUnreached: unreached === undefined ? 0 : 1,
      ReconciliationCompared: total(({ compared }) => compared),
      ReconciliationUnexplainedKRW: total(({ unexplained }) => won(unexplained)),
      // Counts payments in every currency, so that dollars are included.
      ReconciliationUnexplained: total(({ unexplainedPayments }) => unexplainedPayments),
    }),
    ...ended
      .filter(({ window }) => window === 'full')
      .map(({ report }): Measure => ({ name: 'NightlyCompared', value: report.compared })),
  ];
}
