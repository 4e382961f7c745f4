import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import type { CancelEntry } from '../../../functions/refund/payment.ts';
import {
  cancelled,
  elsewhere,
  entryOf,
  MORNING_MS,
  REFUND_ID,
  rejected,
  requested,
  won,
} from '../../support/ledger-samples.ts';
import { listed, ListedWorld } from '../../support/listed-world.ts';

const OTHER = `rf_${'b'.repeat(24)}`;
const console = (amount: number): CancelEntry => entryOf(amount, { fromConsole: true });

function tagged(amount: number, id = REFUND_ID): CancelEntry {
  return entryOf(amount, { reason: `${tagOf(id)} 단순 변심`, cancellationId: `C${amount}${id}` });
}

const refund = (entry: CancelEntry, refundId = REFUND_ID) =>
  cancelled({ refundId, amount: entry.amount, entries: [entry] });

async function reportOf(world: ListedWorld) {
  const result = await world.run();
  expect(result).toMatchObject({ finished: true, progress: 1, behindMs: 0 });
  return result.report;
}

/** Every page of the paid payments shows these, whatever the provider holds. */
function listsAsPaid(world: ListedWorld, ...payments: readonly ReturnType<typeof listed>[]): void {
  world.onList = ({ status }) => ({
    kind: 'page',
    payments: status === 'paid' ? payments : [],
    unreadable: [],
    more: false,
  });
}

describe('a payment that the ledger holds', () => {
  it("is booked to what the provider has cancelled: the console's cancel becomes an item, and all is explained", async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [console(3_000)]);
    world.provides(provider);
    world.holds(listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({
      compared: 1,
      booked: 1,
      imported: 0,
      explained: { KRW: 3_000 },
      unexplained: {},
      unexplainedPayments: 0,
      found: {},
      findings: [],
    });
    expect(await world.head(provider)).toMatchObject({ cancelAmount: 3_000, status: 'cancelled' });
    expect(await world.items(provider)).toMatchObject([{ status: 'elsewhere', amount: 3_000 }]);
  });

  it('has a refund that was told as rejected corrected when its tag stands there', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [tagged(1_000)]);
    world.provides(provider);
    world.holds(listed('imp_1'), {}, [rejected()]);
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 1_000 }, unexplainedPayments: 0 });
    expect(world.kinds).toEqual(['corrected', 'booked']);
  });

  it('keeps its refund in flight, which is left to the resolver', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [tagged(1_000)]);
    world.provides(provider);
    world.holds(listed('imp_1'), { inFlight: REFUND_ID }, [requested()]);
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 1_000 }, unexplainedPayments: 0 });
    expect(await world.head(provider)).toMatchObject({ inFlight: REFUND_ID, cancelAmount: 1_000 });
    expect(await world.items(provider)).toMatchObject([{ status: 'requested' }]);
  });

  it('has its refunds read only when something of it was ever cancelled', async () => {
    const world = new ListedWorld();
    const asked: string[] = [];
    world.onRead = (read, name) => {
      if (read === 'allRefunds') asked.push(name);
    };
    world.provides(listed('imp_1'), listed('imp_2', [console(500)]));
    world.holds(listed('imp_1'));
    world.holds(listed('imp_2', [console(500)]));
    await reportOf(world);
    expect(new Set(asked)).toEqual(new Set(['imp_2']));
  });

  it('as another than the provider does is alarmed, and nothing of it is taken over', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [console(3_000)]);
    world.provides(provider);
    world.holds(listed('imp_1'), { amount: won(9_000) });
    expect(await reportOf(world)).toMatchObject({
      unexplained: { KRW: 3_000 },
      unexplainedPayments: 1,
      findings: [{ kind: 'differentPayment', why: DOUBTS.otherAmount, impUid: 'imp_1' }],
    });
    expect(world.kinds).toEqual(['payment_mismatch']);
    expect(await world.head(provider)).toMatchObject({ cancelAmount: 0 });
  });

  it('under another order number than the provider has now is told as that', async () => {
    const world = new ListedWorld();
    world.provides(listed('imp_1', [console(3_000)], { merchantUid: 'new_number' }));
    world.holds(listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({
      imported: 0,
      findings: [{ kind: 'differentPayment', why: DOUBTS.otherOrder }],
    });
  });

  it('is taken over from the provider where it was not paid when it was imported', async () => {
    const world = new ListedWorld();
    world.settings = { ...world.settings, importUnknownPayments: false };
    world.provides(listed('imp_1'));
    world.holds(listed('imp_1', [], { status: 'ready', isPaid: false, amount: won(9_000) }));
    expect(await reportOf(world)).toMatchObject({ compared: 1, imported: 0, found: {} });
    expect(await world.head(listed('imp_1'))).toMatchObject({
      isPaid: true,
      amount: 10_000,
    });
  });

  it('whose entries the provider lists twice is booked once, and the second listing is told (C6)', async () => {
    const world = new ListedWorld();
    const entry = console(3_000);
    const provider = listed('imp_1', [entry, entry], { cancelAmount: won(3_000) });
    world.provides(provider);
    world.holds(listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({
      explained: { KRW: 3_000 },
      unexplained: {},
      unexplainedPayments: 0,
      found: { listedTwice: 1 },
    });
    expect(await world.items(provider)).toHaveLength(1);
  });
});

it('a cancel that somebody else books at the same moment is booked, and explained', async () => {
  const world = new ListedWorld();
  const provider = listed('imp_1', [console(3_000)]);
  world.provides(provider);
  world.holds(listed('imp_1'));
  world.table.arrives = ({ what, apply }) => {
    if (what === 'book') world.holds(provider);
    return apply();
  };
  expect(await reportOf(world)).toMatchObject({ explained: { KRW: 3_000 }, unexplained: {}, found: {} });
  expect(world.kinds).toContain('conflict');
});

describe('a ledger that was restored from an old backup', () => {
  it('books what it has forgotten, and names the tags that it does not know', async () => {
    const world = new ListedWorld();
    const known = tagged(2_000);
    const forgotten = tagged(3_000, OTHER);
    const provider = listed('imp_1', [known, forgotten]);
    world.provides(provider);
    world.holds(listed('imp_1', [known]), {}, [refund(known)]);
    expect(await reportOf(world)).toMatchObject({
      booked: 1,
      explained: { KRW: 2_000 },
      unexplained: { KRW: 3_000 },
      unexplainedPayments: 1,
      findings: [{ kind: 'foreignTag', amount: 3_000, refundIds: [OTHER] }],
    });
    expect(await world.head(provider)).toMatchObject({ cancelAmount: 5_000 });
    const again = await world.run();
    expect(again.report).toMatchObject({ booked: 0, unexplained: { KRW: 3_000 }, found: { foreignTag: 1 } });
  });
});

describe('a page that is older than the ledger', () => {
  const settled = listed('imp_1', [tagged(3_000)]);
  const items = [refund(tagged(3_000))];

  it('is not taken for a cancel that was undone: the payment is looked up once more', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, items);
    world.provides(settled);
    listsAsPaid(world, listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 3_000 }, unexplained: {} });
    expect(world.lookedUp).toEqual(['imp_1']);
    expect(world.kinds).toEqual([]);
    expect((await world.head(settled))?.shrunk).toBeUndefined();
  });

  it('that shows another cancel in place of ours is looked at again, too: the balance alone does not tell', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, items);
    world.provides(listed('imp_1', [console(3_000)]));
    expect(await reportOf(world)).toMatchObject({
      explained: { KRW: 3_000 },
      unexplained: { KRW: 3_000 },
      found: { refundsNotAtProvider: 1 },
    });
    expect(world.lookedUp).toEqual(['imp_1', 'imp_1']);
  });

  it('is kept as a first look when the payment has shrunk indeed, and is drift when it still has by the next run', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, items);
    world.provides(listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({ unexplained: { KRW: 3_000 }, unexplainedPayments: 1 });
    expect(world.kinds).toEqual([]);
    expect(await world.head(settled)).toMatchObject({
      cancelAmount: 3_000,
      shrunk: { atMs: MORNING_MS, cancelAmount: 0 },
    });
    await world.run();
    expect(world.events).toMatchObject([{ event: 'drift', why: DOUBTS.shrunk }]);
  });

  it('is the last word where the provider lists a payment and then does not find it', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, items);
    listsAsPaid(world, listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({ compared: 1, unexplained: { KRW: 3_000 } });
    expect(world.lookedUp).toEqual(['imp_1']);
  });

  it('is looked at again when the ledger moves on between the page and the booking', async () => {
    const world = new ListedWorld();
    const newest = listed('imp_1', [console(1_000), tagged(3_000)]);
    world.holds(listed('imp_1'));
    world.provides(listed('imp_1', [console(1_000)]));
    world.table.arrives = ({ what, apply }) => {
      if (what === 'book') {
        world.table.arrives = ({ apply: plain }) => plain();
        world.provides(newest);
        world.holds(newest, {}, [
          refund(tagged(3_000)),
          elsewhere({ amount: won(1_000), entry: console(1_000) }),
        ]);
      }
      return apply();
    };
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 4_000 }, unexplained: {} });
    expect(world.kinds).toContain('conflict');
  });
});

describe('a payment that cannot be compared', () => {
  const settled = listed('imp_1', [tagged(3_000)]);

  it('ends its own work and no other: it is named, and the walk comes to its end', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, [refund(tagged(3_000))]);
    world.provides(listed('imp_1'), listed('imp_2', [console(500)]));
    world.onLookUp = () => ({ kind: 'failed', cause: 'time-out' });
    expect(await reportOf(world)).toMatchObject({
      compared: 1,
      explained: { KRW: 500 },
      found: { notCompared: 1 },
      findings: [{ kind: 'notCompared', impUid: 'imp_1' }],
    });
    expect(world.events.filter(({ event }) => event === 'look_failed')).toHaveLength(1);
  });

  it('is told as a defect where it is one, and hides nobody else', async () => {
    const world = new ListedWorld();
    world.provides(listed('imp_1'), listed('imp_2'));
    world.onRead = (read, name) => {
      if (read === 'orderOf' && name === 'imp_1') throw new Error('Bug: unreadable');
    };
    expect(await reportOf(world)).toMatchObject({ compared: 1, imported: 1, found: { notCompared: 1 } });
    expect(world.events).toContainEqual(
      expect.objectContaining({ event: 'failed', during: 'reconcile', impUid: 'imp_1' }),
    );
  });
});

describe('a payment that the ledger lacks', () => {
  it('is brought in with its cancels, when the deployer wants that', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [console(3_000)]);
    world.provides(provider);
    expect(await reportOf(world)).toMatchObject({ imported: 1, explained: { KRW: 3_000 }, found: {} });
    expect(await world.head(provider)).toMatchObject({ cancelAmount: 3_000 });
    expect(await world.items(provider)).toMatchObject([{ status: 'elsewhere' }]);
  });

  it("is named otherwise, and explained by the provider's own history", async () => {
    const world = new ListedWorld();
    world.settings = { ...world.settings, importUnknownPayments: false };
    world.provides(listed('imp_1', [console(3_000)]), listed('imp_2'));
    expect(await reportOf(world)).toMatchObject({
      compared: 2,
      imported: 0,
      explained: { KRW: 3_000 },
      unexplained: {},
      unexplainedPayments: 0,
      found: { unknownPayment: 2 },
    });
    expect(world.table.items.filter(({ pk }) => pk !== 'service#reconciliation')).toEqual([]);
  });

  it('whose history bears a tag of ours, or does not add up, is unexplained all the same', async () => {
    const world = new ListedWorld();
    world.settings = { ...world.settings, importUnknownPayments: false };
    const short = listed('imp_2', [], {
      status: 'cancelled',
      cancelAmount: won(500),
      cancelledAtMs: MORNING_MS,
    });
    world.provides(listed('imp_1', [tagged(3_000)]), short);
    expect(await reportOf(world)).toMatchObject({
      unexplained: { KRW: 3_500 },
      unexplainedPayments: 2,
      found: { foreignTag: 1, withoutEntry: 1, unknownPayment: 2 },
    });
  });
});

it('won and dollars are never added together', async () => {
  const world = new ListedWorld();
  world.provides(
    listed('imp_1', [console(3_000)]),
    listed('imp_2', [console(1_420)], { currency: 'USD' }),
    listed('imp_3', [tagged(80)], { currency: 'USD' }),
  );
  expect(await reportOf(world)).toMatchObject({
    explained: { KRW: 3_000, USD: 1_420 },
    unexplained: { USD: 80 },
    findings: [{ kind: 'foreignTag', amount: 80, currency: 'USD' }],
  });
});

describe('what a shop needs to know', () => {
  function paidTwice(): ListedWorld {
    const world = new ListedWorld();
    const order = { merchantUid: 'order' };
    const twice = [
      listed('imp_1', [], order),
      listed('imp_2', [], { ...order, paidAtMs: MORNING_MS - 1_000 }),
    ];
    world.provides(...twice);
    for (const payment of twice) world.holds(payment);
    return world;
  }

  it('an order paid twice is counted once and named', async () => {
    const world = paidTwice();
    expect(await reportOf(world)).toMatchObject({
      found: { paidTwice: 1 },
      unexplainedPayments: 0,
      findings: [{ kind: 'paidTwice', merchantUid: 'order', impUid: 'imp_2' }],
    });
    expect(world.kinds).toContain('several_payments');
  });

  it('an amount that is not the order’s is counted and named', async () => {
    const world = new ListedWorld();
    world.provides(listed('imp_1'));
    world.holds(listed('imp_1'));
    world.orders.put({ merchant_uid: 'order_imp_1', amount: 9_000 });
    expect(await reportOf(world)).toMatchObject({
      found: { amountDiffers: 1 },
      findings: [{ kind: 'amountDiffers', impUid: 'imp_1' }],
    });
    expect(world.kinds).toEqual(['order_amount_differs']);
  });

  it('is told by the hourly walk and only counted by the nightly one, which sees it ninety times', async () => {
    const world = paidTwice();
    const { report } = await world.run({ window: 'full' });
    expect(report.found).toEqual({ paidTwice: 1 });
    expect(world.kinds).toEqual([]);
  });

  it('entries of a list that cannot be relied on are counted and named', async () => {
    const world = new ListedWorld();
    world.onList = ({ status }) => ({
      kind: 'page',
      payments: [],
      unreadable: status === 'paid' ? ['imp_7'] : [],
      more: false,
    });
    expect(await reportOf(world)).toMatchObject({
      found: { unreliable: 1 },
      findings: [{ kind: 'unreliable', impUid: 'imp_7' }],
    });
  });
});
