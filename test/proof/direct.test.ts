import { describe, expect, it } from 'vitest';
import { cancelPayment } from '../../functions/protocol/cancel.ts';
import { choose } from '../../functions/protocol/find.ts';
import { finish } from '../../functions/protocol/finish.ts';
import type { PaymentGateway } from '../../functions/protocol/ports.ts';
import { refundIdForKey } from '../../functions/refund/identity.ts';
import type { CancelledRefund } from '../../functions/refund/payment.ts';
import { cancelledRecord } from '../../functions/refund/record.ts';
import { fromNumber, playOne, Run } from '../support/explorer.ts';
import { IMP_UID, ORDER, ProtocolWorld } from '../support/protocol-world.ts';
import { scenario } from '../support/scenario.ts';
import { MORNING_MS, samplePending, won } from '../support/samples.ts';

/** Guards whose loss is no lie, only a worse answer than could be given, and those that need three things to go wrong at once. */
const request = {
  merchantUid: ORDER,
  account: {},
  passedOn: {},
  amount: 2,
  idempotencyKey: 'a',
  actor: { kind: 'customer', sub: 'customer' },
} as const;

function calmWorld(gateway: Partial<PaymentGateway> = {}) {
  const world = new ProtocolWorld(new Run(fromNumber(0n), 0), {
    sends: ['answered'],
    misfortunes: 0,
    paid: 9,
  });
  const calm: PaymentGateway = {
    prepare: async () => ({ kind: 'ready' }),
    hashAccount: async () => undefined,
    list: async () => ({ kind: 'failed', cause: 'not asked' }),
    find: async () => ({ kind: 'missing' }),
    payment: async () => ({ kind: 'found', payment: world.provider.snapshot() }),
    cancel: async () => ({ kind: 'unknown', cause: 'not asked' }),
    ...gateway,
  };
  const surroundings = world.surroundings('worker', {
    store: world.store,
    gateway: calm,
    until: async () => new Promise(() => undefined),
  });
  return { world, surroundings };
}

async function claimed({ world }: ReturnType<typeof calmWorld>) {
  const [payment] = (await world.store.order(ORDER)).payments;
  if (payment === undefined) throw new Error('Bug: no payment');
  const pending = samplePending({ amount: won(2), checksum: won(9) });
  const after = await world.store.write({ kind: 'claim', payment, pending, evict: [] });
  if (after === 'condition_failed') throw new Error('Bug: not claimed');
  return { payment: after, pending };
}

function done(
  pending: ReturnType<typeof samplePending>,
  by: CancelledRefund['attribution'],
): CancelledRefund {
  const settling = { decidedBy: 'read_back', nowMs: MORNING_MS } as const;
  return cancelledRecord(pending, { by, entry: { amount: pending.amount } }, settling);
}

describe('a request whose every write is applied, its answer lost and sent again', () => {
  it('knows its own claim, and is told 200', async () => {
    const always = { sends: ['answered'], writes: ['retried'], misfortunes: 0 } as const;
    const run = await playOne(
      scenario('retried', always, (world) => world.caller('caller', 'a', 2)).scenario,
      fromNumber(0n),
    );
    expect(run.answers.get('caller')).toMatchObject({ kind: 'final', refund: { status: 'cancelled' } });
  });
});

describe('evidence that has grown old', () => {
  it('is dropped when it is no tag: an entry in our place settles only the attempt it was seen for', async () => {
    const given = calmWorld();
    const { payment, pending } = await claimed(given);
    const next = { ...pending, attempt: 2, claimId: 'next' };
    const guard = { seq: 1, attempt: 1, claimId: pending.claimId };
    await given.world.store.write({ kind: 'reattempt', payment, guard, pending: next });
    const provider = given.world.provider.snapshot();
    const refund = done(pending, 'position');
    expect(await finish({ payment, guard, refund, provider }, given.surroundings)).toBeUndefined();
    expect((await given.world.store.order(ORDER)).payments[0]?.pending?.attempt).toBe(2);
  });

  it('is kept when it is a tag, also beside a balance that has been raised since (keepBalance)', async () => {
    const given = calmWorld();
    const { payment, pending } = await claimed(given);
    const seen = given.world.provider.snapshot();
    given.world.provider.consoleCancel(3, MORNING_MS);
    const provider = given.world.provider.snapshot();
    await given.world.store.write({ kind: 'book', payment, provider });
    const settled = await finish(
      {
        payment: { ...payment, cancelAmount: won(3) },
        guard: { seq: 1 },
        refund: done(pending, 'tag'),
        provider: seen,
      },
      given.surroundings,
    );
    expect(settled).toMatchObject({ refund: { corrected: false }, payment: { cancelAmount: 3 } });
  });
});

describe('a refusal after which the payment cannot be read back (5d)', () => {
  it('is noted with its attempt, so that an entry in its place is never taken for it', async () => {
    let looks = 0;
    const given = calmWorld({
      cancel: async () => ({ kind: 'refused', provider: { code: -1, message: 'PG' } }),
      payment: async () => {
        looks += 1;
        const { provider } = given.world;
        return looks === 1
          ? { kind: 'found', payment: provider.snapshot() }
          : { kind: 'failed', cause: 'HTTP 502' };
      },
    });
    const told = await cancelPayment(request, MORNING_MS + 28_000, given.surroundings);
    expect(told).toMatchObject({ kind: 'unknown' });
    expect((await given.world.store.order(ORDER)).payments[0]?.pending).toMatchObject({ refused: 1 });
  });
});

describe('an order that was paid twice', () => {
  it('is asked for with a key that was used before: the refund is found, whichever payment has money left', async () => {
    const given = calmWorld();
    const { payment, pending } = await claimed(given);
    const { actor } = request;
    const refundId = refundIdForKey(payment, actor.sub, 'a');
    const { pending: _gone, ...settled } = payment;
    const refund = { ...done(pending, 'tag'), refundId };
    const spent = { ...settled, cancelAmount: won(9), refunds: new Map([[refundId, refund]]) };
    const other = { ...settled, impUid: 'imp_other', refunds: new Map() };
    const order = { merchantUid: ORDER, payments: [spent, other], unreadable: [] };
    const asked = { merchantUid: ORDER, actor };
    expect(choose(order, { ...asked, idempotencyKey: 'a' })).toMatchObject({ payment: { impUid: IMP_UID } });
    expect(choose(order, { ...asked, idempotencyKey: 'b' })).toMatchObject({
      payment: { impUid: 'imp_other' },
    });
  });
});
