import type { RefundEvent } from '../protocol/events.ts';
import type { FinishedReconciliation, ReconciliationReport } from '../protocol/reconciliation-notes.ts';
import type { ResolverRun } from '../protocol/resolver.ts';
import type { MetricName } from './metrics.ts';
import type { Measure } from './observability.ts';

function one(name: MetricName): Measure {
  return { name, value: 1 };
}

type Judged = 'cancelled' | 'rejected' | 'not_executed' | 'unavailable' | 'failed';

/** The metrics of each event, possibly none: a new event does not compile until it is listed here. */
export const COUNTED: Readonly<Record<Exclude<RefundEvent['event'], Judged>, MetricName | undefined>> = {
  not_sent: 'NotSent',
  in_doubt: 'RefundsUnknown',
  look_failed: 'ProviderUnavailable',
  drift: 'Drift',
  conflict: 'Conflicts',
  corrected: 'Corrected',
  cancelled_elsewhere: 'CancelledElsewhere',
  anomaly: 'Anomalies',
  payment_mismatch: 'PaymentMismatch',
  several_payments: 'SeveralPayments',
  order_amount_differs: 'OrderAmountDiffers',
  unreadable_order_item: 'UnreadableOrderItems',
  too_many_refunds: 'TooManyRefunds',
  too_many_look_ups: 'TooManyLookUps',
  webhook_unheard: 'WebhookUnheard',
  closed: 'ClosedByPeople',
  store_failed: 'StoreFailures',
  // The gateway's access log counts it, beside the accepted requests (lib/stack/metrics.ts).
  webhook_refused: undefined,
  decided: undefined,
  outcome: undefined,
  waiting: undefined,
  booked: undefined,
  imported: undefined,
  closing_proposed: undefined,
};

/** The events that are logged unchanged; a defect's line is made from its error (`report.ts`). */
export type PlainEvent = Exclude<RefundEvent, { readonly event: 'failed' }>;

/** The metrics that follow from an event. */
export function measuresOf(event: PlainEvent): readonly Measure[] {
  if (event.event === 'cancelled') return cancelledMeasures(event);
  if (event.event === 'rejected') {
    const { providerCode } = event;
    return [{ ...one('RefundsRejected'), ...(providerCode === undefined ? {} : { providerCode }) }];
  }
  if (event.event === 'not_executed') {
    return [one('NotExecuted'), ...(event.isAlreadyCancelledAtPg ? [one('AlreadyCancelledAtPg')] : [])];
  }
  if (event.event === 'unavailable') return [one(event.secret ? 'SecretUnavailable' : 'ProviderUnavailable')];
  const name = COUNTED[event.event];
  return name === undefined ? [] : [one(name)];
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
function unlessZero(name: MetricName, value: number): readonly Measure[] {
  return value === 0 ? [] : [{ name, value }];
}

export function resolverMeasures({
  drained,
  inDoubt,
}: Pick<ResolverRun, 'drained' | 'inDoubt'>): readonly Measure[] {
  return [
    { name: 'InDoubtCount', value: inDoubt.count },
    ...unlessZero('InDoubtAmountKRW', won(inDoubt.amounts)),
    ...unlessZero('OldestInDoubtSeconds', Math.floor(inDoubt.oldestMs / 1000)),
    ...unlessZero('ResolverBacklog', drained ? 0 : 1),
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
    ...unlessZero('ReconciliationFailed', failed === undefined || isWithoutSecret ? 0 : 1),
    ...unlessZero('ReconciliationUnreached', unreached === undefined ? 0 : 1),
    ...unlessZero(
      'ReconciliationCompared',
      total(({ compared }) => compared),
    ),
    ...unlessZero(
      'ReconciliationUnexplainedKRW',
      total(({ unexplained }) => won(unexplained)),
    ),
    // Counts payments in every currency, so that dollars are included.
    ...unlessZero(
      'ReconciliationUnexplained',
      total(({ unexplainedPayments }) => unexplainedPayments),
    ),
    ...ended
      .filter(({ window }) => window === 'full')
      .map(({ report }): Measure => ({ name: 'NightlyCompared', value: report.compared })),
  ];
}
