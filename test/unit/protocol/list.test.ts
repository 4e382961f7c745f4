import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import { impKey, openShardOf, refundKey, type Key } from '../../../functions/ledger/keys.ts';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { paymentToItem } from '../../../functions/ledger/payment-item.ts';
import {
  listRefunds,
  type ListReads,
  type ListRequest,
  type RefundsPage,
} from '../../../functions/protocol/list.ts';
import { listedAtMs, type LedgerItem } from '../../../functions/refund/refund.ts';
import { emulatedLedger } from '../../support/emulated-ledger.ts';
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

/** Reads page after page; `between` runs between two pages. */
async function walk(
  pageAt: (at: Pick<ListRequest, 'cursor'>) => Promise<RefundsPage>,
  between = () => {},
): Promise<readonly LedgerItem[]> {
  const seen: LedgerItem[] = [];
  for (let at: Pick<ListRequest, 'cursor'> | undefined = {}; at !== undefined;) {
    const { items, next }: RefundsPage = await pageAt(at);
    seen.push(...items);
    at = next && { cursor: next };
    between();
  }
  return seen;
}

/** A ledger with refunds, and its clock. */
class Listing {
  nowMs = MORNING_MS + 3_600_000;
  readonly table = new FakeTable();
  readonly orders = new FakeOrders();
  /** How many items each page has read. */
  readonly read: number[] = [];
  /** The ids of refunds that were logged as defects. */
  readonly defects = new Set<string>();

  constructor(...items: readonly LedgerItem[]) {
    for (const item of items) this.put(item);
  }

  put(item: LedgerItem): void {
    this.table.put(refundToItem(item));
  }

  /** The payment item of each order; without it the order is unknown. */
  pay(merchantUid: string, impUid: string): void {
    const provider = theProvider([], { merchantUid, impUid });
    this.table.put(paymentToItem({ ...provider, lookedAtMs: MORNING_MS }));
    this.table.put({ ...impKey(impUid), merchant_uid: merchantUid });
  }

  get world(): ListReads {
    const ledger = this.table.ledger();
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

  async page(request: Partial<ListRequest> = {}) {
    this.read.push(0);
    return listRefunds({ limit: 100, ...request }, this.world);
  }

  async walk(request: Partial<ListRequest> = {}, between = () => {}): Promise<readonly LedgerItem[]> {
    return walk(async (cursor) => this.page({ ...request, ...cursor }), between);
  }

  async ids(request: Partial<ListRequest> = {}): Promise<readonly string[]> {
    return (await this.walk(request)).map(({ refundId }) => refundId);
  }
}

let made = 0;
/** Refund items in random order; their ids say nothing about their time. */
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

  const rows: readonly (readonly [string, Partial<ListRequest>, readonly LedgerItem[]])[] = [
    ['the last thirty days by default', {}, [failed, refused, others, done, open]],
    ['open refunds of any age', { status: 'open' }, [open, old]],
    ['open refunds of a period', { status: 'open', fromMs: MORNING_MS - DAY_MS }, [open]],
    ['unknown refunds, of the default period', { status: 'unknown' }, [open]],
    ['cancelled refunds, also foreign cancels', { status: 'cancelled' }, [others, done]],
    ['refunds not executed', { status: 'not_executed' }, [failed]],
    ['the refunds of an order, of any age', { merchantUid: old.merchantUid }, [old]],
    ['the refunds of an order by the shop’s own number', { merchantUid: 'shop-1' }, [others, done]],
    ['a payment’s', { impUid: done.impUid }, [done]],
    ['the refunds of one payment of an order', { merchantUid: 'shop-1', impUid: others.impUid }, [others]],
    ['a reference’s', { reference: 'RETURN-1' }, [refused, done]],
    ['the refunds of a reference with a status', { reference: 'RETURN-1', status: 'cancelled' }, [done]],
    ['one refund by its id', { refundId: old.refundId }, [old]],
    ['a refund that was never sent, by its id', { refundId: nothing.refundId }, [nothing]],
    ['no foreign cancel that was attributed to a refund, not even by its id', { refundId: 'el_ours' }, []],
    ['nothing for an unknown order', { merchantUid: 'nobody' }, []],
    ['refunds from a time on, that time included', { fromMs: MORNING_MS - 2_000 }, [failed, refused]],
    ['refunds until a time, that time excluded', { toMs: MORNING_MS - 2_000 }, [others, done, open]],
    ['thirty days before a given end', { toMs: MORNING_MS - 20 * DAY_MS }, [old]],
  ];

  it.for(rows)('the list tells %s', async ([, request, items]) => {
    const ids = items.map(({ refundId }) => refundId);
    expect(await listing.ids(request)).toEqual(ids);
    expect(await listing.ids({ ...request, limit: 1 })).toEqual(ids);
  });

  it('the lists are the same on DynamoDB’s emulator', async () => {
    const emulated = await emulatedLedger();
    for (const put of listing.table.items) {
      const { pk, sk } = put as unknown as Key;
      const changes = [{ key: { pk, sk }, when: {}, put }];
      await emulated.table.transact({ what: 'fill', changes, token: randomUUID() });
    }
    const there = { ...listing.world, ledger: ledgerOn(emulated.table) };
    for (const [what, request, items] of rows) {
      // Thirty days are many requests.
      if (Object.keys(request).every((name) => name === 'status' || name === 'toMs')) continue;
      const read = await walk(async (cursor) => listRefunds({ limit: 2, ...request, ...cursor }, there));
      expect({ [what]: read.map(({ refundId }) => refundId) }).toEqual({
        [what]: items.map(({ refundId }) => refundId),
      });
    }
    await emulated.end();
  });

  it('the list includes refunds dated in the future, because the provider’s clock may be ahead', async () => {
    const ahead = cancelled({ ...names(), cancelledAtMs: listing.nowMs + 60_000 });
    expect(await new Listing(ahead).ids()).toEqual([ahead.refundId]);
  });

  it('the list of open refunds has none that has ended although the index still shows it', async () => {
    const late = new Listing(old);
    const { refundId, merchantUid, impUid } = open;
    const ended = refundToItem(rejected({ refundId, merchantUid, impUid }));
    late.table.put({ ...ended, open_shard: openShardOf(refundId), resolve_at_ms: 1 });
    const { items, next } = await late.page({ status: 'open', limit: 1 });
    expect(items).toEqual([old]);
    expect(next).toBeUndefined();
  });

  it.each<[string, Partial<ListRequest>]>([
    ['of days', {}],
    ['of an order', { merchantUid: others.merchantUid }],
    ['of open refunds', { status: 'open' }],
    ['of one', { refundId: done.refundId }],
  ])('the list %s omits an item that breaks our schema, and logs it as a defect', async (_what, request) => {
    const order = { merchantUid: others.merchantUid };
    const broken = [open, old, { ...done, ...order, impUid: others.impUid }, others, refused];
    const torn = new Listing(...broken);
    torn.pay(others.merchantUid, others.impUid);
    const before = await torn.ids(request);
    for (const item of [done, open]) {
      const key = refundKey(broken.find(({ refundId }) => refundId === item.refundId) ?? item);
      torn.table.put({ ...torn.table.item(key), gen: 'broken' });
    }
    const { refund_id: _gone, ...nameless } = torn.table.item(refundKey(open)) ?? {};
    torn.table.put(nameless);
    const left = before.filter((refundId) => refundId !== done.refundId && refundId !== open.refundId);
    expect(await torn.ids(request)).toEqual(left);
    expect(await torn.ids({ ...request, limit: 1 })).toEqual(left);
    expect(torn.defects.size).toBe(before.length - left.length);
  });

  it('the last page has no next, so no empty page follows', async () => {
    const { items, next } = await listing.page({ limit: 5 });
    expect(items).toHaveLength(5);
    expect(next).toBeUndefined();
  });
});

describe('the start of the default period', () => {
  it('the start of the period stays as it was for the first page, although the clock moves on', async () => {
    const atMs = MORNING_MS + 3_600_000 - 30 * DAY_MS;
    const items = [0, 1, 2].map((index) => cancelled({ ...names(), cancelledAtMs: atMs + index }));
    const listing = new Listing(...items);
    const seen = await listing.walk({ limit: 1 }, () => (listing.nowMs += 60_000));
    expect(seen.map(({ refundId }) => refundId)).toEqual(newestFirst(items));
    expect(await listing.ids()).toEqual([]);
  });
});

describe('a page', () => {
  it('a page reads a thousand items at most, and may be empty with a next', async () => {
    const days = [0, 1].flatMap((day) =>
      Array.from({ length: 1_100 }, (_, index) =>
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

  it('a page of a very busy day reads few more items than it returns', async () => {
    const items = Array.from({ length: 600 }, (_, index) =>
      cancelled({ ...names(), cancelledAtMs: MORNING_MS + index }),
    );
    const listing = new Listing(...items);
    expect(await listing.ids({ limit: 100 })).toEqual(newestFirst(items));
    const reads = listing.read.reduce((sum, read) => sum + read, 0);
    expect(reads / items.length).toBeLessThan(2.5);
  });
});

describe('a walk through the pages while refunds are made and change', () => {
  it('a walk returns each unchanged refund exactly once', async () => {
    const times = fc.sample(fc.integer({ min: 0, max: 29 * DAY_MS }), { numRuns: 600, seed: 7 });
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
    const seen = await listing.walk({ limit: 6 }, () => {
      listing.nowMs += 1_000;
      for (let index = 0; index < 7; index += 1)
        listing.put(cancelled({ ...names(), cancelledAtMs: listing.nowMs - 500 * index }));
      // From both ends: refunds already returned, and refunds still to come.
      for (const doubt of [waiting.shift(), waiting.pop()]) {
        if (doubt === undefined) continue;
        changed.add(doubt.refundId);
        const { merchantUid, impUid, refundId } = doubt;
        listing.put(cancelled({ merchantUid, impUid, refundId, cancelledAtMs: listing.nowMs }));
      }
    });
    expect(changed.size).toBeGreaterThan(50);
    const unchanged = items.filter(({ refundId }) => !changed.has(refundId));
    const told = seen.map(({ refundId }) => refundId);
    expect(told.filter((refundId) => !changed.has(refundId))).toEqual(newestFirst(unchanged));
    expect(new Set(told).size).toBe(told.length);
  });
});
