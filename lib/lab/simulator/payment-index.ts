import { type LedgerPayment, type PaymentStatus, updatedAt } from './payment.ts';

/** What a list of payments is sorted by; times in UNIX seconds. */
export const SORT_TIMES = {
  started: (payment: LedgerPayment): number => payment.startedAtSeconds,
  paid: (payment: LedgerPayment): number => payment.paidAtSeconds,
  updated: updatedAt,
} as const;

export type SortField = keyof typeof SORT_TIMES;

/** i'mport keeps so many characters of an order number, and may be asked for either form. */
const KEPT_ORDER_NUMBER = 40;

/** Finds payments by order, and in the order of their times, without looking at all of them. */
export class PaymentIndex {
  readonly #payments: ReadonlyMap<string, LedgerPayment>;
  readonly #orders = new Map<string, readonly string[]>();
  readonly #sequence = new Map<string, number>();
  readonly #lists = new Map<string, SortedPayments>();

  constructor(payments: ReadonlyMap<string, LedgerPayment>) {
    this.#payments = payments;
  }

  /** Attempts of one order, newest first; of two that started in the same second the one added later is the newer. */
  attempts(merchantUid: string): readonly LedgerPayment[] {
    const impUids = this.#orders.get(merchantUid) ?? [];
    const found = impUids.flatMap((impUid) => this.#payments.get(impUid) ?? []);
    return found.toReversed().toSorted((a, b) => b.startedAtSeconds - a.startedAtSeconds);
  }

  /** Oldest first; live. */
  sorted(status: PaymentStatus | 'all', field: SortField): readonly LedgerPayment[] {
    const key = `${status} ${field}`;
    const kept = this.#lists.get(key);
    if (kept !== undefined) return kept.items;
    const list = new SortedPayments(SORT_TIMES[field], (impUid) => this.#sequence.get(impUid) ?? 0, status);
    list.fill(this.#payments.values());
    this.#lists.set(key, list);
    return list.items;
  }

  /** Called before the map of payments is changed. */
  replace(before: LedgerPayment | undefined, after: LedgerPayment): void {
    if (before === undefined) {
      this.#sequence.set(after.impUid, this.#sequence.size);
      const { merchantUid, impUid } = after;
      for (const key of new Set([merchantUid, merchantUid.slice(0, KEPT_ORDER_NUMBER)])) {
        this.#orders.set(key, [...(this.#orders.get(key) ?? []), impUid]);
      }
    }
    for (const list of this.#lists.values()) list.replace(before, after);
  }
}

/** A list that is sorted once, when it is first asked for, and kept so. */
class SortedPayments {
  readonly items: LedgerPayment[] = [];
  readonly #timeOf: (payment: LedgerPayment) => number;
  readonly #sequenceOf: (impUid: string) => number;
  readonly #status: PaymentStatus | 'all';

  constructor(
    timeOf: (payment: LedgerPayment) => number,
    sequenceOf: (impUid: string) => number,
    status: PaymentStatus | 'all',
  ) {
    this.#timeOf = timeOf;
    this.#sequenceOf = sequenceOf;
    this.#status = status;
  }

  fill(payments: Iterable<LedgerPayment>): void {
    for (const payment of payments) if (this.#belongs(payment)) this.items.push(payment);
    this.items.sort((a, b) => this.#compare(a, b));
  }

  replace(before: LedgerPayment | undefined, after: LedgerPayment): void {
    if (before !== undefined && this.#belongs(before)) this.items.splice(this.#place(before), 1);
    if (this.#belongs(after)) this.items.splice(this.#place(after), 0, after);
  }

  #belongs({ status }: LedgerPayment): boolean {
    return this.#status === 'all' || status === this.#status;
  }

  #compare(a: LedgerPayment, b: LedgerPayment): number {
    return this.#timeOf(a) - this.#timeOf(b) || this.#sequenceOf(a.impUid) - this.#sequenceOf(b.impUid);
  }

  /** Where it stands, or belongs: found by halving. */
  #place(payment: LedgerPayment): number {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const there = this.items[middle];
      if (there !== undefined && this.#compare(there, payment) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
