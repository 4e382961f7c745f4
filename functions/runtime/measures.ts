import type { RefundEvent } from '../protocol/events.ts';
import type { FinishedReconciliation, ReconciliationReport } from '../protocol/reconciliation-notes.ts';
import type { MetricName } from './metrics.ts';
import type { Measure } from './observability.ts';

function one(name: MetricName): Measure {
  return { name, value: 1 };
}

type Judged = 'cancelled' | 'rejected' | 'unavailable' | 'failed';

/** What each event counts for, if only for nothing: a new event does not compile before it has said so. */
const COUNTED: Readonly<Record<Exclude<RefundEvent['event'], Judged>, MetricName | undefined>> = {
  not_executed: 'NotExecuted',
  in_doubt: 'RefundsUnknown',
  read_back_failed: 'ProviderUnavailable',
  drift: 'Drift',
  conflict: 'Conflicts',
  corrected: 'LateCorrections',
  anomaly: 'Anomalies',
  payment_mismatch: 'PaymentMismatch',
  several_payments: 'SeveralPayments',
  order_amount_differs: 'OrderAmountDiffers',
  unreadable_item: 'UnreadableItems',
  unreadable_order_item: 'UnreadableOrderItems',
  too_many_refunds: 'TooManyRefunds',
  webhook_unheard: 'WebhookUnheard',
  webhook_refused: 'WebhookRefused',
  closed: 'ClosedByPeople',
  store_failed: 'StoreFailures',
  decided: undefined,
  outcome: undefined,
  waiting: undefined,
  resent: undefined,
  booked: undefined,
  imported: undefined,
  adopted: undefined,
  closing_proposed: undefined,
};

/** The events that are written as they are; a defect's line is made of its error (`report.ts`). */
export type PlainEvent = Exclude<RefundEvent, { readonly event: 'failed' }>;

/** The metrics that follow from an event. */
export function measuresOf(event: PlainEvent): readonly Measure[] {
  if (event.event === 'cancelled') return cancelledMeasures(event);
  if (event.event === 'rejected') return rejectedMeasures(event);
  if (event.event === 'unavailable') return [one(event.secret ? 'SecretUnavailable' : 'ProviderUnavailable')];
  const name = COUNTED[event.event];
  return name === undefined ? [] : [one(name)];
}

/** KRW has no decimals: its minor unit is the won. */
function won(amounts: Readonly<Record<string, number>>): number {
  return amounts['KRW'] ?? 0;
}

function cancelledMeasures({
  attribution,
  amount,
  currency,
}: Extract<RefundEvent, { readonly event: 'cancelled' }>): readonly Measure[] {
  return [
    one('RefundsCancelled'),
    ...(currency === 'KRW' ? [{ name: 'CancelledAmountKRW', value: amount ?? 0 } as const] : []),
    ...(attribution === 'position' ? [one('AttributedByPosition')] : []),
    ...(attribution === 'answer' ? [one('AttributedByAnswer')] : []),
  ];
}

function rejectedMeasures({
  code,
  providerCode,
}: Extract<RefundEvent, { readonly event: 'rejected' }>): readonly Measure[] {
  return [
    { ...one('RefundsRejected'), ...(providerCode === undefined ? {} : { providerCode }) },
    ...(code === 'ALREADY_CANCELLED_AT_PG' ? [one('AlreadyCancelledAtPg')] : []),
    ...(code === 'NOT_EXECUTED' ? [one('NotExecuted')] : []),
  ];
}

/** What a run of the resolver has seen; `drained`: it came to the end of what was due. */
export interface ResolverNumbers {
  readonly drained: boolean;
  readonly unreadable: number;
  readonly inDoubt: {
    readonly count: number;
    readonly oldestMs: number;
    readonly amounts: Readonly<Record<string, number>>;
  };
}

export function resolverMeasures({ drained, unreadable, inDoubt }: ResolverNumbers): readonly Measure[] {
  return [
    { name: 'InDoubtCount', value: inDoubt.count },
    { name: 'InDoubtAmountKRW', value: won(inDoubt.amounts) },
    { name: 'OldestInDoubtSeconds', value: Math.floor(inDoubt.oldestMs / 1000) },
    { name: 'ResolverBacklog', value: drained ? 0 : 1 },
    { name: 'ResolverUnreadable', value: unreadable },
  ];
}

export interface ReconciliationNumbers {
  readonly behindMs: number;
  /** The walks that came to their end in this run. */
  readonly ended: readonly Pick<FinishedReconciliation, 'window' | 'report'>[];
  readonly failed?: string | undefined;
}

/** Sums are told once, when a walk has come to its end: its report grows over several runs. */
export function reconciliationMeasures({
  behindMs,
  ended,
  failed,
}: ReconciliationNumbers): readonly Measure[] {
  const total = (of: (report: ReconciliationReport) => number) =>
    ended.reduce((sum, { report }) => sum + of(report), 0);
  const sums: readonly Measure[] = [
    { name: 'ReconciliationCompared', value: total(({ compared }) => compared) },
    { name: 'ReconciliationExplainedKRW', value: total(({ explained }) => won(explained)) },
    { name: 'ReconciliationUnexplainedKRW', value: total(({ unexplained }) => won(unexplained)) },
    // Payments in any currency, so that dollars are not forgotten.
    { name: 'ReconciliationUnexplained', value: total(({ unexplainedPayments }) => unexplainedPayments) },
  ];
  return [
    { name: 'ReconciliationFailed', value: failed === undefined ? 0 : 1 },
    { name: 'ReconciliationBehindSeconds', value: Math.max(0, Math.floor(behindMs / 1000)) },
    ...(ended.length > 0 ? sums : []),
    ...ended
      .filter(({ window }) => window === 'full')
      .map(({ report }): Measure => ({ name: 'NightlyCompared', value: report.compared })),
  ];
}
