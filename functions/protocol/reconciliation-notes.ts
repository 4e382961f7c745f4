import type { ToldOfMoney } from '../refund/findings.ts';

/** Where a walk through the provider's lists stands: the next run goes on there. */
export interface ReconciliationPosition {
  readonly window: 'recent' | 'full' | 'by_hand';
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly status: 'paid' | 'cancelled';
  /** The page to read next, from 1. */
  readonly page: number;
  readonly startedAtMs: number;
  /** When it last came further: what has stood for long is told. */
  readonly movedAtMs: number;
  /** Runs in a row that ended at this very page without an answer. */
  readonly failures: number;
  readonly report: ReconciliationReport;
}

/** What a walk has found so far. Amounts by currency, in minor units. */
export interface ReconciliationReport {
  readonly compared: number;
  readonly booked: number;
  readonly imported: number;
  /** Payments that the table does not hold and that were not imported. */
  readonly unknown: number;
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplained: Readonly<Record<string, number>>;
  /** How many payments have won unexplained; `cases` names only the first. */
  readonly unexplainedPayments: number;
  readonly ordersPaidTwice: number;
  readonly amountsThatDiffer: number;
  readonly unreadable: number;
  /** The first cases of each kind, to be looked at; bounded. */
  readonly cases: readonly ReconciliationCase[];
}

export interface ReconciliationCase extends ToldOfMoney {
  readonly kind:
    | 'unexplained'
    | 'unknown_payment'
    | 'paid_twice'
    | 'amount_differs'
    | 'unreadable'
    | 'foreign_tag';
  readonly merchantUid: string;
  readonly impUid: string;
}

export interface FinishedReconciliation {
  readonly window: ReconciliationPosition['window'];
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly report: ReconciliationReport;
}

/** Kept in one item of the table. */
export interface ReconciliationNotes {
  /**
   * 0 where nothing is stored yet, and one more with each save: notes are saved only on top of those they were made from, so
   * that two runs cannot undo each other's.
   */
  readonly version: number;
  /** One for each window, so that the hourly walk does not throw away how far the nightly one has come. */
  readonly positions: Readonly<Partial<Record<ReconciliationPosition['window'], ReconciliationPosition>>>;
  /** The last that came to its end, by window. */
  readonly last: Readonly<Partial<Record<ReconciliationPosition['window'], FinishedReconciliation>>>;
}
