import { assertNever } from '../../functions/refund/assert-never.ts';
import { taggedReason } from '../../functions/refund/identity.ts';
import { sum, type Minor } from '../../functions/refund/money.ts';
import type { CancelEntry, ProviderPayment } from '../../functions/refund/payment.ts';
import type { CancelCall, CancelOutcome } from '../../functions/protocol/ports.ts';
import { won } from './ledger-samples.ts';

type Refused = Extract<CancelOutcome, { readonly kind: 'refused' }>;

/** What a PG does with `reason` (P6). */
export const REASONS = ['kept', 'dropped', 'cut', 'tail', 'escaped'] as const;
export type Reasons = (typeof REASONS)[number];

export interface ProviderOptions {
  readonly merchantUid: string;
  readonly impUid: string;
  readonly paid: number;
  readonly pgProvider?: string;
  readonly payMethod?: string;
  readonly reasons?: Reasons;
  /** Its entries have no `cancellation_id`. */
  readonly hasNoIds?: boolean;
  /** Percent of an amount that the history shows, after the payer's discount. */
  readonly shows?: number;
  readonly customerId?: string;
  /** A cancel that the PG undid stays in the history. */
  readonly keepsUndone?: boolean;
}

/** One cancel in the provider's books. */
export interface Booked extends CancelEntry {
  /** Its real owner, known to the model whatever the text says. */
  readonly refundId?: string;
  /** The amount that was asked for; on a promotion the entry's amount differs. */
  readonly asked: Minor;
  /** Counts in the sum, and the history does not show it (yet). */
  isHidden?: boolean;
  /** The PG has undone it. */
  isUndone?: boolean;
}

export interface Booking {
  /** The PG splits the refund: only this part of the amount. */
  readonly part?: Minor;
  readonly isHidden?: boolean;
}

/** A PG's limit: only the beginning of the tag is left. */
const CUT_TO_CHARACTERS = 12;

export const CONSOLE_REASON = '관리자페이지취소';
const REFUSED = '결제취소에 실패하였습니다.';
/** Texts of PGs, by their meaning (PG-FACTS 1 to 3). */
export const PG_TEXTS = {
  end: `${REFUSED} [8178] 취소 금액보다 상계가능 정산금액 부족`,
  under_way: `${REFUSED} [8388] 취소 진행중 거래`,
  already_cancelled: `${REFUSED} [500626|기 취소 거래]`,
} as const;

/** i'mport and the PG behind it, as the protocol sees them: one payment, whose history may be untidy (P1 to P7). */
export class ModelProvider {
  readonly books: Booked[] = [];
  /** Refunds that the PG has executed, also those that i'mport has lost. */
  readonly executed: string[] = [];
  /** Cancels that an asynchronous PG has accepted and will book or refuse at any later time (P5). */
  readonly accepted: { readonly call: CancelCall; readonly willBook: boolean }[] = [];
  /** The payment before each change, oldest first. */
  readonly past: ProviderPayment[] = [];
  readonly options: ProviderOptions;
  #lostByIamport = 0;
  /** Executed parts that have no entry yet. */
  #toCome = 0;

  constructor(options: ProviderOptions) {
    this.options = options;
  }

  get paid(): Minor {
    return won(this.options.paid);
  }

  get standing(): readonly Booked[] {
    return this.books.filter(({ isUndone }) => isUndone !== true);
  }

  /** R of the protocol. */
  cancelled(): Minor {
    return sum(this.standing.map(({ amount }) => amount));
  }

  /** What is left by the provider's count: on a promotion this is not A − R. */
  left(): number {
    return this.paid - sum(this.standing.map(({ asked }) => asked));
  }

  snapshot(): ProviderPayment {
    const { merchantUid, impUid, pgProvider, payMethod, customerId, shows, keepsUndone } = this.options;
    const cancelAmount = this.cancelled();
    const shown = keepsUndone === true ? this.books : this.standing;
    return {
      merchantUid,
      impUid,
      status: this.books.length > 0 ? 'cancelled' : 'paid',
      isPaid: true,
      currency: 'KRW',
      amount: this.paid,
      cancelAmount,
      sumTold: true,
      cancelHistory: shown.filter(({ isHidden }) => isHidden !== true).map(asShown),
      hasPromotion: shows !== undefined,
      isSandbox: false,
      ...(pgProvider === undefined ? {} : { pgProvider }),
      ...(payMethod === undefined ? {} : { payMethod }),
      ...(customerId === undefined ? {} : { customerId }),
    };
  }

  /** P2: checks checksum and amount when the request arrives. */
  check({ checksum, amount }: CancelCall): Refused | undefined {
    if (checksum !== this.left()) return refused(1, 'checksum');
    return amount > this.left() ? refused(1, 'amount') : undefined;
  }

  /** P2: books in a step of its own. */
  book(call: CancelCall, nowMs: number, { part, isHidden = false }: Booking = {}): CancelOutcome {
    const refusal = this.#execute(call);
    if (refusal !== undefined) return refusal;
    this.#enter(call, nowMs, part ?? call.amount, isHidden);
    this.#toCome += call.amount - (part ?? call.amount);
    return { kind: 'answered', payment: this.snapshot() };
  }

  /** The PG knows its own balance, whatever i'mport has lost. */
  #execute({ amount, refundId }: CancelCall): Refused | undefined {
    if (amount > this.#leftAtPg()) return refused(-1, PG_TEXTS.already_cancelled);
    this.executed.push(refundId);
    return undefined;
  }

  #leftAtPg(): number {
    return this.left() - this.#lostByIamport - this.#toCome;
  }

  process(call: CancelCall, nowMs: number, booking: Booking = {}): CancelOutcome {
    return this.check(call) ?? this.book(call, nowMs, booking);
  }

  /** The PG executes only a part. */
  bookPart(call: CancelCall, nowMs: number, part: Minor): Refused | undefined {
    const refusal = this.#execute(call);
    if (refusal === undefined) this.#enter(call, nowMs, part, false);
    return refusal;
  }

  /** The rest of a partly booked refund. */
  bookRest(call: CancelCall, nowMs: number, rest: Minor): void {
    this.#toCome -= rest;
    this.#enter(call, nowMs, rest, false);
  }

  #enter({ refundId, reason }: CancelCall, nowMs: number, part: Minor, isHidden: boolean): void {
    const text = this.#textOf(taggedReason(reason, refundId));
    this.#change({ asked: part, refundId, isHidden, ...(text === '' ? {} : { reason: text }) }, nowMs);
  }

  /** The PG has executed it, and i'mport never learns: later cancels get 기취소. */
  loseAfterExecution(call: CancelCall): void {
    if (this.#execute(call) === undefined) this.#lostByIamport += call.amount;
  }

  accept(call: CancelCall, willBook: boolean): void {
    this.accepted.push({ call, willBook });
  }

  /** Books or refuses the first accepted cancel. */
  settleAccepted(nowMs: number): void {
    const first = this.accepted.shift();
    if (first?.willBook === true) this.book(first.call, nowMs);
  }

  cancelElsewhere(amount: number, nowMs: number, fields: Partial<CancelEntry> = {}): void {
    if (amount <= this.#leftAtPg()) this.#change({ asked: won(amount), ...fields }, nowMs);
  }

  consoleCancel(amount: number, nowMs: number): void {
    this.cancelElsewhere(amount, nowMs, { reason: CONSOLE_REASON, fromConsole: true });
  }

  /** The PG undoes the first valid cancel: R shrinks. */
  undo(): void {
    const [first] = this.standing;
    if (first === undefined) return;
    this.past.push(this.snapshot());
    first.isUndone = true;
  }

  /** The history shows its hidden entries. */
  reveal(): void {
    this.past.push(this.snapshot());
    for (const entry of this.books) entry.isHidden = false;
  }

  entriesOf(refundId: string): readonly Booked[] {
    return this.books.filter((entry) => entry.refundId === refundId);
  }

  timesMoved(refundId: string): number {
    return this.executed.filter((id) => id === refundId).length;
  }

  #textOf(reason: string): string {
    const { reasons = 'kept' } = this.options;
    switch (reasons) {
      case 'kept':
        return reason;
      case 'dropped':
        return '';
      case 'cut':
        return reason.slice(0, CUT_TO_CHARACTERS);
      case 'tail':
        return reason.slice(-CUT_TO_CHARACTERS);
      case 'escaped':
        return reason.replaceAll('[', '&#91;').replaceAll(']', '&#93;');
      default:
        return assertNever(reasons);
    }
  }

  #change(entry: Omit<Booked, 'amount'>, nowMs: number): void {
    const { shows = 100, hasNoIds } = this.options;
    this.past.push(this.snapshot());
    const index = this.books.length + 1;
    this.books.push({
      // A second apart, because entries equal in all fields count as one.
      cancelledAtMs: Math.floor(nowMs / 1000) * 1000 + index * 1000,
      ...(hasNoIds === true ? {} : { cancellationId: `C${index}` }),
      ...entry,
      amount: won(Math.floor((entry.asked * shows) / 100)),
    });
  }
}

function asShown({ refundId: _known, asked: _sum, isHidden: _kept, isUndone: _gone, ...entry }: Booked) {
  return entry;
}

export function refused(code: number, message: string): Refused {
  return { kind: 'refused', provider: { code, message }, by: 'provider' };
}
