import { CONSOLE_REASON, carriesTag, tagOf } from '../../functions/refund/attribution.ts';
import {
  cancelableAmount,
  type Payment,
  type PendingRefund,
  type ProviderPayment,
} from '../../functions/refund/payment.ts';
import {
  cancelledRecord,
  corrections,
  notExecutedRecord,
  rejectedRecord,
  withAnswer,
  withAttempt,
} from '../../functions/refund/record.ts';
import { attemptOf, type Write } from '../../functions/protocol/write.ts';
import { MORNING_MS, samplePending, sampleProvider, won } from './samples.ts';

export type Kind = Write['kind'];

/** What a worker has read: a payment of the table's, or none, and the same payment of the provider's. */
export interface View {
  readonly payment: Payment | undefined;
  readonly provider: ProviderPayment;
}

interface Seen {
  readonly payment: Payment;
  readonly provider: ProviderPayment;
  /** Which of several, where there is a choice. */
  readonly choice: number;
}

type Recipes<Of> = { readonly [K in Kind]?: (seen: Of) => Extract<Write, { kind: K }> | undefined };

/** One payment at the provider, and the writes that a worker makes of what it has read, as the protocol makes them. */
export class LifeOfWrites {
  provider: ProviderPayment;
  #made = 0;

  constructor(merchantUid: string) {
    const impUid = `imp_${merchantUid}`;
    this.provider = sampleProvider([], { merchantUid, impUid, customerId: 'customer' });
  }

  /** Somebody cancels at the console, or a request of ours is executed, whenever that may be. */
  book(amount: number, reason: string): void {
    const { cancelHistory, cancelAmount, amount: paid } = this.provider;
    if (cancelAmount + amount > paid) return;
    const entry = {
      amount: won(amount),
      reason,
      cancellationId: this.#name('C'),
      cancelledAtMs: this.#nowMs(),
    };
    this.provider = {
      ...this.provider,
      status: 'cancelled',
      cancelAmount: won(cancelAmount + amount),
      cancelHistory: [...cancelHistory, entry],
    };
  }

  bookConsole(): void {
    this.book(70, CONSOLE_REASON);
  }

  /** The refund in flight, or one that was told as not done, is executed. */
  executeOurs({ pending, refunds }: Payment, choice: number): void {
    const told = [...refunds.values()].filter(({ status }) => status !== 'cancelled');
    const refund = [...(pending === undefined ? [] : [pending]), ...told].at(choice % (told.length + 1));
    if (refund !== undefined) this.book(refund.amount, tagOf(refund.refundId));
  }

  /** A write of this kind as the protocol would make it of this view; undefined where it would make none. */
  write(kind: Kind, { payment, provider }: View, choice: number): Write | undefined {
    if (payment === undefined) return kind === 'insert' ? { kind, provider } : undefined;
    const seen = { payment, provider, choice };
    const { pending } = payment;
    return pending === undefined
      ? this.#atRest[kind]?.(seen)
      : (this.#inFlight[kind]?.({ ...seen, pending }) ?? this.#atAnyTime[kind]?.(seen));
  }

  readonly #atAnyTime: Recipes<Seen> = {
    book: ({ payment, provider }) =>
      provider.cancelAmount > payment.cancelAmount ||
      (payment.completeness === 'incomplete' && provider.cancelAmount === payment.cancelAmount)
        ? { kind: 'book', payment, provider }
        : undefined,
    correct: ({ payment, provider }) => {
      const [refund] = corrections(payment, provider, this.#nowMs());
      return refund && { kind: 'correct', payment, refund };
    },
    hear: ({ payment }) => ({ kind: 'hear', payment, atMs: this.#nowMs() }),
  };

  readonly #atRest: Recipes<Seen> = {
    ...this.#atAnyTime,
    claim: ({ payment, choice }) => {
      if (payment.completeness === 'incomplete' || cancelableAmount(payment) < 50) return undefined;
      const done = [...payment.refunds.values()];
      const again = done.find(({ status }) => status === 'not_executed' && choice % 2 === 0);
      const evict = done.filter(({ status }) => status === 'rejected' && choice % 5 === 0);
      const bucket = { tokens: choice % 10, atMs: this.#nowMs() };
      const pending = this.#pending(payment, again?.refundId);
      return { kind: 'claim', payment, pending, bucket, evict: evict.map(({ refundId }) => refundId) };
    },
    fence: ({ payment }) => {
      const refund = notExecutedRecord(this.#pending(payment), 'unconfirmed', this.#nowMs());
      return { kind: 'fence', payment, refund };
    },
    prove: ({ payment, provider }) => {
      const told = [...payment.refunds.values()].find(
        ({ status, refundId }) => status !== 'cancelled' && entryOf(provider, refundId) !== undefined,
      );
      const entry = told && entryOf(provider, told.refundId);
      if (told === undefined || entry === undefined) return undefined;
      const pending = samplePending({ refundId: told.refundId, seq: told.seq, amount: told.amount });
      const settling = { decidedBy: 'answer', nowMs: this.#nowMs(), corrected: true } as const;
      const refund = cancelledRecord(pending, { by: 'tag', entry }, settling);
      const keepBalance = provider.cancelAmount < payment.cancelAmount;
      return { kind: 'prove', payment, refund, provider, keepBalance };
    },
    adopt: ({ payment, provider }) => {
      const isUntouched = [...payment.refunds.values()].every(({ status }) => status === 'not_executed');
      return isUntouched ? { kind: 'adopt', payment, provider } : undefined;
    },
  };

  readonly #inFlight: Recipes<Seen & { readonly pending: PendingRefund }> = {
    finish: ({ payment, provider, pending, choice }) => {
      const nowMs = this.#nowMs();
      const keepBalance = provider.cancelAmount < payment.cancelAmount;
      const common = { kind: 'finish', payment, provider, keepBalance } as const;
      const entry = entryOf(provider, pending.refundId);
      if (entry !== undefined) {
        const refund = cancelledRecord(pending, { by: 'tag', entry }, { decidedBy: 'answer', nowMs });
        return { ...common, guard: { seq: pending.seq }, refund };
      }
      const decidedBy = choice % 3 === 0 ? 'people' : 'read_back';
      const refund = rejectedRecord(pending, { code: 'NOT_EXECUTED' }, { decidedBy, nowMs });
      return { ...common, guard: attemptOf(pending), refund };
    },
    release: ({ payment, pending }) => {
      const refund = notExecutedRecord(pending, 'no connection', this.#nowMs());
      return { kind: 'release', payment, guard: attemptOf(pending), refund };
    },
    reattempt: ({ payment, pending }) => {
      if (pending.accepted) return undefined;
      const nowMs = this.#nowMs();
      const attempt = pending.attempt + 1;
      const attempts = withAttempt(pending, attempt, nowMs);
      const marks = { attempt, attempts, claimId: this.#name('claim'), claimedAtMs: nowMs };
      const next = { ...pending, ...marks, resolveAtMs: nowMs + 30_000 };
      return { kind: 'reattempt', payment, guard: attemptOf(pending), pending: next };
    },
    note: ({ payment, pending, choice }) => ({
      kind: 'note',
      payment,
      pending: this.#noted(pending, choice),
    }),
    defer: ({ payment, pending }) => {
      const resolveAtMs = this.#nowMs() + 5_000;
      return { kind: 'defer', payment, guard: attemptOf(pending), checks: pending.checks, resolveAtMs };
    },
  };

  #noted(pending: PendingRefund, choice: number): PendingRefund {
    const nowMs = this.#nowMs();
    const said = { verdict: 'not_executed', evidence: '…', proposedBy: 'a', proposedAtMs: nowMs } as const;
    const doubted = { ...pending, resolveAtMs: nowMs + 5_000, doubt: { why: `seen at ${nowMs}` } };
    const notes: readonly PendingRefund[] = [
      doubted,
      { ...doubted, attempts: withAnswer(pending, 'code 0', nowMs), accepted: true },
      { ...doubted, attempts: withAnswer(pending, 'refused', nowMs), refused: pending.attempt },
      { ...pending, proposal: said },
    ];
    return notes[choice % notes.length] ?? doubted;
  }

  #pending(payment: Payment, refundId = this.#name('rf').padEnd(27, '0')): PendingRefund {
    const nowMs = this.#nowMs();
    return samplePending({
      refundId,
      seq: payment.seq + 1,
      amount: won(50),
      checksum: cancelableAmount(payment),
      claimId: this.#name('claim'),
      claimedAtMs: nowMs,
      requestedAtMs: nowMs,
      attempts: [{ attempt: 1, sentAtMs: nowMs }],
    });
  }

  #name(what: string): string {
    this.#made += 1;
    return `${what}_${this.#made}`;
  }

  #nowMs(): number {
    this.#made += 1;
    return MORNING_MS + this.#made * 1000;
  }
}

function entryOf({ cancelHistory }: ProviderPayment, refundId: string) {
  return cancelHistory.find(({ reason }) => carriesTag(reason, refundId));
}
