import type { Item, Outcome, Table, Transaction } from '../../functions/ledger/table.ts';
import type { CancelCall, Orders } from '../../functions/protocol/ports.ts';
import { StoreError, type WriteKind } from '../../functions/protocol/write.ts';
import type { Reading, SendFate } from './adversity-of-provider.ts';
import type { Run } from './explorer.ts';
import type { FakeOrders, FakeTable } from './fake-table.ts';

export interface Fates {
  readonly sends: readonly SendFate[];
  readonly writes?: readonly WriteFate[];
  /** The kinds of writes concerned; all when absent. */
  readonly writesOf?: readonly WriteKind[];
  readonly looks?: readonly ('found' | 'failed' | 'missing' | Reading)[];
  /** A read of a table may fail. */
  readonly readsFail?: boolean;
  readonly misfortunes: number;
  /** The answer of a look arrives in a step of its own. */
  readonly slowLooks?: boolean;
}

/** A message that the network or a PG still holds. */
interface Held {
  readonly name: string;
  /** The latest arrival of a request at the provider (P3), epoch ms; other messages have no bound. */
  readonly byMs: number | undefined;
  /** The cancel that the message is, or a part of. */
  readonly call: CancelCall | undefined;
  readonly deliver: () => void;
}

/** Everything that can go wrong between a worker and the outside, each by a choice of the run. */
export class Adversity {
  misfortunes: number;
  readonly held: Held[] = [];
  /** Messages that arrive after all actors have ended. */
  readonly atTheEnd: (() => void)[] = [];
  readonly fates: Fates;
  readonly run: Run;
  #names = 0;

  constructor(run: Run, fates: Fates) {
    this.run = run;
    this.fates = fates;
    this.misfortunes = fates.misfortunes;
  }

  state(): unknown {
    return [this.misfortunes, this.held.map(({ name }) => name).toSorted(), this.atTheEnd.length];
  }

  /** `calm`: what happens once all actors have ended. */
  fateOf<Fate extends string>(fates: readonly Fate[], calm: Fate): Fate {
    if (this.run.isOver) return calm;
    const [ordinary = calm] = fates;
    if (this.misfortunes === 0 || fates.length === 1) return ordinary;
    const fate = fates[this.run.choose(fates.length)] ?? ordinary;
    if (fate !== ordinary) {
      this.misfortunes -= 1;
      this.run.story.push(`  (${fate})`);
    }
    return fate;
  }

  /** Requests arrive before G is over (P3). */
  deliverRequests(untilMs: number): void {
    for (const { deliver } of this.held.filter(({ byMs }) => byMs !== undefined && byMs <= untilMs))
      deliver();
  }

  deliverAll(): void {
    for (const { deliver } of this.held.slice()) deliver();
    this.deliverAtTheEnd();
  }

  deliverAtTheEnd(): void {
    for (const deliver of this.atTheEnd.splice(0)) deliver();
  }

  /** Whether a cancel may still be executed. */
  isAlive(refundId: string): boolean {
    return this.held.some(({ call }) => call?.refundId === refundId);
  }

  hold(of: string, { call, byMs }: { call?: CancelCall; byMs?: number }, effect: () => void): void {
    this.#names += 1;
    const name = `${of} ${this.#names}`;
    const held: Held = {
      name,
      byMs,
      call,
      deliver: () => {
        const index = this.held.indexOf(held);
        if (index === -1) return;
        this.held.splice(index, 1);
        effect();
      },
    };
    this.held.push(held);
    this.run.spawn({
      name,
      mayCrash: false,
      run: async () => this.run.step(name, 'arrives', held.deliver),
    });
  }
}

/** One try of a transaction. */
interface Try {
  readonly apply: () => Outcome;
  /** It arrives later. */
  readonly hold: (effect?: () => void) => void;
  readonly token: string;
  readonly tables: AdversityOfTable;
}

const noAnswer = () => new StoreError('no answer', { isKnownNotApplied: false });
const refusedTry = (isConflict: boolean) =>
  new StoreError('refused', { isKnownNotApplied: true, isConflict });

/** What may happen to one try of a transaction; one that returns nothing gets no answer. */
const TRIES = {
  applied: ({ apply }) => apply(),
  answer_lost: ({ apply }) => void apply(),
  lost: () => undefined,
  /** Without an answer, it arrives later: while others work, or long after all of them. */
  late: ({ hold }) => hold(),
  at_the_end: ({ apply, tables }) => void tables.adversity.atTheEnd.push(apply),
  /** Applied and answered; a copy arrives later. */
  copied: ({ apply, hold }) => {
    const outcome = apply();
    hold();
    return outcome;
  },
  /** The table refuses this try: throttled; a conflict with another transaction of the same items. */
  refused: () => refusedTry(false),
  conflict: () => refusedTry(true),
  /** Arrived and not finished: each try with its token is told so until it is. */
  in_progress: ({ apply, hold, token, tables: { inProgress } }) => {
    inProgress.add(token);
    hold(() => {
      inProgress.delete(token);
      apply();
    });
  },
  /** No answer until the client gives up; it arrives later. */
  hanging: ({ hold, tables }) => {
    tables.clock.nowMs += HANGS_FOR_MS;
    hold();
  },
} satisfies Readonly<Record<string, (tried: Try) => Outcome | StoreError | void>>;
export type WriteFate = keyof typeof TRIES;
export const WRITES = Object.keys(TRIES) as readonly WriteFate[];

/** How long a client waits for answers before it gives up: two such waits exceed a function's time. */
const HANGS_FOR_MS = 14_000;

/** The tables as the actors see them: each call is a step of the run, and a transaction may be lost or delayed. */
export class AdversityOfTable {
  readonly adversity: Adversity;
  readonly clock: { nowMs: number };
  readonly #table: FakeTable;
  /** Tokens of transactions that have arrived and are not finished. */
  readonly inProgress = new Set<string>();
  /** The tokens that the table remembers: with its items, all that later tries depend on. */
  readonly #applied = new Set<string>();

  constructor(adversity: Adversity, table: FakeTable, clock: { nowMs: number }) {
    this.adversity = adversity;
    this.#table = table;
    this.clock = clock;
  }

  state(): unknown {
    return [[...this.inProgress].toSorted(), [...this.#applied].toSorted()];
  }

  table(name: string): Table {
    const table = this.#table;
    return {
      get: async (key) =>
        this.#read(name, `reads ${key.sk.split('#', 1)[0] ?? ''}`, async () => table.get(key)),
      query: async (query) =>
        this.#read(name, 'queries', async (): Promise<readonly Item[]> => table.query(query)),
      transact: async (transaction) =>
        this.adversity.run.step(name, `writes ${transaction.what}`, () => this.#write(transaction)),
      change: async (what, update) =>
        this.adversity.run.step(name, what, async () => table.change(what, update)),
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
    const { fates, run } = this.adversity;
    return run.step(name, label, async () => {
      const fate = this.adversity.fateOf(fates.readsFail === true ? ['read', 'not_read'] : ['read'], 'read');
      if (fate === 'not_read') throw new StoreError('not read', { isKnownNotApplied: true });
      return read();
    });
  }

  #write(transaction: Transaction): Outcome {
    const { what, token } = transaction;
    if (this.inProgress.has(token)) throw noAnswer();
    const { writes = ['applied'], writesOf } = this.adversity.fates;
    const mayStray = writesOf?.includes(what as WriteKind) ?? true;
    const fate = mayStray ? this.adversity.fateOf(writes, 'applied') : 'applied';
    const apply = (): Outcome => this.#apply(transaction);
    const hold = (effect: () => void = apply): void =>
      this.adversity.hold(`the write of ${what}`, {}, effect);
    const answer = TRIES[fate]({ apply, hold, token, tables: this }) ?? noAnswer();
    if (answer instanceof StoreError) throw answer;
    return answer;
  }

  #apply(transaction: Transaction): Outcome {
    const outcome = this.#table.apply(transaction);
    if (outcome === 'applied') this.#applied.add(transaction.token);
    return outcome;
  }
}
