import { told } from '../refund/findings.ts';
import type { Comparison } from '../refund/reconciliation.ts';
import type { ReconciliationCase, ReconciliationReport } from './reconciliation-notes.ts';

/** What one payment of the provider's lists came to. */
export interface Reconciled {
  readonly merchantUid: string;
  readonly impUid: string;
  readonly comparison: Comparison;
  readonly isBooked: boolean;
  readonly isImported: boolean;
  readonly isUnknown: boolean;
  readonly isUnreadable: boolean;
  /** Said of one of the order's payments only. */
  readonly isPaidTwice: boolean;
  readonly differsFromOrder: boolean;
}

/** Of each kind the first eight are named, fifty in all at most: none crowds another out, and the notes stay one small item. */
const MAX_CASES_OF_A_KIND = 8;

export const EMPTY_REPORT: ReconciliationReport = {
  compared: 0,
  booked: 0,
  imported: 0,
  unknown: 0,
  explained: {},
  unexplained: {},
  unexplainedPayments: 0,
  ordersPaidTwice: 0,
  amountsThatDiffer: 0,
  unreadable: 0,
  cases: [],
};

export function withPayment(report: ReconciliationReport, payment: Reconciled): ReconciliationReport {
  const { comparison, merchantUid, impUid } = payment;
  const { currency, explained, unexplained, findings } = comparison;
  const named = [...findings, ...circumstances(payment)].map((found) => ({ ...found, merchantUid, impUid }));
  return {
    compared: report.compared + 1,
    booked: report.booked + Number(payment.isBooked),
    imported: report.imported + Number(payment.isImported),
    unknown: report.unknown + Number(payment.isUnknown),
    explained: added(report.explained, currency, explained),
    unexplained: added(report.unexplained, currency, unexplained),
    unexplainedPayments: report.unexplainedPayments + Number(unexplained > 0 || findings.length > 0),
    ordersPaidTwice: report.ordersPaidTwice + Number(payment.isPaidTwice),
    amountsThatDiffer: report.amountsThatDiffer + Number(payment.differsFromOrder),
    unreadable: report.unreadable + Number(payment.isUnreadable),
    cases: withCases(report.cases, named),
  };
}

type Circumstance = Omit<ReconciliationCase, 'merchantUid' | 'impUid'>;

function circumstances(payment: Reconciled): readonly Circumstance[] {
  const all: (Circumstance | false)[] = [
    payment.isUnknown && { kind: 'unknown_payment', ...told('unknownPayment') },
    payment.isUnreadable && { kind: 'unreadable', ...told('unreadableItem') },
    payment.isPaidTwice && { kind: 'paid_twice', ...told('paidTwice') },
    payment.differsFromOrder && { kind: 'amount_differs', ...told('amountDiffers') },
  ];
  return all.filter((each) => each !== false);
}

/** Entries of a page that cannot be relied on, by `imp_uid` where that much is known. */
export function withUnreadable(
  report: ReconciliationReport,
  impUids: readonly string[],
): ReconciliationReport {
  const unreliable = { kind: 'unreadable', merchantUid: '', ...told('unreliable') } as const;
  const named = impUids.map((impUid) => ({ ...unreliable, impUid }));
  return {
    ...report,
    unreadable: report.unreadable + impUids.length,
    cases: withCases(report.cases, named),
  };
}

function withCases(
  cases: readonly ReconciliationCase[],
  more: readonly ReconciliationCase[],
): readonly ReconciliationCase[] {
  const kept = [...cases];
  for (const each of more) {
    const ofThisKind = kept.filter(({ kind }) => kind === each.kind);
    if (ofThisKind.length < MAX_CASES_OF_A_KIND) kept.push(each);
  }
  return kept;
}

/** Currencies without an amount stay out: a report of won alone names won alone. */
function added(
  amounts: Readonly<Record<string, number>>,
  currency: string,
  amount: number,
): Readonly<Record<string, number>> {
  return amount === 0 ? amounts : { ...amounts, [currency]: (amounts[currency] ?? 0) + amount };
}
