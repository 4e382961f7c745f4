import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../functions/protocol/reconcile.ts';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import {
  cancelled,
  entry,
  held,
  listed,
  NOW,
  pending,
  records,
  refundId,
  rejected,
  tagged,
  won,
} from './samples.ts';
import { kinds, smallWorld, type SmallWorld } from './small-world.ts';

const OURS = refundId('a');
const recent = { window: 'recent', stopAtMs: NOW + 600_000 } as const;

function world(settings: Parameters<typeof smallWorld>[1] = {}): SmallWorld {
  return smallWorld(NOW, settings);
}

async function reportOf(small: SmallWorld) {
  const result = await reconcile(recent, small);
  expect(result).toMatchObject({ finished: true, behindMs: 0 });
  return result.report;
}

describe('a payment that the table knows', () => {
  it('is booked to what the provider has cancelled, and is explained', async () => {
    const small = world();
    const provider = listed('imp_1', [entry(3_000, { reason: CONSOLE_REASON })]);
    small.provider.put(provider);
    small.store.put(held(listed('imp_1')));
    expect(await reportOf(small)).toMatchObject({
      compared: 1,
      booked: 1,
      explained: { KRW: 3_000 },
      unexplained: {},
      unexplainedPayments: 0,
      cases: [],
    });
    expect(small.store.payments.get('imp_1')).toMatchObject({ cancelAmount: 3_000, status: 'cancelled' });
  });

  it('has a refund told as rejected corrected when its tag stands there', async () => {
    const small = world();
    small.provider.put(listed('imp_1', [tagged(3_000, OURS)]));
    small.store.put(held(listed('imp_1'), { refunds: records(rejected(OURS, 3_000)) }));
    expect(await reportOf(small)).toMatchObject({ explained: { KRW: 3_000 }, unexplainedPayments: 0 });
    expect(kinds(small)).toEqual(['corrected', 'booked']);
  });

  it('keeps its refund in flight, which is left to the resolver', async () => {
    const small = world();
    small.provider.put(listed('imp_1', [tagged(3_000, OURS)]));
    small.store.put(held(listed('imp_1'), { pending: pending(OURS, 3_000), seq: 1 }));
    expect(await reportOf(small)).toMatchObject({ explained: { KRW: 3_000 } });
    expect(small.store.payments.get('imp_1')?.pending?.refundId).toBe(OURS);
  });

  it('under a number that the provider has cut is the same payment, and is told', async () => {
    const small = world();
    const number = 'n'.repeat(48);
    small.provider.put(listed('imp_1', [entry(3_000)], { merchantUid: number.slice(0, 40) }));
    small.store.put(held(listed('imp_1', [], { merchantUid: number })));
    expect(await reportOf(small)).toMatchObject({ booked: 1, imported: 0, explained: { KRW: 3_000 } });
    expect(kinds(small)).toContain('anomaly');
  });

  it('as another than the provider does is alarmed, and nothing of it is taken over', async () => {
    const small = world();
    small.provider.put(listed('imp_1', [entry(3_000)]));
    small.store.put(held(listed('imp_1', [], { amount: won(9_000) })));
    expect(await reportOf(small)).toMatchObject({
      unexplained: { KRW: 3_000 },
      unexplainedPayments: 1,
      cases: [{ kind: 'unexplained', note: DOUBTS.otherAmount, impUid: 'imp_1' }],
    });
    expect(kinds(small)).toEqual(['payment_mismatch']);
    expect(small.store.writes).toEqual([]);
  });

  it('is taken over from the provider where the shop wrote it before it was paid', async () => {
    const small = world({ importUnknownPayments: false });
    small.provider.put(listed('imp_1'));
    small.store.put(held(listed('imp_1', [], { status: 'ready' })));
    expect(await reportOf(small)).toMatchObject({ compared: 1, unknown: 0, imported: 0 });
    expect(small.store.payments.get('imp_1')?.status).toBe('paid');
  });
});

describe('a page that is older than the table', () => {
  const settled = listed('imp_1', [tagged(3_000, OURS)]);
  const item = held(settled, { refunds: records(cancelled(OURS, 3_000)) });

  it('is not taken for a cancel that was undone: the payment is looked up once more', async () => {
    const small = world();
    small.store.put(item);
    small.provider.put(settled);
    small.provider.onList = ({ status }) => ({
      kind: 'page',
      payments: status === 'paid' ? [listed('imp_1')] : [],
      unreadable: [],
      more: false,
    });
    expect(await reportOf(small)).toMatchObject({ explained: { KRW: 3_000 }, unexplained: {} });
    expect(small.provider.lookedUp).toEqual(['imp_1']);
    expect(kinds(small)).toEqual([]);
  });

  it('is told as drift when the payment, looked up once more, has shrunk indeed', async () => {
    const small = world();
    small.store.put(item);
    small.provider.put(listed('imp_1'));
    expect(await reportOf(small)).toMatchObject({ unexplained: { KRW: 3_000 }, unexplainedPayments: 1 });
    expect(small.events).toMatchObject([{ event: 'drift', why: DOUBTS.shrunk }]);
    expect(small.store.payments.get('imp_1')).toBe(item);
  });

  it('ends the run when the payment cannot be looked up again: nothing is said of what was not seen', async () => {
    const small = world();
    small.store.put(item);
    small.provider.put(listed('imp_1'));
    small.provider.onLookUp = () => ({ kind: 'failed', cause: 'time-out' });
    expect(await reconcile(recent, small)).toMatchObject({ finished: false, failed: 'time-out' });
    expect(kinds(small)).toEqual([]);
  });

  it('is looked at again when the item moves on between the page and the booking', async () => {
    const small = world();
    const newest = listed('imp_1', [entry(1_000), tagged(3_000, OURS)]);
    small.store.put(held(listed('imp_1')));
    small.provider.put(listed('imp_1', [entry(1_000)]));
    small.store.beforeWrite = () => {
      small.provider.put(newest);
      small.store.put(held(newest, { refunds: records(cancelled(OURS, 3_000)) }));
    };
    expect(await reportOf(small)).toMatchObject({ explained: { KRW: 4_000 }, unexplained: {} });
    expect(kinds(small)).toEqual(['conflict']);
  });
});

describe('a payment that the table lacks', () => {
  const provider = listed('imp_1', [entry(3_000)]);

  it('is brought in, when the deployer wants that', async () => {
    const small = world();
    small.provider.put(provider);
    expect(await reportOf(small)).toMatchObject({ imported: 1, unknown: 0, explained: { KRW: 3_000 } });
    expect(small.store.payments.get('imp_1')?.cancelAmount).toBe(3_000);
  });

  it("is counted and named otherwise, and explained by i'mport's own history as one that is brought in", async () => {
    const small = world({ importUnknownPayments: false });
    small.provider.put(provider, listed('imp_2'));
    expect(await reportOf(small)).toMatchObject({
      compared: 2,
      imported: 0,
      unknown: 2,
      explained: { KRW: 3_000 },
      unexplained: {},
      unexplainedPayments: 0,
      cases: [
        { kind: 'unknown_payment', impUid: 'imp_2' },
        { kind: 'unknown_payment', impUid: 'imp_1' },
      ],
    });
    expect(small.store.payments.size).toBe(0);
  });

  it('whose history bears a tag of ours, or does not add up, is unexplained all the same', async () => {
    const small = world({ importUnknownPayments: false });
    small.provider.put(
      listed('imp_1', [tagged(3_000, OURS)]),
      listed('imp_2', [], { cancelAmount: won(500) }),
    );
    const report = await reportOf(small);
    expect(report).toMatchObject({ unknown: 2, unexplained: { KRW: 3_500 }, unexplainedPayments: 2 });
    expect(report.cases.map(({ kind }) => kind).toSorted()).toEqual([
      'foreign_tag',
      'unexplained',
      'unknown_payment',
      'unknown_payment',
    ]);
  });

  it('that stands there but cannot be read is named, and hides nobody else', async () => {
    const small = world();
    small.provider.put(provider, listed('imp_2', [entry(500)]));
    small.store.unreadable.push({ impUid: 'imp_1', merchantUid: 'order_imp_1', why: 'amount' });
    expect(await reportOf(small)).toMatchObject({
      unreadable: 1,
      imported: 1,
      explained: { KRW: 500 },
      unexplained: { KRW: 3_000 },
      cases: [{ kind: 'unreadable', impUid: 'imp_1' }],
    });
    expect(kinds(small)).toContain('unreadable_item');
  });
});

it('won and dollars are never added together', async () => {
  const small = world();
  small.provider.put(
    listed('imp_1', [entry(3_000)]),
    listed('imp_2', [entry(1_420)], { currency: 'USD' }),
    listed('imp_3', [tagged(80, OURS)], { currency: 'USD' }),
  );
  expect(await reportOf(small)).toMatchObject({
    explained: { KRW: 3_000, USD: 1_420 },
    unexplained: { USD: 80 },
    cases: [{ kind: 'foreign_tag', note: expect.stringContaining('0.8 USD') as string }],
  });
});

describe('what a shop needs to know', () => {
  it('an order paid twice is counted once and named', async () => {
    const small = world();
    const order = { merchantUid: 'order' };
    const twice = [listed('imp_1', [], order), listed('imp_2', [], { ...order, paidAtMs: NOW })];
    small.provider.put(...twice);
    small.store.put(...twice.map((payment) => held(payment)));
    expect(await reportOf(small)).toMatchObject({
      ordersPaidTwice: 1,
      cases: [{ kind: 'paid_twice', merchantUid: 'order', impUid: 'imp_2' }],
    });
    expect(kinds(small)).toContain('several_payments');
  });

  it('an amount that is not the order’s is counted and named', async () => {
    const small = world();
    small.provider.put(listed('imp_1'));
    small.store.put(held(listed('imp_1')));
    small.store.words.set('order_imp_1', { amount: 9_000, unreadable: [] });
    expect(await reportOf(small)).toMatchObject({
      amountsThatDiffer: 1,
      cases: [{ kind: 'amount_differs', impUid: 'imp_1' }],
    });
    expect(kinds(small)).toEqual(['order_amount_differs']);
  });

  it('is told by the hourly walk and only counted by the nightly one, which sees it ninety times', async () => {
    const small = world();
    small.provider.put(listed('imp_1'));
    small.store.put(held(listed('imp_1')));
    small.store.words.set('order_imp_1', { amount: 9_000, unreadable: [] });
    const { report } = await reconcile({ ...recent, window: 'full' }, small);
    expect(report.amountsThatDiffer).toBe(1);
    expect(kinds(small)).toEqual([]);
  });

  it('entries of a list that cannot be relied on are counted and named', async () => {
    const small = world();
    small.provider.onList = ({ status }) => ({
      kind: 'page',
      payments: [],
      unreadable: status === 'paid' ? ['imp_7'] : [],
      more: false,
    });
    expect(await reportOf(small)).toMatchObject({
      unreadable: 1,
      cases: [{ kind: 'unreadable', impUid: 'imp_7' }],
    });
  });

  it('each kind of case is named eight times at most, so that none crowds another out', async () => {
    const small = world({ importUnknownPayments: false });
    for (let index = 0; index < 60; index += 1) small.provider.put(listed(`imp_${index}`));
    const odd = listed('imp_odd', [tagged(3_000, OURS)]);
    small.provider.put(odd);
    small.store.put(held(odd));
    const { cases } = await reportOf(small);
    expect(cases.filter(({ kind }) => kind === 'unknown_payment')).toHaveLength(8);
    expect(cases.filter(({ kind }) => kind === 'foreign_tag')).toHaveLength(1);
  });
});
