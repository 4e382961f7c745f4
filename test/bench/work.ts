import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { paymentToItem } from '../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import type { Table } from '../../functions/ledger/table.ts';
import { listRefunds, type ListCursor } from '../../functions/protocol/list.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { tagOf } from '../../functions/refund/identity.ts';
import { FakeTable } from '../support/fake-table.ts';
import { cancelled, entryOf, MORNING_MS, requested, theProvider } from '../support/ledger-samples.ts';
import { ScriptedWorld } from '../support/scripted-world.ts';
import { digits } from './stats.ts';

const COUNTS = [100, 1_000, 10_000];
const NOW_MS = MORNING_MS + 60_000;

/** A table in memory whose own work is measured, so that it can be subtracted. */
class MeasuredTable implements Table {
  readonly fake = new FakeTable(() => NOW_MS);
  ms = 0;
  itemsRead = 0;

  /** The table in memory works before it returns its promise. */
  async #measured<Result>(work: () => Promise<Result>): Promise<Result> {
    const fromMs = performance.now();
    const result = work();
    this.ms += performance.now() - fromMs;
    return result;
  }

  get: Table['get'] = async (key) => this.#measured(async () => this.fake.get(key));
  transact: Table['transact'] = async (transaction) =>
    this.#measured(async () => this.fake.transact(transaction));
  change: Table['change'] = async (what, update) =>
    this.#measured(async () => this.fake.change(what, update));
  query: Table['query'] = async (query) => {
    const items = await this.#measured(async () => this.fake.query(query));
    this.itemsRead += items.length;
    return items;
  };
}

/** The time that `work` takes outside of the table. */
async function ownMs(table: MeasuredTable, work: () => Promise<void>): Promise<number> {
  table.ms = 0;
  const fromMs = performance.now();
  await work();
  return performance.now() - fromMs - table.ms;
}

/** The id is as long as a real one, because a shorter text is not read as a tag. */
function namesOf(index: number) {
  return {
    merchantUid: `r${index}`,
    impUid: `imp_${index}`,
    refundId: `rf_${String(index).padStart(24, '0')}`,
  };
}

/** The resolver's own work for refunds in doubt that are all executed at i'mport, which answers at once. */
export async function benchResolver(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const count of COUNTS) {
    const table = new MeasuredTable();
    for (let index = 0; index < count; index += 1) putInDoubt(table.fake, index);
    const { world: scripted } = new ScriptedWorld();
    const world = {
      ...scripted,
      ledger: ledgerOn(table),
      now: () => NOW_MS,
      report: () => undefined,
      gateway: {
        ...scripted.gateway,
        payment: async (impUid: string) => {
          const { refundId, ...names } = namesOf(Number(impUid.slice('imp_'.length)));
          const payment = theProvider([entryOf(1_000, { reason: tagOf(refundId) })], names);
          return Promise.resolve({ kind: 'found' as const, payment });
        },
      },
    };
    const run = {
      parallel: 20,
      pageSize: 200,
      all: false,
      stopAtMs: NOW_MS + 1,
      deadlineMs: NOW_MS + 58_000,
    };
    const ms = await ownMs(table, async () => {
      const { outcomes } = await resolveOpenRefunds(run, world);
      if (outcomes.settled !== count) throw new Error(`settled ${outcomes.settled} of ${count}`);
    });
    lines.push(`The resolver's own work for ${count} in doubt: ${digits((ms / count) * 1000)} µs each`);
  }
  return lines;
}

function putInDoubt(table: FakeTable, index: number): void {
  const refund = requested({ ...namesOf(index), resolveAtMs: NOW_MS - 1 });
  const provider = theProvider([], namesOf(index));
  table.put(paymentToItem({ ...provider, lookedAtMs: MORNING_MS, inFlight: refund.refundId }));
  table.put(refundToItem(refund));
}

const PAGE = 100;
const DAY_MS = 24 * 3_600_000;
/** A Korean day begins at 15:00 UTC of the day before. */
const BEGIN_MS = MORNING_MS - 9 * 3_600_000;

/** All pages of a busy day, from the newest refund to the oldest. */
export async function benchLists(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const count of COUNTS) {
    const table = new MeasuredTable();
    for (let index = 0; index < count; index += 1) {
      const cancelledAtMs = BEGIN_MS + Math.floor((index * DAY_MS) / count / 1000) * 1000;
      table.fake.put(refundToItem(cancelled({ ...namesOf(index), cancelledAtMs })));
    }
    const reads = {
      ledger: ledgerOn(table),
      orders: { order: async () => Promise.resolve(undefined) },
      report: () => undefined,
      now: () => MORNING_MS + DAY_MS,
    };
    const ms = await ownMs(table, async () => {
      let listed = 0;
      let cursor: ListCursor | undefined;
      do {
        const asked = { limit: PAGE, fromMs: BEGIN_MS, toMs: BEGIN_MS + DAY_MS };
        const page = await listRefunds(cursor === undefined ? asked : { ...asked, cursor }, reads);
        listed += page.items.length;
        cursor = page.next;
      } while (cursor !== undefined);
      if (listed !== count) throw new Error(`listed ${listed} of ${count}`);
    });
    const read = `${digits(table.itemsRead / count)} items read each`;
    lines.push(`A day of ${count} refunds in pages: ${digits((ms / count) * 1000)} µs each, ${read}`);
  }
  return lines;
}
