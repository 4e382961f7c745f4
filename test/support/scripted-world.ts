import { cancelPayment, type CancelResult } from '../../functions/protocol/cancel.ts';
import type { RefundEvent } from '../../functions/protocol/events.ts';
import type { CancelCall, CancelOutcome, LookUp, Surroundings } from '../../functions/protocol/ports.ts';
import { resolveRefund } from '../../functions/protocol/doubt.ts';
import type { CancelRequest } from '../../functions/refund/intent.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import { refundIdForKey } from '../../functions/refund/identity.ts';
import type { RefundSettings } from '../../functions/refund/settings.ts';
import { waitsOf } from '../../functions/refund/times.ts';
import { taggedReason } from '../../functions/refund/attribution.ts';
import { MemoryStore, shopItem, type Item } from './memory-store.ts';
import { MORNING_MS, ORDER, sampleProvider, won } from './samples.ts';

export const QUIET_MS = 180_000;

const SETTINGS: RefundSettings = {
  quietPeriodMs: QUIET_MS,
  resend: 'safe',
  pgsThatCheckBalance: new Set(),
  pgsThatDropReasons: new Set(),
  importUnknownPayments: false,
  customersMayRefund: true,
};

/**
 * One order at the service and at the provider, told step by step: a test says what the provider does with each cancel.
 * The clock moves only when it is told to.
 */
export class ScriptedWorld {
  readonly store = new MemoryStore();
  readonly events: RefundEvent[] = [];
  provider: ProviderPayment = sampleProvider();
  nowMs = MORNING_MS;
  /** What happens to the next cancels, in order; afterwards each is booked and answered. */
  readonly cancels: ((call: CancelCall) => CancelOutcome | Promise<CancelOutcome>)[] = [];
  /** What the next look-ups answer, in order; afterwards each is the provider's payment. */
  readonly looks: (() => LookUp | Promise<LookUp>)[] = [];
  readonly sent: CancelCall[] = [];
  settings: RefundSettings = SETTINGS;
  #ids = 0;

  constructor(item: Item = {}) {
    this.store.put(shopItem(ORDER, item));
  }

  get world(): Surroundings {
    return {
      store: this.store,
      settings: this.settings,
      now: () => this.nowMs,
      newId: () => `claim-${(this.#ids += 1)}`,
      report: (event) => this.events.push(event),
      // A deadline that never comes; waiting in line moves the clock.
      until: async (atMs, signal) => {
        if (signal !== undefined) return new Promise(() => undefined);
        this.nowMs = Math.max(this.nowMs, atMs);
        return Promise.resolve();
      },
      gateway: {
        prepare: async () => Promise.resolve({ kind: 'ready' }),
        cancel: async (call) => {
          this.sent.push(call);
          const scripted = this.cancels.shift();
          return scripted === undefined ? this.bookAndAnswer(call) : scripted(call);
        },
        payment: async () => {
          const scripted = this.looks.shift();
          return scripted === undefined ? { kind: 'found', payment: this.provider } : scripted();
        },
        find: async () => Promise.resolve({ kind: 'found', payment: this.provider }),
        list: async () => Promise.resolve({ kind: 'page', payments: [], unreadable: [], more: false }),
        hashAccount: async (account) => Promise.resolve(`hash of ${account.length}`),
      },
    };
  }

  /** An entry more in the provider's history, by whomever. */
  book(entry: Omit<Partial<CancelEntry>, 'amount'> & { readonly amount: number }): void {
    const { cancelHistory, cancelAmount } = this.provider;
    const named = { cancellationId: `C${cancelHistory.length + 1}`, cancelledAtMs: this.nowMs };
    this.provider = {
      ...this.provider,
      status: 'cancelled',
      cancelAmount: won(cancelAmount + entry.amount),
      cancelHistory: [...cancelHistory, { ...named, ...entry, amount: won(entry.amount) }],
    };
  }

  bookOurs({ pending }: CancelCall, changed: Partial<CancelEntry> = {}): void {
    const reason = taggedReason(pending.reason, pending.refundId);
    this.book({ amount: pending.amount, reason, ...changed });
  }

  bookAndAnswer(call: CancelCall): CancelOutcome {
    this.bookOurs(call);
    return { kind: 'answered', payment: this.provider };
  }

  async cancel(request: Partial<CancelRequest> = {}): Promise<CancelResult> {
    const asked: CancelRequest = {
      merchantUid: ORDER,
      passedOn: {},
      account: {},
      idempotencyKey: 'key',
      actor: { kind: 'customer', sub: 'customer' },
      ...request,
    };
    return cancelPayment(asked, this.nowMs + 28_000, this.world);
  }

  /** Code of what was told, or 200 and 202. */
  async told(request: Partial<CancelRequest> = {}): Promise<string> {
    const result = await this.cancel(request);
    if (result.kind === 'refused') return result.refusal.code;
    if (result.kind === 'unknown') return '202';
    return result.refund.status === 'cancelled' ? '200' : result.refund.rejection.code;
  }

  async payment(): Promise<Payment> {
    const [payment] = (await this.store.order(ORDER)).payments;
    if (payment === undefined) throw new Error('Bug: the order is gone');
    return payment;
  }

  async look(): Promise<string> {
    return (await resolveRefund(await this.payment(), this.nowMs + 28_000, this.world)).outcome;
  }

  /** Whatever was sent is dead by then. */
  quietPeriodPasses(): void {
    this.nowMs += waitsOf(this.settings.quietPeriodMs).deadAfterMs + 1_000;
  }

  refundId(key = 'key'): string {
    return refundIdForKey({ merchantUid: ORDER, impUid: `imp_${ORDER}` }, 'customer', key);
  }

  has(event: RefundEvent['event']): boolean {
    return this.events.some((each) => each.event === event);
  }
}

export const lost = (): CancelOutcome => ({ kind: 'unknown', cause: 'the answer was lost' });
export const refusedByPg = (message = '결제취소에 실패하였습니다.'): CancelOutcome => ({
  kind: 'refused',
  provider: { code: -1, message },
});
