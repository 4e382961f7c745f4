import { impKey } from '../../functions/ledger/keys.ts';
import { paymentToItem } from '../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import type { ListPage, ListQuery, LookUp, Surroundings } from '../../functions/protocol/ports.ts';
import {
  reconcile,
  type ReconcileOptions,
  type ReconcileResult,
} from '../../functions/protocol/reconcile.ts';
import type {
  ReconciliationPosition,
  Window,
  WindowNotes,
} from '../../functions/protocol/reconciliation-notes.ts';
import { StoreError } from '../../functions/protocol/write.ts';
import type { CancelEntry, Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import { MORNING_MS, theProvider } from './ledger-samples.ts';
import { UnitWorld } from './scripted-world.ts';

export const HOUR_MS = 3_600_000;

/** A payment of 10,000 won that was paid and last changed an hour ago. */
export function listed(
  impUid: string,
  entries: readonly CancelEntry[] = [],
  fields: Partial<ProviderPayment> = {},
): ProviderPayment {
  const atMs = MORNING_MS - HOUR_MS;
  const cancelledAtMs = entries.length === 0 ? {} : { cancelledAtMs: atMs };
  return theProvider(entries, {
    impUid,
    merchantUid: `order_${impUid}`,
    paidAtMs: atMs,
    ...cancelledAtMs,
    ...fields,
  });
}

/** The provider's lists, and the ledger that is compared with them. */
export class ListedWorld extends UnitWorld {
  /** What the provider holds. */
  readonly payments = new Map<string, ProviderPayment>();
  readonly asked: ListQuery[] = [];
  /** The provider's largest page. */
  pageLimit = 1_000;
  readonly lookedUp: string[] = [];
  /** The next answers to lists and looks, when they differ from what the provider holds. */
  onList: ((query: ListQuery) => ListPage | undefined | Promise<undefined>) | undefined;
  onLookUp: ((impUid: string) => LookUp | undefined) | undefined;
  /** Called before these reads of the ledger; an error thrown here is the read's. */
  onRead: ((read: 'payments' | 'orderOf' | 'allRefunds', name: string) => void) | undefined;
  /** What happens to a save of the notes. */
  onSave: (() => 'save' | 'fail') | undefined;

  get world(): Surroundings {
    const { ledger, ...world } = this.around({
      cancel: async () => Promise.reject(new Error('Bug: reconciliation cancels nothing')),
      find: async () => ({ kind: 'missing' }),
      payment: async (impUid) => this.#look(impUid),
      list: async (query) => this.#list(query),
    });
    return {
      ...world,
      ledger: {
        ...ledger,
        payments: async (merchantUid) => {
          this.onRead?.('payments', merchantUid);
          return ledger.payments(merchantUid);
        },
        orderOf: async (impUid) => {
          this.onRead?.('orderOf', impUid);
          return ledger.orderOf(impUid);
        },
        allRefunds: async (key) => {
          this.onRead?.('allRefunds', key.impUid);
          return ledger.allRefunds(key);
        },
        saveReconciliation: async (...saved) => this.#save(saved),
      },
    };
  }

  get kinds(): readonly string[] {
    return this.events.map(({ event }) => event);
  }

  async notes(window: Window = 'recent'): Promise<WindowNotes | undefined> {
    return (await this.table.ledger().reconciliation())[window];
  }

  /** Stores another run's position, whatever was there. */
  async putPosition(position: ReconciliationPosition): Promise<void> {
    const notes = await this.notes(position.window);
    const version = `another run's ${this.world.newId()}`;
    const put = { ...notes, position, version };
    await this.table.ledger().saveReconciliation(position.window, put, notes?.version);
  }

  async head({ merchantUid, impUid }: ProviderPayment): Promise<Payment | undefined> {
    return this.table.ledger().payment({ merchantUid, impUid });
  }

  async items({ merchantUid, impUid }: ProviderPayment): Promise<readonly LedgerItem[]> {
    return this.table.ledger().allRefunds({ merchantUid, impUid });
  }

  provides(...payments: readonly ProviderPayment[]): void {
    for (const payment of payments) this.payments.set(payment.impUid, payment);
  }

  /** Stores the payment in the ledger, with these refunds and foreign cancels. */
  holds(provider: ProviderPayment, fields: Partial<Payment> = {}, items: readonly LedgerItem[] = []): void {
    const { merchantUid, impUid, currency } = provider;
    this.table.put(paymentToItem({ ...provider, lookedAtMs: MORNING_MS, ...fields }));
    this.table.put({ ...impKey(impUid), merchant_uid: merchantUid });
    for (const item of items) this.table.put(refundToItem({ ...item, merchantUid, impUid, currency }));
  }

  holdsAll(payments: readonly ProviderPayment[]): void {
    for (const payment of payments) this.holds(payment);
  }

  async run(options: Partial<ReconcileOptions> = {}): Promise<ReconcileResult> {
    return reconcile({ window: 'recent', stopAtMs: this.nowMs + 600_000, ...options }, this.world);
  }

  #look(impUid: string): LookUp {
    this.lookedUp.push(impUid);
    const payment = this.payments.get(impUid);
    return (
      this.onLookUp?.(impUid) ?? (payment === undefined ? { kind: 'missing' } : { kind: 'found', payment })
    );
  }

  async #list(query: ListQuery): Promise<ListPage> {
    this.asked.push(query);
    const { status, fromSeconds, toSeconds, page, limit } = query;
    const all = [...this.payments.values()].filter((payment) => {
      const atSeconds = ((status === 'paid' ? payment.paidAtMs : payment.cancelledAtMs) ?? 0) / 1000;
      return payment.status === status && atSeconds >= fromSeconds && atSeconds <= toSeconds;
    });
    const most = Math.min(limit, this.pageLimit);
    const payments = all.slice((page - 1) * most, page * most);
    const more = all.length > page * most;
    return (await this.onList?.(query)) ?? { kind: 'page', payments, unreadable: [], more };
  }

  async #save(saved: Parameters<Surroundings['ledger']['saveReconciliation']>): Promise<boolean> {
    if (this.onSave?.() === 'fail') throw new StoreError('throttled', { isKnownNotApplied: true });
    return this.table.ledger().saveReconciliation(...saved);
  }
}
