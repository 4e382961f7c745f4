/** One finished walk of the reconciliation, as the control answers it: amounts in major units, times in Unix seconds. */
export interface ReportJson {
  readonly window: string;
  readonly from: number;
  readonly to: number;
  readonly finished_at: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly explained: Readonly<Record<string, number>>;
  readonly unexplained: Readonly<Record<string, number>>;
  readonly cases: readonly CaseJson[];
}

/** `why` names what `note` says in English; older reports have the note alone. */
export interface CaseJson {
  readonly kind: string;
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly note: string;
  readonly why?: string;
  readonly refund_ids: readonly string[];
  readonly amount: number | null;
  readonly currency?: string;
}
