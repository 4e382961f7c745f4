import type {
  ListPage,
  ListQuery,
  LookUp,
  PaymentGateway,
  Surroundings,
} from '../../../functions/protocol/ports.ts';
import type { RefundEvent } from '../../../functions/protocol/events.ts';
import type { ReconciliationNotes } from '../../../functions/protocol/reconciliation-notes.ts';
import { StoreError } from '../../../functions/protocol/store-error.ts';
import { keyOf, type Write } from '../../../functions/protocol/write.ts';
import { assertNever } from '../../../functions/refund/assert-never.ts';
import type { Order, OrderWord, UnreadablePayment } from '../../../functions/refund/order.ts';
import type { Payment, ProviderPayment } from '../../../functions/refund/payment.ts';

/** Payments and notes in memory, with the conditions of the writes that these tests cause, and of no other. */
export class SmallStore {
  readonly payments = new Map<string, Payment>();
  readonly words = new Map<string, OrderWord>();
  readonly unreadable: (UnreadablePayment & { readonly merchantUid: string })[] = [];
  readonly writes: Write['kind'][] = [];
  readonly shards = 1;
  notes: ReconciliationNotes | undefined;
  /** What comes between the caller and its next write. */
  beforeWrite: (() => void) | undefined;
  /** What the next save of the notes runs into. */
  onSave: (() => 'save' | 'lose_answer' | 'fail') | undefined;

  put(...payments: readonly Payment[]): void {
    for (const payment of payments) this.payments.set(payment.impUid, payment);
  }

  async order(merchantUid: string): Promise<Order> {
    const word = this.words.get(merchantUid);
    const ofOrder = <T extends { readonly merchantUid: string }>(items: Iterable<T>) =>
      [...items].filter((item) => item.merchantUid === merchantUid);
    return {
      merchantUid,
      payments: ofOrder(this.payments.values()),
      unreadable: ofOrder(this.unreadable),
      ...(word === undefined ? {} : { word }),
    };
  }

  async ordersOf(impUid: string): Promise<readonly string[]> {
    const payment = this.payments.get(impUid);
    return payment === undefined ? [] : [payment.merchantUid];
  }

  async openRefunds() {
    return [];
  }

  async postpone() {}

  async write(write: Write): Promise<Payment | 'condition_failed'> {
    const between = this.beforeWrite;
    this.beforeWrite = undefined;
    between?.();
    this.writes.push(write.kind);
    const { impUid } = keyOf(write);
    const after = applied(write, this.payments.get(impUid));
    if (after === undefined) return 'condition_failed';
    this.payments.set(impUid, after);
    return after;
  }

  async reconciliation(): Promise<ReconciliationNotes | undefined> {
    return structuredClone(this.notes);
  }

  async saveReconciliation(notes: ReconciliationNotes): Promise<boolean> {
    const how = this.onSave?.() ?? 'save';
    if (how === 'fail') throw new StoreError('throttled', { mayHaveBeenApplied: false });
    if ((this.notes?.version ?? 0) !== notes.version - 1) return false;
    this.notes = structuredClone(notes);
    return how === 'save';
  }
}

function applied(write: Write, held: Payment | undefined): Payment | undefined {
  if (write.kind === 'insert') {
    const made = {
      ...write.provider,
      completeness: 'complete',
      refunds: new Map(),
      seq: 0,
      stored: { bytes: 0, hasRecords: true },
    } as const;
    return held === undefined ? made : undefined;
  }
  if (held === undefined) return undefined;
  switch (write.kind) {
    case 'adopt':
      return { ...held, ...write.provider, merchantUid: held.merchantUid, completeness: 'complete' };
    case 'book':
      return held.cancelAmount < write.provider.cancelAmount ? taken(held, write.provider) : undefined;
    case 'correct': {
      const known = held.refunds.get(write.refund.refundId);
      if (known === undefined || known.status === 'cancelled') return undefined;
      return { ...held, refunds: new Map(held.refunds).set(known.refundId, write.refund) };
    }
    case 'note': {
      const { seq, attempt } = write.pending;
      return isStill(held, { seq, attempt }) ? { ...held, pending: write.pending } : undefined;
    }
    case 'finish': {
      const { provider = held, keepBalance, refund } = write;
      const isRaised = keepBalance || held.cancelAmount <= provider.cancelAmount;
      if (!isStill(held, write.guard) || !isRaised) return undefined;
      const { pending: _done, ...rest } = keepBalance ? held : taken(held, provider);
      return { ...rest, refunds: new Map(held.refunds).set(refund.refundId, refund) };
    }
    case 'claim':
    case 'defer':
    case 'fence':
    case 'hear':
    case 'prove':
    case 'reattempt':
    case 'release':
      throw new Error(`not made for ${write.kind}`);
    default:
      return assertNever(write);
  }
}

function isStill({ pending }: Payment, guard: { readonly seq: number; readonly attempt?: number }): boolean {
  return pending?.seq === guard.seq && (guard.attempt === undefined || pending.attempt === guard.attempt);
}

function taken(held: Payment, { cancelAmount, cancelHistory, status }: ProviderPayment): Payment {
  return { ...held, cancelAmount, cancelHistory, status };
}

/** The provider's payments, listed by status in pages; `page` may be answered otherwise. */
export class SmallProvider {
  readonly payments = new Map<string, ProviderPayment>();
  readonly asked: ListQuery[] = [];
  readonly lookedUp: string[] = [];
  onList: ((query: ListQuery) => ListPage | undefined) | undefined;
  onLookUp: ((impUid: string) => LookUp | undefined) | undefined;

  put(...payments: readonly ProviderPayment[]): void {
    for (const payment of payments) this.payments.set(payment.impUid, payment);
  }

  async list(query: ListQuery): Promise<ListPage> {
    this.asked.push(query);
    const scripted = this.onList?.(query);
    if (scripted !== undefined) return scripted;
    const all = [...this.payments.values()].filter(({ status }) => status === query.status);
    const end = query.page * query.limit;
    const payments = all.slice(end - query.limit, end);
    return { kind: 'page', payments, unreadable: [], more: all.length > end };
  }

  async payment(impUid: string): Promise<LookUp> {
    this.lookedUp.push(impUid);
    const scripted = this.onLookUp?.(impUid);
    if (scripted !== undefined) return scripted;
    const payment = this.payments.get(impUid);
    return payment === undefined ? { kind: 'missing' } : { kind: 'found', payment };
  }
}

/** Nothing of what is tested here may ask for more of the provider than to list and to look up. */
function never(): never {
  throw new Error('must not be called');
}

export interface SmallWorld extends Surroundings {
  readonly store: SmallStore;
  readonly provider: SmallProvider;
  readonly events: RefundEvent[];
  readonly clock: { nowMs: number };
}

export const QUIET_PERIOD_MS = 180_000;

export function smallWorld(nowMs: number, settings: Partial<Surroundings['settings']> = {}): SmallWorld {
  const store = new SmallStore();
  const provider = new SmallProvider();
  const events: RefundEvent[] = [];
  const clock = { nowMs };
  const gateway: PaymentGateway = {
    list: (query) => provider.list(query),
    payment: (impUid) => provider.payment(impUid),
    prepare: never,
    cancel: never,
    find: never,
    hashAccount: never,
  };
  return {
    store,
    provider,
    events,
    clock,
    gateway,
    settings: {
      quietPeriodMs: QUIET_PERIOD_MS,
      resend: 'safe',
      pgsThatCheckBalance: new Set(),
      pgsThatDropReasons: new Set(),
      importUnknownPayments: true,
      customersMayRefund: true,
      ...settings,
    },
    now: () => clock.nowMs,
    newId: () => 'id',
    report: (event) => events.push(event),
    until: never,
  };
}

export function kinds({ events }: SmallWorld): readonly string[] {
  return events.map(({ event }) => event);
}
