import { DOUBTS } from '../../functions/refund/doubts.ts';
import type { ListPage, ListQuery, Surroundings } from '../../functions/protocol/ports.ts';
import type { ReconciliationNotes } from '../../functions/protocol/reconciliation-notes.ts';
import type { Payment, ProviderPayment } from '../../functions/refund/payment.ts';
import type { ElsewhereCancel } from '../../functions/refund/refund.ts';
import { elsewhere, entryOf, MORNING_MS, theProvider } from './ledger-samples.ts';

/** Every how many payments one is partly cancelled. */
const EVERY = 10;
const DAY_SECONDS = 86_400;

/**
 * A shop of very many payments, spread evenly over the last `days`. None is stored: each is made from its number when provider
 * or ledger is asked, so memory that grows with their number is the walk's own.
 */
export class ManyPayments {
  readonly count: number;
  readonly firstSeconds: number;
  readonly lastSeconds = MORNING_MS / 1000 - 3_600;
  /** How often each list was requested, and the deepest page. */
  asked = 0;
  deepest = 0;
  /** Called with each page's payments. */
  onPage: (payments: readonly ProviderPayment[], query: ListQuery) => void = () => {};
  notes: ReconciliationNotes | undefined;
  nowMs = MORNING_MS;

  constructor(count: number, days = 89) {
    this.count = count;
    this.firstSeconds = this.lastSeconds - days * DAY_SECONDS;
  }

  get world(): Surroundings {
    const never = async () => Promise.reject(new Error('Bug: nothing of it is changed'));
    return {
      orders: { order: async () => Promise.resolve(undefined) },
      ledger: {
        openShards: 1,
        orderOf: async (impUid) => Promise.resolve(`order_${impUid}`),
        payments: async (merchantUid) => Promise.resolve([headOf(this.#payment(numberIn(merchantUid)))]),
        payment: async ({ impUid }) => Promise.resolve(headOf(this.#payment(numberIn(impUid)))),
        allRefunds: async ({ impUid }) => Promise.resolve([cancelOf(this.#payment(numberIn(impUid)))]),
        refund: async () => Promise.resolve(undefined),
        refundsInOrder: never,
        refundById: never,
        openRefunds: never,
        listedOn: never,
        byReference: never,
        acknowledgements: async () => Promise.resolve([]),
        acknowledge: never,
        countLookUp: never,
        write: async () => Promise.resolve({ kind: 'applied' }),
        reconciliation: async () => Promise.resolve(this.notes),
        saveReconciliation: async (notes) => {
          this.notes = notes;
          return Promise.resolve(true);
        },
      },
      gateway: {
        prepare: async () => Promise.resolve({ kind: 'ready' }),
        cancel: never,
        find: never,
        payment: async () => Promise.resolve({ kind: 'failed', cause: DOUBTS.unreadable }),
        list: async (query) => Promise.resolve(this.#list(query)),
        hashAccount: never,
      },
      settings: {
        quietPeriodMs: 180_000,
        pgsThatCancelLater: new Set(),
        rulesOff: new Set(),
        importUnknownPayments: true,
        customersMayRefund: true,
      },
      now: () => this.nowMs,
      newId: () => 'token',
      report: () => {},
      until: never,
    };
  }

  #seconds(number: number): number {
    return Math.floor(
      this.firstSeconds + (number * (this.lastSeconds - this.firstSeconds)) / Math.max(1, this.count - 1),
    );
  }

  #payment(number: number): ProviderPayment {
    const atMs = this.#seconds(number) * 1000;
    const impUid = `imp_${String(number).padStart(12, '0')}`;
    const isCancelled = number % EVERY === 0;
    const entries = isCancelled ? [entryOf(1_000, { cancellationId: impUid, cancelledAtMs: atMs })] : [];
    const times = { paidAtMs: atMs, ...(isCancelled ? { cancelledAtMs: atMs } : {}) };
    return theProvider(entries, { impUid, merchantUid: `order_${impUid}`, ...times });
  }

  /** The first number whose payment is not before a time. */
  #from(seconds: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#seconds(middle) < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #list(query: ListQuery): ListPage {
    const { status, fromSeconds, toSeconds, page, limit } = query;
    this.asked += 1;
    this.deepest = Math.max(this.deepest, page);
    const isCancelled = status === 'cancelled';
    const end = this.#from(toSeconds + 1);
    // Numbers of the payments with this status, in order: every tenth, or the other nine.
    const nth = (index: number): number =>
      isCancelled ? index * EVERY : index + 1 + Math.floor(index / (EVERY - 1));
    const before = (number: number): number =>
      isCancelled ? Math.ceil(number / EVERY) : number - Math.ceil(number / EVERY);
    const first = before(this.#from(fromSeconds)) + (page - 1) * limit;
    const last = Math.min(before(end), first + limit);
    const payments: ProviderPayment[] = [];
    for (let index = first; index < last; index += 1) payments.push(this.#payment(nth(index)));
    this.onPage(payments, query);
    return { kind: 'page', payments, unreadable: [], more: before(end) > last };
  }
}

function numberIn(name: string): number {
  return Number(name.replace(/\D/g, ''));
}

/** The payment as the ledger has it: comparing it changes nothing. */
function headOf({ sumTold: _told, ...provider }: ProviderPayment): Payment {
  return { ...provider };
}

function cancelOf(provider: ProviderPayment): ElsewhereCancel {
  const { merchantUid, impUid, cancelHistory } = provider;
  const entry = cancelHistory[0] ?? entryOf(1_000);
  return elsewhere({ merchantUid, impUid, amount: entry.amount, entry });
}
