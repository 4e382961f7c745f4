import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import { impKey, paymentKey, refundKey } from '../../../functions/ledger/keys.ts';
import { identityOf, providerWord } from '../../../functions/ledger/payment-item.ts';
import {
  listRefunds,
  type ListCursor,
  type ListReads,
  type ListWish,
} from '../../../functions/protocol/list.ts';
import { listedAtMs, type LedgerItem } from '../../../functions/refund/refund.ts';
import { FakeOrders, FakeTable } from '../../support/fake-table.ts';
import {
  cancelled,
  elsewhere,
  MORNING_MS,
  notExecuted,
  notSent,
  rejected,
  requested,
  theProvider,
} from '../../support/ledger-samples.ts';

const DAY_MS = 86_400_000;
const SHARDS = 2;

/** A ledger with refunds, and a clock. */
class Listing {
  nowMs = MORNING_MS + 3_600_000;
  readonly table = new FakeTable();
  readonly orders = new FakeOrders();
  /** Items that were read, by page. */
  readonly read: number[] = [];
  /** Refunds that were told as defects. */
  readonly defects = new Set<string>();

  constructor(...items: readonly LedgerItem[]) {
    for (const item of items) this.put(item);
  }

  put(item: LedgerItem): void {
    this.table.put(refundToItem(item, SHARDS));
  }

  /** HEAD of the payment, without which an order has none. */
  pay(merchantUid: string, impUid: string): void {
    const provider = theProvider([], { merchantUid, impUid });
    this.table.put({ ...paymentKey(provider), ...identityOf(provider), ...providerWord(provider).set });
    this.table.put({ ...impKey(impUid), merchant_uid: merchantUid });
  }

  get world(): ListReads {
    const ledger = this.table.ledger(SHARDS);
    const counted = async <T extends { readonly read: number }>(part: Promise<T>): Promise<T> => {
      this.read[this.read.length - 1] = (this.read.at(-1) ?? 0) + (await part).read;
      return part;
    };
    return {
      orders: this.orders,
      report: (event) => {
        if (event.event === 'failed' && event.refundId !== undefined) this.defects.add(event.refundId);
      },
      now: () => this.nowMs,
      ledger: {
        ...ledger,
        listedOn: async (part) => counted(ledger.listedOn(part)),
        byReference: async (part) => counted(ledger.byReference(part)),
      },
    };
  }

  async page(wish: Partial<ListWish> = {}) {
    this.read.push(0);
    return listRefunds({ limit: 100, ...wish }, this.world);
  }

  /** Page after page; `between` is what happens meanwhile. */
  async walk(wish: Partial<ListWish> = {}, between = () => {}): Promise<readonly LedgerItem[]> {
    const seen: LedgerItem[] = [];
    let cursor: ListCursor | undefined;
    do {
      const { items, next } = await this.page(cursor === undefined ? wish : { ...wish, cursor });
      seen.push(...items);
      cursor = next;
      between();
    } while (cursor !== undefined);
    return seen;
  }

  async ids(wish: Partial<ListWish> = {}): Promise<readonly string[]> {
    return (await this.walk(wish)).map(({ refundId }) => refundId);
  }
}

let made = 0;
/** Refunds have an order of their own, and names that tell nothing of their time. */
function names(number = (made += 1)) {
  const name = String((number * 7_919) % 1_000_003);
  return {
    refundId: `rf_${name.padStart(24, '0')}`,
    merchantUid: `order-${number}`,
    impUid: `imp_${number}`,
  };
}

function newestFirst(items: readonly LedgerItem[]): readonly string[] {
  return items
    .toSorted((a, b) => listedAtMs(b) - listedAtMs(a) || (a.refundId < b.refundId ? 1 : -1))
    .map(({ refundId }) => refundId);
}

describe('a list', () => {
  const open = requested({ ...names(), requestedAtMs: MORNING_MS - 5_000 });
  const old = requested({ ...names(), requestedAtMs: MORNING_MS - 40 * DAY_MS });
  const done = cancelled({ ...names(), cancelledAtMs: MORNING_MS - 4_000, reference: 'RETURN-1' });
  const others = elsewhere({ ...names(), refundId: 'el_console', cancelledAtMs: MORNING_MS - 3_000 });
  const refused = rejected({ ...names(), finishedAtMs: MORNING_MS - 2_000, reference: 'RETURN-1' });
  const failed = notExecuted({ ...names(), finishedAtMs: MORNING_MS - 1_000 });
  const nothing = notSent({ ...names(), reference: 'RETURN-1' });
  const ours = elsewhere({
    ...names(),
    refundId: 'el_ours',
    status: 'attributed',
    cancelledAtMs: MORNING_MS,
  });
  const listing = new Listing(open, old, done, others, refused, failed, nothing, ours);
  for (const { merchantUid, impUid } of [done, others, old, ours]) listing.pay(merchantUid, impUid);
  listing.orders.put({ merchant_uid: 'shop-1', imp_uid: [done.impUid, others.impUid] });

  it.each<[string, Partial<ListWish>, readonly LedgerItem[]]>([
    ['the last thirty days, where nothing else is asked for', {}, [failed, refused, others, done, open]],
    ['what is open, of whatever age', { status: 'open' }, [open, old]],
    ['what is open of a period', { status: 'open', fromMs: MORNING_MS - DAY_MS }, [open]],
    ['what is unknown, of a period as the others', { status: 'unknown' }, [open]],
    ['what was cancelled, also by others', { status: 'cancelled' }, [others, done]],
    ['what was rejected', { status: 'rejected' }, [refused]],
    ['what was not executed', { status: 'not_executed' }, [failed]],
    ['an order’s, of whatever age', { merchantUid: old.merchantUid }, [old]],
    ['an order’s by the shop’s own number', { merchantUid: 'shop-1' }, [others, done]],
    ['a payment’s', { impUid: done.impUid }, [done]],
    ['a payment’s of an order', { merchantUid: 'shop-1', impUid: others.impUid }, [others]],
    ['nothing of a payment of another order', { merchantUid: 'shop-1', impUid: old.impUid }, []],
    ['a reference’s', { reference: 'RETURN-1' }, [refused, done]],
    ['a reference’s with a status', { reference: 'RETURN-1', status: 'cancelled' }, [done]],
    ['one by its id', { refundId: old.refundId }, [old]],
    ['one by its id, unless it has another status', { refundId: old.refundId, status: 'rejected' }, []],
    ['one that was never sent by its id', { refundId: nothing.refundId }, [nothing]],
    ['no cancel that is a refund of ours, not even by its id', { refundId: 'el_ours' }, []],
    ['nothing by an id that nobody has', { refundId: 'rf_nobody' }, []],
    ['no refund of an order that nobody knows', { merchantUid: 'nobody' }, []],
    ['from a time on, included', { fromMs: MORNING_MS - 2_000 }, [failed, refused]],
    ['until a time, not included', { toMs: MORNING_MS - 2_000 }, [others, done, open]],
    ['thirty days until a time', { toMs: MORNING_MS - 20 * DAY_MS }, [old]],
  ])('tells %s', async (_what, wish, items) => {
    const ids = items.map(({ refundId }) => refundId);
    expect(await listing.ids(wish)).toEqual(ids);
    expect(await listing.ids({ ...wish, limit: 1 })).toEqual(ids);
  });

  it('tells what the provider’s clock, which runs ahead, has in the future', async () => {
    const ahead = cancelled({ ...names(), cancelledAtMs: listing.nowMs + 60_000 });
    expect(await new Listing(ahead).ids()).toEqual([ahead.refundId]);
  });

  it('leaves out of the open ones what has its end by now although the index still has it', async () => {
    const slow = new Listing(open, old);
    const { openRefunds, refund, ...ledger } = slow.world.ledger;
    const entries = await Promise.all(
      [0, 1].map(async (shard) => openRefunds({ shard, dueMs: 1e15, limit: 9 })),
    );
    const lagging: ListReads = {
      ...slow.world,
      ledger: {
        ...ledger,
        openRefunds: async ({ shard, after }) => (after === undefined ? (entries[shard] ?? []) : []),
        refund: async (key) => (key.refundId === open.refundId ? rejected(key) : refund(key)),
      },
    };
    const { items, next } = await listRefunds({ status: 'open', limit: 1 }, lagging);
    expect(items).toEqual([old]);
    expect(next).toBeUndefined();
  });

  it.each<[string, Partial<ListWish>]>([
    ['of days', {}],
    ['of an order', { merchantUid: others.merchantUid }],
    ['of a reference', { reference: 'RETURN-1' }],
    ['of what is open', { status: 'open' }],
    ['of one', { refundId: done.refundId }],
  ])('%s leaves out an item that breaks our own schema, and tells it as a defect', async (_what, wish) => {
    const order = { merchantUid: others.merchantUid };
    const broken = [open, old, { ...done, ...order, impUid: others.impUid }, others, refused];
    const torn = new Listing(...broken);
    torn.pay(others.merchantUid, others.impUid);
    const before = await torn.ids(wish);
    for (const item of [done, open]) {
      const key = refundKey(broken.find(({ refundId }) => refundId === item.refundId) ?? item);
      torn.table.put({ ...torn.table.item(key), gen: 'broken' });
    }
    const left = before.filter((refundId) => refundId !== done.refundId && refundId !== open.refundId);
    expect(await torn.ids(wish)).toEqual(left);
    expect(await torn.ids({ ...wish, limit: 1 })).toEqual(left);
    expect(torn.defects.size).toBe(before.length - left.length);
  });

  it('has no page that is not needed: the last one says that it is', async () => {
    const { items, next } = await listing.page({ limit: 5 });
    expect(items).toHaveLength(5);
    expect(next).toBeUndefined();
  });
});

describe('the beginning of a list', () => {
  it('stays where it was when the first page was read, although the clock goes on', async () => {
    const atMs = MORNING_MS + 3_600_000 - 30 * DAY_MS;
    const items = [0, 1, 2].map((index) => cancelled({ ...names(), cancelledAtMs: atMs + index }));
    const listing = new Listing(...items);
    const seen = await listing.walk({ limit: 1 }, () => (listing.nowMs += 60_000));
    expect(seen.map(({ refundId }) => refundId)).toEqual(newestFirst(items));
    expect(await listing.ids()).toEqual([]);
  });

  it('is the wish’s own where it has one, whatever a cursor says', async () => {
    const items = [1, 2].map((days) => cancelled({ ...names(), cancelledAtMs: MORNING_MS - days * DAY_MS }));
    const cursor = { atMs: MORNING_MS, refundId: '', fromMs: MORNING_MS - 9 * DAY_MS };
    const listing = new Listing(...items);
    expect((await listing.page({ cursor, fromMs: MORNING_MS - DAY_MS })).items).toEqual(items.slice(0, 1));
    const late = { ...cursor, atMs: MORNING_MS + DAY_MS };
    expect((await listing.page({ cursor: late, toMs: MORNING_MS - DAY_MS })).items).toEqual(items.slice(1));
  });
});

describe('a page', () => {
  it('reads a thousand items at most, and may be empty with a next', async () => {
    const days = [0, 1].flatMap((day) =>
      Array.from({ length: 1_500 }, (_, index) =>
        cancelled({ ...names(), cancelledAtMs: MORNING_MS - day * DAY_MS + index }),
      ),
    );
    const one = rejected({ ...names(), finishedAtMs: MORNING_MS - 2 * DAY_MS });
    const listing = new Listing(...days, one);
    const first = await listing.page({ status: 'rejected' });
    expect(first.items).toEqual([]);
    expect(first.next).toBeDefined();
    listing.read.length = 0;
    expect(await listing.ids({ status: 'rejected' })).toEqual([one.refundId]);
    expect(Math.max(...listing.read)).toBeLessThanOrEqual(1_000);
    expect(listing.read.length).toBeLessThan(6);
  });

  it('of a day of very many reads little more than it tells', async () => {
    const items = Array.from({ length: 3_000 }, (_, index) =>
      cancelled({ ...names(), cancelledAtMs: MORNING_MS + index }),
    );
    const listing = new Listing(...items);
    expect(await listing.ids({ limit: 100 })).toEqual(newestFirst(items));
    const reads = listing.read.reduce((sum, read) => sum + read, 0);
    expect(reads / items.length).toBeLessThan(2.5);
  });
});

describe('a walk while refunds are made and change', () => {
  it('tells each of ten thousand once that was there when it began and has not changed', async () => {
    const times = fc.sample(fc.integer({ min: 0, max: 29 * DAY_MS }), { numRuns: 10_000, seed: 7 });
    const items = times.map((ms, index) => {
      const atMs = MORNING_MS - Math.floor(ms / 1_000) * 1_000;
      if (index % 10 === 0) return requested({ ...names(), requestedAtMs: atMs });
      return index % 10 === 1
        ? rejected({ ...names(), finishedAtMs: atMs })
        : cancelled({ ...names(), cancelledAtMs: atMs });
    });
    const listing = new Listing(...items);
    const waiting = items.filter(({ status }) => status === 'requested');
    const changed = new Set<string>();
    const seen = await listing.walk({}, () => {
      listing.nowMs += 1_000;
      for (let index = 0; index < 7; index += 1)
        listing.put(cancelled({ ...names(), cancelledAtMs: listing.nowMs - 500 * index }));
      // From both ends: what was told already, and what would have been.
      for (const doubt of [waiting.shift(), waiting.pop()]) {
        if (doubt === undefined) continue;
        changed.add(doubt.refundId);
        const { merchantUid, impUid, refundId } = doubt;
        listing.put(cancelled({ merchantUid, impUid, refundId, cancelledAtMs: listing.nowMs }));
      }
    });
    expect(changed.size).toBeGreaterThan(100);
    const unchanged = items.filter(({ refundId }) => !changed.has(refundId));
    const told = seen.map(({ refundId }) => refundId);
    expect(told.filter((refundId) => !changed.has(refundId))).toEqual(newestFirst(unchanged));
    expect(new Set(told).size).toBe(told.length);
  });
});
