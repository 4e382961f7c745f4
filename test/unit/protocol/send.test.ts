import { describe, expect, it } from 'vitest';
import type { CancelCall, LookUp } from '../../../functions/protocol/ports.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import type { CancelRequest } from '../../../functions/refund/intent.ts';
import type { ProviderPayment } from '../../../functions/refund/payment.ts';
import { ORDER, won } from '../../support/ledger-samples.ts';
import { PG_TEXTS } from '../../support/model-provider.ts';
import { lost, refusedByPg, ScriptedWorld } from '../../support/scripted-world.ts';

const part = { amount: 1_000 };
const staff = { actor: { kind: 'staff', sub: 'staff' } } as const;
const throttled = (): StoreError => new StoreError('throttled', { isKnownNotApplied: true });
const conflict = (): StoreError => new StoreError('conflict', { isKnownNotApplied: true, isConflict: true });

const shows = (fields: Partial<ProviderPayment>) => (world: ScriptedWorld) => {
  world.shows = (payment) => ({ ...payment, ...fields });
};
const withTheClaim = (happens: (world: ScriptedWorld) => void) => (world: ScriptedWorld) =>
  world.intercept('claim', ({ apply }) => {
    happens(world);
    return apply();
  });
const ownerBecomes = (customer_id?: string) =>
  withTheClaim(({ orders }) => orders.put({ merchant_uid: ORDER, customer_id }));
const orderInDollars = ({ orders }: ScriptedWorld): void =>
  orders.put({ merchant_uid: ORDER, customer_id: 'customer', currency: 'USD' });
const claimFails = (error: () => StoreError) => (world: ScriptedWorld) =>
  world.intercept('claim', () => {
    throw error();
  });

function orderIsReadOnce({ orders }: ScriptedWorld): void {
  const read = orders.order.bind(orders);
  let reads = 0;
  orders.order = async (merchantUid) => {
    if ((reads += 1) > 1) throw throttled();
    return read(merchantUid);
  };
}

function staffBecomesOwner(world: ScriptedWorld): void {
  world.settings = { ...world.settings, customersMayRefund: false };
  ownerBecomes('staff')(world);
}

function looksTakeLong(world: ScriptedWorld): void {
  world.looks.push(() => {
    world.nowMs += 20_000;
    return { kind: 'found', payment: world.provider.snapshot() };
  });
}

describe('before the send (rows 3, 3b and 9)', () => {
  it.for<[string, string, (world: ScriptedWorld) => unknown, Partial<CancelRequest>?]>([
    ['the provider shows another payment', 'PAYMENT_MISMATCH', shows({ merchantUid: 'another' })],
    [
      'the provider does not know the payment',
      'PAYMENT_MISMATCH',
      ({ looks }) => looks.push(() => ({ kind: 'missing' })),
    ],
    ['the order is in another currency than the payment', 'PAYMENT_MISMATCH', orderInDollars],
    ['the order gets another currency', 'PAYMENT_MISMATCH', withTheClaim(orderInDollars)],
    ['the payment is not paid', 'PAYMENT_NOT_PAID', shows({ status: 'ready', isPaid: false })],
    ['the order gets another owner', 'PAYMENT_NOT_FOUND', ownerBecomes('somebody else')],
    ['the shop no longer names an owner', 'PAYMENT_NOT_FOUND', ownerBecomes()],
    ['staff become the owner, where only staff may refund', 'FORBIDDEN', staffBecomesOwner, staff],
    ['the order item cannot be read after the claim', 'STORE_UNAVAILABLE', orderIsReadOnce],
    ['the table refuses each try', 'STORE_UNAVAILABLE', claimFails(throttled)],
    ['each claim meets another transaction', 'STORE_UNAVAILABLE', claimFails(conflict)],
    [
      'the claim was confirmed too late',
      'PROVIDER_UNAVAILABLE',
      withTheClaim((world) => void (world.nowMs += 10_001)),
    ],
    ['too little time is left to wait for the answer', 'PROVIDER_UNAVAILABLE', looksTakeLong],
    [
      'the provider does not answer',
      'PROVIDER_UNAVAILABLE',
      ({ looks }) => looks.push(() => ({ kind: 'failed', cause: '502' })),
    ],
    [
      'there is no token',
      'PROVIDER_UNAVAILABLE',
      (world) => (world.readiness = { kind: 'unavailable', cause: 'HTTP 500' }),
    ],
  ])('nothing is sent, and the payment is free, when %s', async ([, told, happens, request]) => {
    const world = new ScriptedWorld();
    happens(world);
    expect(await world.told({ ...part, ...request })).toBe(told);
    expect(world.sent).toEqual([]);
    expect((await world.payment()).inFlight).toBeUndefined();
    expect(world.has('payment_mismatch')).toBe(told === 'PAYMENT_MISMATCH');
  });

  it('an order in another currency is refused before anything is written; a lower-case or unreadable currency is not', async () => {
    const world = new ScriptedWorld();
    orderInDollars(world);
    expect(await world.told(part)).toBe('PAYMENT_MISMATCH');
    expect(await world.refund()).toBeUndefined();
    for (const currency of ['krw', 'no currency']) {
      world.orders.put({ merchant_uid: ORDER, customer_id: 'customer', currency });
      expect(await world.told({ ...part, idempotencyKey: currency })).toBe('200');
    }
  });

  it('the key of a refund that was not sent is free: it is claimed and sent again', async () => {
    const world = new ScriptedWorld();
    world.looks.push(() => ({ kind: 'failed', cause: '502' }));
    world.cancels.push(() => ({ kind: 'not_sent', cause: 'ENOTFOUND' }));
    for (const gen of [1, 2]) {
      expect(await world.told(part)).toBe('PROVIDER_UNAVAILABLE');
      expect(await world.refund()).toMatchObject({ status: 'not_sent', gen });
    }
    expect(world.has('unavailable')).toBe(true);
    expect(await world.told(part)).toBe('200');
    expect(await world.refund()).toMatchObject({ status: 'cancelled', gen: 3 });
  });

  it('503 is told only after the release is confirmed', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(() => ({ kind: 'not_sent', cause: 'ENOTFOUND' }));
    world.intercept('not_sent', () => {
      throw new StoreError('time-out', { isKnownNotApplied: false });
    });
    expect(await world.told(part)).toBe('202');
  });

  it('the cancel must leave within ten seconds after its claim', async () => {
    const world = new ScriptedWorld();
    const claimedAtMs = world.nowMs;
    withTheClaim(() => (world.nowMs += 9_000))(world);
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toMatchObject([{ sendBeforeMs: claimedAtMs + 10_000 }]);
  });

  it('before the send, a cancel made at the console is found and booked; the refund is then decided again, with or without a key', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ amount: 7_000 })).toBe('AMOUNT_EXCEEDS_CANCELABLE');
    expect(await world.payment()).toMatchObject({ cancelAmount: 4_000 });
    world.provider.consoleCancel(1_000, world.nowMs);
    expect(await world.told({ idempotencyKey: undefined })).toBe('200');
    expect(world.sent).toMatchObject([{ amount: 5_000, checksum: 5_000 }]);
  });

  it('the provider is asked before a caller’s balance is called wrong', async () => {
    const world = new ScriptedWorld();
    world.provider.consoleCancel(4_000, world.nowMs);
    expect(await world.told({ ...part, checksum: 6_000 })).toBe('200');
    expect(await world.told({ ...part, checksum: 9_000, idempotencyKey: 'next' })).toBe('CHECKSUM_MISMATCH');
  });

  it('a refund whose tag is already listed is settled and not sent', async () => {
    const world = new ScriptedWorld();
    world.provider.cancelElsewhere(1_000, world.nowMs, { reason: `[${world.refundId()}]` });
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toEqual([]);
  });
});

describe('failures after the claim', () => {
  it('a defect after the claim is logged as one, and the caller is told 202', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.provider.process(call, world.nowMs);
      throw new TypeError('Bug: SECRET-MARK');
    });
    expect(await world.cancel(part)).toMatchObject({
      kind: 'unknown',
      replayed: false,
      refund: { refundId: world.refundId(), amount: 1_000 },
    });
    expect(world.events).toContainEqual(
      expect.objectContaining({ event: 'failed', during: 'refund', refundId: world.refundId() }),
    );
    world.nowMs += 60_000;
    expect(await world.told(part)).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('a failure of the provider or the table is not logged as a defect', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    world.intercept('note', () => {
      throw throttled();
    });
    expect(await world.told(part)).toBe('202');
    expect(world.has('failed')).toBe(false);
  });

  it('the caller is answered at the time limit, and the work continues', async () => {
    const world = new ScriptedWorld();
    const hung = Promise.withResolvers<void>();
    world.cancels.push(async (call) => {
      await hung.promise;
      return world.bookAndAnswer(call);
    });
    const atOnce = { ...world.world, until: async () => undefined };
    const told = await world.cancel(part, atOnce);
    expect(told).toMatchObject({ kind: 'unknown', refund: { refundId: world.refundId() } });
    hung.resolve();
    await expect.poll(async () => (await world.payment()).cancelAmount).toBe(won(1_000));
    expect(await world.told(part)).toBe('200');
  });
});

describe('code 0 (row 4)', () => {
  it('code 0 settles the refund although a webhook has booked more meanwhile: the balance never falls', async () => {
    const world = new ScriptedWorld({ reasons: 'dropped' });
    world.cancels.push(async (call) => {
      const older = world.bookAndAnswer(call);
      world.provider.consoleCancel(2_000, world.nowMs);
      await world.webhook();
      return older;
    });
    expect(await world.told(part)).toBe('200');
    expect(await world.payment()).toMatchObject({ cancelAmount: 3_000 });
    expect((await world.payment()).inFlight).toBeUndefined();
  });

  it.for<[string, (world: ScriptedWorld) => Promise<unknown>]>([
    // G does not hold: the resolver ends the refund, and the provider executes it afterwards.
    ['NOT_EXECUTED', async (world) => world.twoLooks()],
    [
      'a release that was late',
      async (world) => {
        const { resolveAtMs: _due, ...refund } = await world.requested();
        const released = { ...refund, status: 'not_sent', finishedAtMs: 0, cause: 'too late' } as const;
        const write = { kind: 'not_sent', payment: await world.payment(), refund: released } as const;
        await world.world.ledger.write(write, 'late');
      },
    ],
  ])(
    'code 0 after %s corrects the refund to cancelled; until that is written, it is 202',
    async ([, ends]) => {
      for (const isWritten of [true, false]) {
        const world = new ScriptedWorld();
        world.cancels.push(async (call) => {
          await ends(world);
          return world.bookAndAnswer(call);
        });
        if (!isWritten) world.intercept('correct', () => Promise.reject(throttled()));
        expect(await world.told(part)).toBe(isWritten ? '200' : '202');
        expect(world.has('corrected')).toBe(isWritten);
        const corrected = isWritten ? { status: 'cancelled', corrected: true, revision: 1 } : {};
        expect(await world.refund()).toMatchObject(corrected);
        expect(await world.payment()).toMatchObject({ cancelAmount: 1_000 });
      }
    },
  );

  it.for([
    ['its own entry ends the refund', false, '200', 'cancelled'],
    ['without its own entry the refund stays in doubt', true, '202', 'requested'],
  ] as const)(
    'an answer beside more earlier cancels than the item can name, at a PG that drops tags: %s',
    async ([, isHidden, told, status]) => {
      const world = new ScriptedWorld({ isNew: true, reasons: 'dropped', hasNoIds: true });
      const { provider } = world;
      for (let index = 0; index < 4_000; index += 1)
        provider.books.push({ asked: won(1), amount: won(1), cancelledAtMs: 1_000 * index });
      world.import(provider);
      world.cancels.push((call) => provider.process(call, world.nowMs, { isHidden }));
      // As much as the earlier cancels together, which must not prove it.
      expect(await world.told({ amount: 4_000 })).toBe(told);
      const refund = await world.refund();
      expect(refund).toMatchObject({ status });
      expect(refund).not.toHaveProperty('seen');
    },
  );
});

const refuses = (happens: (world: ScriptedWorld, call: CancelCall) => unknown) => (world: ScriptedWorld) =>
  world.cancels.push((call) => {
    happens(world, call);
    return refusedByPg();
  });
const thenShows = (look: LookUp) => refuses(({ looks }) => looks.push(() => look));
const http429 = { kind: 'refused', provider: { code: -1, message: 'HTTP 429' }, by: 'http' } as const;

describe('a refusal (row 5)', () => {
  const rejected = {
    status: 'rejected',
    decidedBy: 'answer',
    answer: { refusal: { code: -1, message: PG_TEXTS.end } },
  };
  const inDoubt = { status: 'requested', answer: { refusal: { code: -1 } }, seen: [] };

  it.for<[string, string, (world: ScriptedWorld) => unknown, object]>([
    ['an unchanged balance is rejected with the PG’s words', 'CANCEL_REJECTED', refuses(() => {}), rejected],
    [
      'a balance that others changed meanwhile is told as used by them',
      'CHECKSUM_MISMATCH',
      refuses(({ provider, nowMs }) => provider.consoleCancel(2_000, nowMs)),
      rejected,
    ],
    [
      'our tag in the history ends as cancelled',
      '200',
      refuses((world, call) => world.provider.process(call, world.nowMs)),
      { status: 'cancelled', decidedBy: 'look' },
    ],
    [
      'HTTP 401 or 429 ends as not executed, because the cancel was never processed',
      'NOT_EXECUTED',
      ({ cancels }) => cancels.push(() => http429),
      { status: 'not_executed' },
    ],
    [
      'a payment that cannot be read back leaves it in doubt',
      '202',
      thenShows({ kind: 'failed', cause: 'HTTP 502' }),
      inDoubt,
    ],
    ['a payment that is not found leaves it in doubt', '202', thenShows({ kind: 'missing' }), inDoubt],
  ])('a refusal and %s', async ([, told, happens, refund]) => {
    const world = new ScriptedWorld();
    happens(world);
    expect(await world.told(part)).toBe(told);
    expect(await world.refund()).toMatchObject(refund);
    expect((await world.payment()).inFlight === undefined).toBe(told !== '202');
    expect((await world.payment()).cancelAmount).toBe(world.provider.snapshot().cancelAmount);
  });
});

describe('a payment with a promotion: 2,000 asked, 1,400 in the history', () => {
  it.each(['kept', 'dropped'] as const)(
    'later checksums subtract the amount asked, whatever the history shows (tags %s)',
    async (reasons) => {
      const world = new ScriptedWorld({ shows: 70, reasons });
      expect(await world.told({ amount: 2_000 })).toBe('200');
      expect(await world.refund()).toMatchObject({ status: 'cancelled', executedAmount: 1_400 });
      expect(await world.payment()).toMatchObject({ cancelAmount: 1_400, askedAmount: 2_000 });
      expect(await world.told({ amount: 3_000, idempotencyKey: 'second' })).toBe('200');
      expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
      expect(world.sent.map(({ amount, checksum }) => [amount, checksum])).toEqual([
        [2_000, 10_000],
        [3_000, 8_000],
        [5_000, 5_000],
      ]);
      expect(await world.told({ idempotencyKey: 'more' })).toBe('ALREADY_FULLY_REFUNDED');
    },
  );
});
