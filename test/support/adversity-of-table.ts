import type { Item, Outcome, Table, Transaction } from '../../functions/ledger/table.ts';
import type { Orders } from '../../functions/protocol/ports.ts';
import { StoreError, type WriteKind } from '../../functions/protocol/write.ts';
import { assertNever } from '../../functions/refund/assert-never.ts';
import type { Adversity } from './adversity.ts';
import type { FakeOrders, FakeTable } from './fake-table.ts';

/** How long a client waits for answers before it gives up: two such waits exceed a function's time. */
const HANGS_FOR_MS = 14_000;

interface Clock {
  nowMs: number;
}

/** The tables as one actor sees them: each call is a step of the run, and a transaction may be lost or delayed. */
export class AdversityOfTable {
  readonly #adversity: Adversity;
  readonly #table: FakeTable;
  readonly #clock: Clock;
  /** Tokens of transactions that have arrived and are not finished. */
  readonly #inProgress = new Set<string>();
  /** The tokens that the table remembers: with its items, all that later tries depend on. */
  readonly #applied = new Set<string>();

  constructor(adversity: Adversity, table: FakeTable, clock: Clock) {
    this.#adversity = adversity;
    this.#table = table;
    this.#clock = clock;
  }

  state(): unknown {
    return [[...this.#inProgress].toSorted(), [...this.#applied].toSorted()];
  }

  table(name: string): Table {
    const table = this.#table;
    return {
      get: async (key) =>
        this.#read(name, `reads ${key.sk.split('#', 1)[0] ?? ''}`, async () => table.get(key)),
      query: async (query) =>
        this.#read(name, 'queries', async (): Promise<readonly Item[]> => table.query(query)),
      transact: async (transaction) =>
        this.#adversity.run.step(name, `writes ${transaction.what}`, () => this.#write(transaction)),
      change: async (what, update) =>
        this.#adversity.run.step(name, what, async () => table.change(what, update)),
    };
  }

  orders(name: string, orders: FakeOrders, isRead: () => void): Orders {
    return {
      order: async (merchantUid) =>
        this.#read(name, 'reads the order item', async () => {
          isRead();
          return orders.order(merchantUid);
        }),
    };
  }

  async #read<T>(name: string, label: string, read: () => Promise<T>): Promise<T> {
    const { fates, run } = this.#adversity;
    return run.step(name, label, async () => {
      const fate = this.#adversity.fateOf(fates.readsFail === true ? ['read', 'not_read'] : ['read']);
      if (fate === 'not_read') throw new StoreError('not read', { isKnownNotApplied: true });
      return read();
    });
  }

  #write(transaction: Transaction): Outcome {
    if (this.#inProgress.has(transaction.token)) throw noAnswer('TransactionInProgress');
    const { writes = ['applied'], writesOf } = this.#adversity.fates;
    const mayStray = writesOf?.includes(transaction.what as WriteKind) ?? true;
    const fate = mayStray ? this.#adversity.fateOf(writes) : 'applied';
    const apply = (): Outcome => this.#apply(transaction);
    switch (fate) {
      case 'applied':
        return apply();
      case 'answer_lost':
        apply();
        throw noAnswer(fate);
      case 'lost':
        throw noAnswer(fate);
      case 'late':
        this.#hold(transaction, apply);
        throw noAnswer(fate);
      case 'at_the_end':
        this.#adversity.atTheEnd.push(apply);
        throw noAnswer(fate);
      case 'copied': {
        const outcome = apply();
        this.#hold(transaction, apply);
        return outcome;
      }
      case 'refused':
      case 'conflict':
        throw new StoreError(fate, { isKnownNotApplied: true, isConflict: fate === 'conflict' });
      case 'in_progress':
        this.#inProgress.add(transaction.token);
        this.#hold(transaction, () => {
          this.#inProgress.delete(transaction.token);
          apply();
        });
        throw noAnswer(fate);
      case 'hanging':
        this.#clock.nowMs += HANGS_FOR_MS;
        this.#hold(transaction, apply);
        throw noAnswer(fate);
      default:
        return assertNever(fate);
    }
  }

  #hold({ what }: Transaction, apply: () => void): void {
    this.#adversity.hold(`the write of ${what}`, {}, apply);
  }

  #apply(transaction: Transaction): Outcome {
    const outcome = this.#table.apply(transaction);
    if (outcome === 'applied') this.#applied.add(transaction.token);
    return outcome;
  }
}

function noAnswer(why: string): StoreError {
  return new StoreError(`no answer: ${why}`, { isKnownNotApplied: false });
}
