import { assertNever } from '../refund/assert-never.ts';
import type { RefundEvent } from '../protocol/events.ts';
import type { ReconciliationReport } from '../protocol/reconciliation-notes.ts';
import type { MetricName } from './metrics.ts';
import type { Measure } from './observability.ts';

function one(name: MetricName): Measure {
  return { name, value: 1 };
}

/** The metrics that follow from an event. Exhaustive: a new event has to say what it counts for, if only for nothing. */
export function measuresOf(event: RefundEvent): readonly Measure[] {
  switch (event.event) {
    case 'cancelled':
      return cancelledMeasures(event);
    case 'rejected':
      return rejectedMeasures(event);
    case 'not_executed':
      return [one('NotExecuted')];
    case 'in_doubt':
      return [one('RefundsUnknown')];
    case 'unavailable':
      return [one(event.secret ? 'SecretUnavailable' : 'ProviderUnavailable')];
    case 'read_back_failed':
      return [one('ProviderUnavailable')];
    case 'drift':
      return [one('Drift')];
    case 'conflict':
      return [one('Conflicts')];
    case 'corrected':
      return [one('LateCorrections')];
    case 'anomaly':
      return [one('Anomalies')];
    case 'payment_mismatch':
      return [one('PaymentMismatch')];
    case 'several_payments':
      return [one('SeveralPayments')];
    case 'order_amount_differs':
      return [one('OrderAmountDiffers')];
    case 'unreadable_item':
      return [one('UnreadableItems')];
    case 'unreadable_order_item':
      return [one('UnreadableOrderItems')];
    case 'too_many_refunds':
      return [one('TooManyRefunds')];
    case 'webhook_unheard':
      return [one('WebhookUnheard')];
    case 'closed':
      return [one('ClosedByPeople')];
    case 'store_failed':
      return [one('StoreFailures')];
    case 'decided':
    case 'outcome':
    case 'waiting':
    case 'resent':
    case 'booked':
    case 'imported':
    case 'adopted':
    case 'closing_proposed':
      return [];
    default:
      return assertNever(event);
  }
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
  readonly finished: boolean;
  readonly behindMs: number;
  readonly report: ReconciliationReport;
  readonly failed?: string | undefined;
}

/** Sums are told once, when a walk has come to its end: a report grows over several runs. */
export function reconciliationMeasures(run: ReconciliationNumbers): readonly Measure[] {
  const { report } = run;
  const unexplained = Object.values(report.unexplained).filter((amount) => amount > 0).length;
  const cases = report.cases.filter(({ kind }) => kind === 'unexplained').length;
  const sums: readonly Measure[] = [
    { name: 'ReconciliationCompared', value: report.compared },
    { name: 'ReconciliationExplainedKRW', value: won(report.explained) },
    { name: 'ReconciliationUnexplainedKRW', value: won(report.unexplained) },
    // In any currency, so that dollars are not forgotten.
    { name: 'ReconciliationUnexplained', value: Math.max(unexplained, cases) },
  ];
  return [
    { name: 'ReconciliationFailed', value: run.failed === undefined ? 0 : 1 },
    { name: 'ReconciliationBehindSeconds', value: Math.max(0, Math.floor(run.behindMs / 1000)) },
    ...(run.finished ? sums : []),
  ];
}
