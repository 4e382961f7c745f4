import { describe, expect, it } from 'vitest';
import type { ReconciliationReport } from '../../../functions/protocol/reconciliation-notes.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { tagOf } from '../../../functions/refund/identity.ts';
import type { CancelEntry, ProviderPayment } from '../../../functions/refund/payment.ts';
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

const refund = (entry: CancelEntry) => cancelled({ amount: entry.amount, entries: [entry] });

async function reportOf(world: ListedWorld) {
  const result = await world.run();
  expect(result).toMatchObject({ finished: true, progress: 1, behindMs: 0 });
  return result.report;
}

/** Each page of paid payments shows these, whatever else the provider holds. */
function listsAsPaid(world: ListedWorld, ...payments: readonly ProviderPayment[]): void {
  world.onList = ({ status }) => ({
    kind: 'page',
    payments: status === 'paid' ? payments : [],
    unreadable: [],
    more: false,
  });
}

function importsNothing(world: ListedWorld): void {
  world.settings = { ...world.settings, importUnknownPayments: false };
}

const PAID = listed('imp_1');
const CONSOLE = listed('imp_1', [console(3_000)]);
const TAGGED = listed('imp_1', [tagged(1_000)]);
const TWICE = ['imp_1', 'imp_2'].map((impUid, index) =>
  listed(impUid, [], { merchantUid: 'order', paidAtMs: MORNING_MS - index }),
);
const QUIET: Partial<ReconciliationReport> = {
  unexplained: {},
  unexplainedPayments: 0,
  found: {},
  findings: [],
};

interface Row {
  readonly provides: readonly ProviderPayment[];
  /** Absent: the ledger has the payment without any cancel. */
  readonly given?: (world: ListedWorld) => void;
  readonly report: object;
  /** Types of the events that the run reports. */
  readonly kinds?: readonly string[];
  /** HEAD and the items of the first payment afterwards. */
  readonly head?: object;
  readonly items?: readonly object[];
}

const COMPARED: Readonly<Record<string, Row>> = {
  "the console's cancel is booked and becomes an item, and everything is explained": {
    provides: [CONSOLE],
    report: { compared: 1, booked: 1, imported: 0, explained: { KRW: 3_000 }, ...QUIET },
    kinds: ['cancelled_elsewhere', 'booked'],
    head: { cancelAmount: 3_000, status: 'cancelled' },
    items: [{ status: 'elsewhere', amount: 3_000 }],
  },
  'a rejected refund whose tag is in the history is corrected': {
    provides: [TAGGED],
    given: (world) => world.holds(PAID, {}, [rejected()]),
    report: { explained: { KRW: 1_000 }, ...QUIET },
    kinds: ['corrected', 'booked'],
  },
  'a refund in flight is left to the resolver': {
    provides: [TAGGED],
    given: (world) => world.holds(PAID, { inFlight: REFUND_ID }, [requested()]),
    report: { explained: { KRW: 1_000 }, ...QUIET },
    kinds: ['booked'],
    head: { inFlight: REFUND_ID, cancelAmount: 1_000 },
    items: [{ status: 'requested' }],
  },
  'a payment that differs at the provider raises an alarm, and nothing is taken over': {
    provides: [CONSOLE],
    given: (world) => world.holds(PAID, { amount: won(9_000) }),
    report: {
      unexplained: { KRW: 3_000 },
      findings: [{ kind: 'differentPayment', why: DOUBTS.otherAmount }],
    },
    kinds: ['payment_mismatch'],
    head: { cancelAmount: 0 },
  },
  'a payment whose order number changed at the provider is a different payment': {
    provides: [listed('imp_1', [], { merchantUid: 'new_number' })],
    report: { imported: 0, findings: [{ kind: 'differentPayment', why: DOUBTS.otherOrder }] },
    kinds: ['payment_mismatch'],
  },
  'a payment imported unpaid takes its values from the provider once it is paid': {
    provides: [PAID],
    given: (world) => {
      importsNothing(world);
      world.holds(listed('imp_1', [], { status: 'ready', isPaid: false, amount: won(9_000) }));
    },
    report: { compared: 1, imported: 0, ...QUIET },
    head: { isPaid: true, amount: 10_000 },
  },
  'a payment that the ledger lacks is imported with its cancels': {
    provides: [CONSOLE],
    given: () => undefined,
    report: { imported: 1, explained: { KRW: 3_000 }, ...QUIET },
    head: { cancelAmount: 3_000 },
    items: [{ status: 'elsewhere' }],
  },
  "without the import it is named, and explained by the provider's own history": {
    provides: [CONSOLE, listed('imp_2', [tagged(2_000)])],
    given: importsNothing,
    report: {
      compared: 2,
      imported: 0,
      explained: { KRW: 3_000 },
      unexplained: { KRW: 2_000 },
      found: { unknownPayment: 2, foreignTag: 1 },
    },
    items: [],
  },
  'a restored ledger gets the cancels that it lacks, and tags of unknown refunds are reported': {
    provides: [listed('imp_1', [tagged(2_000), tagged(3_000, OTHER)])],
    given: (world) => world.holds(listed('imp_1', [tagged(2_000)]), {}, [refund(tagged(2_000))]),
    report: {
      booked: 1,
      explained: { KRW: 2_000 },
      unexplained: { KRW: 3_000 },
      unexplainedPayments: 1,
      findings: [{ kind: 'foreignTag', amount: 3_000, refundIds: [OTHER] }],
    },
    head: { cancelAmount: 5_000 },
  },
  'amounts of won and dollars are never added together': {
    provides: [CONSOLE, listed('imp_2', [console(1_420), tagged(80)], { currency: 'USD' })],
    given: importsNothing,
    report: { explained: { KRW: 3_000, USD: 1_420 }, unexplained: { USD: 80 } },
  },
  'an order paid twice is counted once, named and told': {
    provides: TWICE,
    given: (world) => world.holdsAll(TWICE),
    report: { found: { paidTwice: 1 }, unexplainedPayments: 0, findings: [{ kind: 'paidTwice' }] },
    kinds: ['several_payments', 'several_payments'],
  },
  'an amount that differs from the order’s is counted, named and told': {
    provides: [PAID],
    given: (world) => {
      world.holds(PAID);
      world.orders.put({ merchant_uid: 'order_imp_1', amount: 9_000 });
    },
    report: { found: { amountDiffers: 1 }, findings: [{ kind: 'amountDiffers', impUid: 'imp_1' }] },
    kinds: ['order_amount_differs'],
  },
};

describe('comparing a payment', () => {
  it.for(Object.entries(COMPARED))('%s', async ([, row]) => {
    const world = new ListedWorld();
    const [first = PAID] = row.provides;
    world.provides(...row.provides);
    if (row.given === undefined) world.holds(PAID);
    else row.given(world);
    const report = await reportOf(world);
    const after = {
      report,
      kinds: world.kinds,
      head: await world.head(first),
      items: await world.items(first),
    };
    const { provides: _provides, given: _given, ...expected } = row;
    expect(after).toMatchObject(expected);
  });

  it('refund items are read only when something was cancelled', async () => {
    const world = new ListedWorld();
    const asked: string[] = [];
    world.onRead = (read, name) => {
      if (read === 'allRefunds') asked.push(name);
    };
    const other = listed('imp_2', [console(500)]);
    world.provides(PAID, other);
    world.holdsAll([PAID, other]);
    await reportOf(world);
    expect(new Set(asked)).toEqual(new Set(['imp_2']));
  });

  it('notices for the shop are only counted in the nightly walk, which sees them ninety times', async () => {
    const world = new ListedWorld();
    world.provides(...TWICE);
    world.holdsAll(TWICE);
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

describe('a page that is older than the ledger', () => {
  const settled = listed('imp_1', [tagged(3_000)]);

  it.for<[string, (world: ListedWorld) => void, object, readonly string[]]>([
    [
      'shows less: the payment is looked up again, and nothing was undone',
      (world) => {
        world.provides(settled);
        listsAsPaid(world, PAID);
      },
      { explained: { KRW: 3_000 }, unexplained: {} },
      ['imp_1'],
    ],
    [
      'shows another cancel instead of ours: an equal balance proves nothing',
      (world) => world.provides(CONSOLE),
      { explained: { KRW: 3_000 }, unexplained: { KRW: 3_000 }, found: { refundsNotAtProvider: 1 } },
      ['imp_1', 'imp_1'],
    ],
    [
      'shows less, and the payment is not found alone: it is reported from the list',
      (world) => listsAsPaid(world, PAID),
      { compared: 1, unexplained: { KRW: 3_000 } },
      ['imp_1'],
    ],
  ])('%s', async ([, given, report, lookedUp]) => {
    const world = new ListedWorld();
    world.holds(settled, {}, [refund(tagged(3_000))]);
    given(world);
    expect(await reportOf(world)).toMatchObject(report);
    expect(world.lookedUp).toEqual(lookedUp);
  });

  it('a smaller balance is kept as a first look, and is drift when the next run sees it again', async () => {
    const world = new ListedWorld();
    world.holds(settled, {}, [refund(tagged(3_000))]);
    world.provides(PAID);
    expect(await reportOf(world)).toMatchObject({ unexplained: { KRW: 3_000 }, unexplainedPayments: 1 });
    expect(world.kinds).toEqual([]);
    const shrunk = { atMs: MORNING_MS, cancelAmount: 0 };
    expect(await world.head(settled)).toMatchObject({ cancelAmount: 3_000, shrunk });
    await world.run();
    expect(world.events).toMatchObject([{ event: 'drift', why: DOUBTS.shrunk }]);
  });

  it.for([
    ['the same cancel', CONSOLE, CONSOLE, []],
    [
      'more than the page shows',
      listed('imp_1', [console(1_000)]),
      listed('imp_1', [console(1_000), tagged(3_000)]),
      [refund(tagged(3_000)), elsewhere({ amount: won(1_000), entry: console(1_000) })],
    ],
  ] as const)(
    'another worker books %s at the same moment: it is explained',
    async ([, page, newest, items]) => {
      const world = new ListedWorld();
      world.holds(PAID);
      world.provides(page);
      world.table.arrives = ({ what, apply }) => {
        if (what === 'book') {
          world.table.arrives = ({ apply: plain }) => plain();
          world.provides(newest);
          world.holds(newest, {}, items);
        }
        return apply();
      };
      const explained = { KRW: newest.cancelAmount };
      expect(await reportOf(world)).toMatchObject({ explained, unexplained: {}, found: {} });
      expect(world.kinds).toContain('conflict');
    },
  );
});

describe('a comparison that fails', () => {
  it.for<[string, string, (world: ListedWorld) => void]>([
    [
      'the provider’s answer',
      'look_failed',
      (world) => {
        world.holds(CONSOLE, {}, [refund(tagged(3_000))]);
        world.provides(PAID);
        world.onLookUp = () => ({ kind: 'failed', cause: 'time-out' });
      },
    ],
    [
      'a defect',
      'failed',
      (world) => {
        world.onRead = (read, name) => {
          if (read === 'orderOf' && name === 'imp_1') throw new Error('Bug: unreadable');
        };
      },
    ],
  ])('ends only its own work; the payment is named: %s', async ([, event, happens]) => {
    const world = new ListedWorld();
    world.provides(PAID, listed('imp_2', [console(500)]));
    happens(world);
    expect(await reportOf(world)).toMatchObject({
      compared: 1,
      explained: { KRW: 500 },
      found: { notCompared: 1 },
      findings: [{ kind: 'notCompared', impUid: 'imp_1' }],
    });
    expect(world.events).toContainEqual(expect.objectContaining({ event, impUid: 'imp_1' }));
  });
});
