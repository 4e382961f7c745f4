import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertNever } from '../../../functions/refund/assert-never.ts';
import { sum } from '../../../functions/refund/money.ts';
import type { Write } from '../../../functions/protocol/write.ts';
import { LifeOfWrites, type Kind, type View } from '../../support/life-of-writes.ts';
import { MemoryStore, shopItem, type Item } from '../../support/memory-store.ts';
import { tableForTests } from '../../support/table-for-tests.ts';
import { TwoTables } from '../../support/two-tables.ts';

/** Every kind of write, so that one which is forgotten does not compile; what moves a refund on is tried more often. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  claim: 5,
  finish: 5,
  prove: 2,
  release: 1,
  fence: 1,
  reattempt: 1,
  note: 2,
  defer: 1,
  book: 2,
  correct: 2,
  insert: 2,
  adopt: 1,
  hear: 1,
};
const kinds = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind as Kind));

/** What a shop's checkout has written before the service knows of the payment. */
const BEFORE: Readonly<Record<string, Item | undefined>> = {
  nothing: undefined,
  plain: {},
  'no currency': { currency: undefined },
  'amounts as text': { amount: '10,000', cancel_amount: '0' },
  'not paid then': { status: 'ready', cancel_amount: 0 },
};

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constant('look'), worker: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('ask'), worker: fc.nat(2) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('write'),
      worker: fc.nat(2),
      choice: fc.nat(1_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('copy'), choice: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('console') }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('execute'), choice: fc.nat(5) }) },
);
const life = fc.record({
  before: fc.constantFrom(...Object.keys(BEFORE)),
  steps: fc.array(step, { minLength: 40, maxLength: 60 }),
});

function withoutStory({ refund_pending: pending, refund_resolve_at: _due, ...item }: Item): Item {
  if (pending === undefined) return item;
  const { doubt: _doubt, resolve_at: _at, attempts: _attempts, ...marks } = pending as Item;
  return { ...item, refund_pending: marks };
}

type Tables = Pick<TwoTables, 'write' | 'order'>;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One payment's life; every write that is applied is sent again at once, and once more at any later time. */
class Run {
  readonly applied: Write[] = [];
  readonly copied: Kind[] = [];
  readonly #views: View[] = [];
  readonly #cancelled = new Set<string>();
  readonly #life: LifeOfWrites;
  readonly #merchantUid: string;
  readonly #tables: Tables;
  readonly #memory: MemoryStore;

  constructor(merchantUid: string, tables: Tables, memory: MemoryStore) {
    this.#merchantUid = merchantUid;
    this.#tables = tables;
    this.#memory = memory;
    this.#life = new LifeOfWrites(merchantUid);
  }

  async take(taken: Step): Promise<void> {
    switch (taken.what) {
      case 'look':
        this.#views[taken.worker] = { payment: await this.#payment(), provider: this.#life.provider };
        return;
      // The provider is asked after the table was read, and much may have happened between.
      case 'ask':
        this.#views[taken.worker] = {
          payment: this.#views[taken.worker]?.payment,
          provider: this.#life.provider,
        };
        return;
      case 'write':
        await this.#write(taken);
        return;
      case 'copy': {
        const copy = this.applied[taken.choice % Math.max(1, this.applied.length)];
        if (copy === undefined) return;
        await this.#later(copy);
        this.copied.push(copy.kind);
        return;
      }
      case 'console':
        this.#life.bookConsole();
        return;
      case 'execute': {
        const payment = await this.#payment();
        if (payment !== undefined) this.#life.executeOurs(payment, taken.choice);
        return;
      }
      default:
        assertNever(taken);
    }
  }

  async #write({ worker, choice }: Extract<Step, { what: 'write' }>): Promise<void> {
    const view = this.#views[worker] ?? { payment: await this.#payment(), provider: this.#life.provider };
    const possible = kinds.flatMap((kind) => this.#life.write(kind, view, choice) ?? []);
    const write = possible[choice % Math.max(1, possible.length)];
    if (write === undefined) return;
    const payment = await this.#tables.write(write);
    if (payment === 'condition_failed') return;
    // As the protocol does, a worker goes on with what its own write has told it.
    this.#views[worker] = { ...view, payment };
    this.applied.push(write);
    await this.#again(write, 'the same once more');
  }

  /** What a reader is told is whole: the history adds up, and what was once told as cancelled stays so. */
  async isTrue(): Promise<void> {
    const payment = await this.#payment();
    if (payment === undefined) return;
    const { cancelHistory, cancelAmount, refunds } = payment;
    expect(sum(cancelHistory.map(({ amount }) => amount))).toBe(cancelAmount);
    const cancelled = [...refunds.values()].filter(({ status }) => status === 'cancelled');
    for (const { refundId } of cancelled) this.#cancelled.add(refundId);
    expect(cancelled.map(({ refundId }) => refundId).toSorted()).toEqual([...this.#cancelled].toSorted());
  }

  async #again(write: Write, what: string): Promise<void> {
    const before = this.#items();
    await this.#tables.write(write);
    expect(this.#items(), `${what}: ${write.kind}`).toEqual(before);
  }

  /** Late, a note may tell an older story and bring the next look forward; what was said or accepted it never takes back. */
  async #later(write: Write): Promise<void> {
    if (write.kind !== 'note') return this.#again(write, 'a copy that comes later');
    const before = this.#items().map(withoutStory);
    await this.#tables.write(write);
    expect(this.#items().map(withoutStory), 'a copy of a note that comes later').toEqual(before);
  }

  #items(): Item[] {
    return structuredClone([...this.#memory.items.values()]);
  }

  async #payment() {
    return (await this.#memory.order(this.#merchantUid)).payments[0];
  }

  /** Both tables tell the same. */
  async ends(): Promise<void> {
    await this.#tables.order(this.#merchantUid);
  }
}

/** Thousands of writes, on a machine that may have other things to do. */
const RUNS_IN_MEMORY = 150;
const RUNS_ON_A_TABLE = 4;

/** Lives the lives, and counts how often each kind of write was applied, and how often a copy of it came later. */
async function live(numRuns: number, begin: (before: Item | undefined) => Promise<Run>) {
  const applied = new Set<Kind>();
  const copied = new Set<Kind>();
  await fc.assert(
    fc.asyncProperty(life, async ({ before, steps }) => {
      const run = await begin(BEFORE[before]);
      for (const each of steps) {
        await run.take(each);
        await run.isTrue();
      }
      await run.ends();
      for (const { kind } of run.applied) applied.add(kind);
      for (const kind of run.copied) copied.add(kind);
    }),
    { numRuns },
  );
  return { applied, copied };
}

describe('a write that was applied, and whose answer was lost', () => {
  it('changes nothing when it is sent again, and nothing when a copy of it comes at any later time', async () => {
    const seen = await live(RUNS_IN_MEMORY, async (before) => {
      const memory = new MemoryStore();
      if (before !== undefined) memory.put(shopItem('sample', before));
      return Promise.resolve(new Run('sample', memory, memory));
    });
    const all = new Set(Object.keys(WEIGHTS));
    expect(seen).toEqual({ applied: all, copied: all });
  });
});

const table = await tableForTests();

describe('the same on a table', () => {
  let orders = 0;
  it('leaves every time what it leaves in memory', async () => {
    const seen = await live(RUNS_ON_A_TABLE, async (before) => {
      orders += 1;
      const name = `order${orders}`;
      const tables = new TwoTables(table);
      if (before !== undefined) await tables.put(shopItem(name, before));
      return new Run(name, tables, tables.memory);
    });
    expect(seen.applied.size).toBeGreaterThan(0);
  });
});
