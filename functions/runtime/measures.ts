import type { RefundEvent } from '../protocol/events.ts';
import type { FinishedReconciliation, ReconciliationReport } from '../protocol/reconciliation-notes.ts';
import type { ResolverRun } from '../protocol/resolver.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { MetricName } from './metrics.ts';
import type { Measure } from './report.ts';

/** The events that are logged unchanged; a defect's line is made from its error (`report.ts`). */
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

function one(name: MetricName): Measure {
  return { name, value: 1 };
}

/** The metrics that follow from an event. */
export function measuresOf(event: PlainEvent): readonly Measure[] {
  if (event.event === 'cancelled') return cancelledMeasures(event);
  if (event.event === 'unavailable') return [one(event.secret ? 'SecretUnavailable' : 'ProviderUnavailable')];
  const [, name] = LOGGED[event.event];
  if (name === undefined) return [];
  const code = event.event === 'rejected' ? omitMissing({ providerCode: event.providerCode }) : {};
  const isAtPg = event.event === 'not_executed' && event.isAlreadyCancelledAtPg;
  return [{ ...one(name), ...code }, ...(isAtPg ? [one('AlreadyCancelledAtPg')] : [])];
}

function cancelledMeasures({
  attribution,
  amount = 0,
  currency,
}: Extract<RefundEvent, { readonly event: 'cancelled' }>): readonly Measure[] {
  return [
    one('RefundsCancelled'),
    ...(currency === 'KRW' ? [{ name: 'CancelledAmountKRW', value: amount } as const] : []),
    ...(attribution === 'answer' ? [one('AttributedByAnswer')] : []),
  ];
}

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

export interface ReconciliationNumbers {
  readonly behindMs: number;
  /** The comparisons that finished in this run. */
  readonly ended: readonly Pick<FinishedReconciliation, 'window' | 'report'>[];
  readonly failed?: string | undefined;
  readonly isWithoutSecret?: boolean | undefined;
  /** The part that the comparison of the last 90 days did not reach in its night. */
  readonly unreached?: object | undefined;
}

/** Sums are written once, when a comparison has finished: its report grows over several runs. */
export function reconciliationMeasures({
  behindMs,
  ended,
  failed,
  isWithoutSecret = false,
  unreached,
}: ReconciliationNumbers): readonly Measure[] {
  const total = (of: (report: ReconciliationReport) => number) =>
    ended.reduce((sum, { report }) => sum + of(report), 0);
  return [
    { name: 'ReconciliationBehindSeconds', value: Math.max(0, Math.floor(behindMs / 1000)) },
    ...unlessZero({
      ReconciliationFailed: failed === undefined || isWithoutSecret ? 0 : 1,
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
