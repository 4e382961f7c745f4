import { dayShard, DAY_SHARDS } from '../../functions/ledger/keys.ts';
import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import type { Item, Query, Table } from '../../functions/ledger/table.ts';
import { listRefunds, type ListCursor, type ListReads } from '../../functions/protocol/list.ts';
import { cancelled, MORNING_MS } from '../support/ledger-samples.ts';
import { benchScale, type Meter } from './scale.ts';
import { digits, type Found, type Tell } from './stats.ts';

const PAGE = 100;
const DAY_MS = 24 * 3_600_000;
/** A Korean day begins at 15:00 UTC of the day before. */
const DAY = '2026-01-15';
const BEGIN_MS = MORNING_MS - 9 * 3_600_000;

/** Pages of the busiest day, from the newest refund to the oldest; the table answers at once. */
export async function benchLists(tell: Tell): Promise<Found> {
  return benchScale(
    {
      what: (count) => `lists of a day of ${count} refunds`,
      counts: [1_000, 10_000, 100_000],
      steps: (count) => count / PAGE,
      prepare: (count, meter) => {
        const day = new OneDay(count);
        return async () => walk(day, count, meter);
      },
    },
    tell,
  );
}

async function walk(day: OneDay, refunds: number, meter: Meter): Promise<string> {
  const world = readsOn(day);
  let [listed, pages] = [0, 0];
  let cursor: ListCursor | undefined;
  do {
    const asked = { limit: PAGE, fromMs: BEGIN_MS, toMs: BEGIN_MS + DAY_MS };
    const page = await listRefunds(cursor === undefined ? asked : { ...asked, cursor }, world);
    listed += page.items.length;
    cursor = page.next;
    meter.step();
    pages += 1;
  } while (cursor !== undefined);
  if (listed !== refunds) throw new Error(`listed ${listed} of ${refunds}`);
  return `${pages} pages, ${digits(day.read / refunds)} items read each`;
}

function readsOn(table: Table): ListReads {
  return {
    ledger: ledgerOn(table),
    orders: { order: async () => Promise.resolve(undefined) },
    report: () => undefined,
    now: () => MORNING_MS + DAY_MS,
  };
}

/** A day's shards as in DynamoDB: sorted, and a page begins at the given key. */
class OneDay implements Table {
  readonly #shards = new Map<string, Item[]>();
  read = 0;

  constructor(refunds: number) {
    for (let shard = 0; shard < DAY_SHARDS; shard += 1) this.#shards.set(dayShard(DAY, shard), []);
    for (let index = 0; index < refunds; index += 1) {
      const item = refundToItem(refundOf(index, refunds));
      this.#shards.get(String(item['day_shard']))?.push(item);
    }
    for (const items of this.#shards.values()) items.sort((a, b) => (placeIn(a) < placeIn(b) ? 1 : -1));
  }

  async query({ index, partition, between = ['', ''], limit = 0 }: Query): Promise<readonly Item[]> {
    const items = index === 'by_day' ? (this.#shards.get(partition) ?? []) : [];
    const [oldest, newest] = between.map(String);
    const first = firstNot(items, (item) => placeIn(item) > (newest ?? ''));
    const found = items.slice(first, first + limit).filter((item) => placeIn(item) >= (oldest ?? ''));
    this.read += found.length;
    return Promise.resolve(found);
  }

  async get(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async transact(): Promise<never> {
    return Promise.reject(new Error('Bug: a list writes nothing'));
  }

  async change(): Promise<never> {
    return Promise.reject(new Error('Bug: a list writes nothing'));
  }
}

function refundOf(index: number, refunds: number) {
  return cancelled({
    merchantUid: `r${index}`,
    impUid: `imp_${index}`,
    refundId: `rf_${String(index).padStart(24, '0')}`,
    cancelledAtMs: BEGIN_MS + Math.floor((index * DAY_MS) / refunds / 1000) * 1000,
  });
}

function placeIn(item: Item): string {
  return String(item['listed_order']);
}

/** Binary search: the first index for which the condition is false. */
function firstNot(items: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const item = items[middle];
    if (item !== undefined && holds(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
