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

/** Each page of paid payments shows these, whatever else the provider holds. */
function listsAsPaid(world: ListedWorld, ...payments: readonly ReturnType<typeof listed>[]): void {
  world.onList = ({ status }) => ({
    kind: 'page',
    payments: status === 'paid' ? payments : [],
    unreadable: [],
    more: false,
  });
}

describe('comparing a payment that the ledger holds', () => {
  it("comparison books what the provider has cancelled: the console's cancel becomes an item, and everything is explained", async () => {
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

  it('comparison corrects a rejected refund whose tag is in the history', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [tagged(1_000)]);
    world.provides(provider);
    world.holds(listed('imp_1'), {}, [rejected()]);
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 1_000 }, unexplainedPayments: 0 });
    expect(world.kinds).toEqual(['corrected', 'booked']);
  });

  it('comparison leaves a refund in flight to the resolver', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [tagged(1_000)]);
    world.provides(provider);
    world.holds(listed('imp_1'), { inFlight: REFUND_ID }, [requested()]);
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 1_000 }, unexplainedPayments: 0 });
    expect(await world.head(provider)).toMatchObject({ inFlight: REFUND_ID, cancelAmount: 1_000 });
    expect(await world.items(provider)).toMatchObject([{ status: 'requested' }]);
  });

  it('comparison reads refund items only when something was cancelled', async () => {
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

  it('a payment that differs at the provider raises an alarm, and nothing is taken over', async () => {
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

  it('a payment whose order number changed at the provider is reported as a different payment', async () => {
    const world = new ListedWorld();
    world.provides(listed('imp_1', [console(3_000)], { merchantUid: 'new_number' }));
    world.holds(listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({
      imported: 0,
      findings: [{ kind: 'differentPayment', why: DOUBTS.otherOrder }],
    });
  });

  it('a payment imported unpaid takes its values from the provider once it is paid', async () => {
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

  it('entries listed twice are booked once, and the second listing is reported (C6)', async () => {
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

it('a cancel that another worker books at the same moment is booked once and explained', async () => {
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
  it('comparison books the cancels that the old backup lacks, and reports tags of unknown refunds', async () => {
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

describe('comparing a page that is older than the ledger', () => {
  const settled = listed('imp_1', [tagged(3_000)]);
  const items = [refund(tagged(3_000))];

  it('an old page is not taken for an undone cancel: the payment is looked up again', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, items);
    world.provides(settled);
    listsAsPaid(world, listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({ explained: { KRW: 3_000 }, unexplained: {} });
    expect(world.lookedUp).toEqual(['imp_1']);
    expect(world.kinds).toEqual([]);
    expect((await world.head(settled))?.shrunk).toBeUndefined();
  });

  it('an old page with another cancel instead of ours is looked up again, because an equal balance proves nothing', async () => {
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

  it('a smaller balance is kept as a first look, and is drift when the next run sees it again', async () => {
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

  it('a payment that is listed and then not found on look-up is reported from the list', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, items);
    listsAsPaid(world, listed('imp_1'));
    expect(await reportOf(world)).toMatchObject({ compared: 1, unexplained: { KRW: 3_000 } });
    expect(world.lookedUp).toEqual(['imp_1']);
  });

  it('a payment is looked up again when the ledger changes between the page and the booking', async () => {
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

describe('a payment whose comparison fails', () => {
  const settled = listed('imp_1', [tagged(3_000)]);

  it('a failed comparison ends only its own work: the payment is named, and the walk continues to its end', async () => {
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

  it('a failed comparison caused by a defect is logged as one and hides no other payment', async () => {
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

describe('comparing a payment that the ledger lacks', () => {
  it('a payment that the ledger lacks is imported with its cancels when the deployer enables that', async () => {
    const world = new ListedWorld();
    const provider = listed('imp_1', [console(3_000)]);
    world.provides(provider);
    expect(await reportOf(world)).toMatchObject({ imported: 1, explained: { KRW: 3_000 }, found: {} });
    expect(await world.head(provider)).toMatchObject({ cancelAmount: 3_000 });
    expect(await world.items(provider)).toMatchObject([{ status: 'elsewhere' }]);
  });

  it("without the import a payment that the ledger lacks is named, and explained by the provider's own history", async () => {
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

  it('a payment that the ledger lacks is unexplained when its history has our tag or does not add up', async () => {
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

it('amounts of won and dollars are never added together', async () => {
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

describe('notices for the shop', () => {
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

  it('an amount that differs from the order’s is counted and named', async () => {
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

  it('notices are events in the hourly walk and only counted in the nightly one, which sees them ninety times', async () => {
    const world = paidTwice();
    const { report } = await world.run({ window: 'full' });
    expect(report.found).toEqual({ paidTwice: 1 });
    expect(world.kinds).toEqual([]);
  });

  it('entries of an unreliable list are counted and named', async () => {
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
