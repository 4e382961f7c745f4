import { describe, expect, it } from 'vitest';
import type { CancelCall } from '../../../functions/protocol/ports.ts';
import { StoreError } from '../../../functions/protocol/store-error.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import type { Write } from '../../../functions/protocol/write.ts';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { shopItem } from '../../support/memory-store.ts';
import { ORDER, won } from '../../support/samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const unreachable = () => new StoreError('time-out', { mayHaveBeenApplied: true });
const refused = () => new StoreError('throttled', { mayHaveBeenApplied: false });

/** Lets a test stand between the service and its table, one write of a kind at a time. */
function between(
  world: ScriptedWorld,
  kind: Write['kind'],
  act: (write: Write, apply: () => Promise<unknown>) => Promise<void>,
): void {
  const { store } = world;
  const write = store.write.bind(store);
  let isFirst = true;
  store.write = async (asked) => {
    if (asked.kind !== kind || !isFirst) return write(asked);
    isFirst = false;
    await act(asked, async () => write(asked));
    throw unreachable();
  };
}

describe('a claim that the table applied, or will apply, without saying so', () => {
  it('that was applied is carried out', async () => {
    const world = new ScriptedWorld();
    between(world, 'claim', async (_write, apply) => void (await apply()));
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('that arrives later, after the request was told not to be known, changes nothing: it has an end already', async () => {
    const world = new ScriptedWorld();
    let late: Write | undefined;
    between(world, 'claim', async (write) => {
      late = write;
      return Promise.resolve();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect((await world.payment()).refunds.get(world.refundId())?.status).toBe('not_executed');
    expect(await world.store.write(late!)).toBe('condition_failed');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('nothing_open');
    expect(world.sent).toEqual([]);
    // The key may be used again, and is then carried out once.
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });

  it('whose copy arrives after it was released is refused', async () => {
    const world = new ScriptedWorld({ refund_records: {} });
    let claim: Write | undefined;
    const write = world.store.write.bind(world.store);
    world.store.write = async (asked) => {
      if (asked.kind === 'claim') claim = asked;
      return write(asked);
    };
    world.cancels.push(() => ({ kind: 'not_sent', cause: 'no connection' }));
    expect(await world.told({ amount: 1_000 })).toBe('PROVIDER_UNAVAILABLE');
    expect(await world.store.write(claim!)).toBe('condition_failed');
    expect((await world.payment()).pending).toBeUndefined();
  });

  it('whose following read is refused is not told as an error of ours: it may stand', async () => {
    const world = new ScriptedWorld();
    const write = world.store.write.bind(world.store);
    const order = world.store.order.bind(world.store);
    let isUnreadable = false;
    world.store.write = async (asked) => {
      if (asked.kind !== 'claim') return write(asked);
      await write(asked);
      isUnreadable = true;
      return 'condition_failed';
    };
    world.store.order = async (merchantUid) => {
      if (isUnreadable) throw refused();
      return order(merchantUid);
    };
    expect(await world.told({ amount: 1_000 })).toBe('202');
    isUnreadable = false;
    world.quietPeriodPasses();
    expect((await world.payment()).pending?.refundId).toBe(world.refundId());
  });

  it('that the table itself refused is an error before anything was reserved', async () => {
    const world = new ScriptedWorld();
    world.store.write = async () => Promise.reject(refused());
    await expect(world.cancel({ amount: 1_000 })).rejects.toThrow(StoreError);
    expect(world.sent).toEqual([]);
  });
});

describe('look before the leap', () => {
  it('sends nothing in another currency than the item’s, and takes over one that the item did not name', async () => {
    const world = new ScriptedWorld({ currency: undefined, amount: 30 });
    world.provider = { ...world.provider, currency: 'USD', amount: won(3_000) };
    expect(await world.told({ amount: 30 })).toBe('200');
    expect(world.sent.map(({ pending }) => pending.amount)).toEqual([3_000]);
    expect(await world.payment()).toMatchObject({ currency: 'USD', amount: won(3_000) });
  });

  it.each([
    ['another currency', { currency: 'USD' }],
    ['another amount', { amount: won(9_000) }],
    ['another order', { merchantUid: 'another' }],
    ['another payment', { impUid: 'imp_another' }],
  ])('sends nothing when the provider holds %s: 409, and people are told', async (_what, fields) => {
    const world = new ScriptedWorld();
    world.provider = { ...world.provider, ...fields };
    expect(await world.told({ amount: 1_000 })).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toEqual([]);
    expect(world.has('payment_mismatch')).toBe(true);
    expect((await world.payment()).pending).toBeUndefined();
  });

  it('sends nothing when the provider does not know the payment', async () => {
    const world = new ScriptedWorld();
    world.looks.push(() => ({ kind: 'missing' }));
    expect(await world.told({ amount: 1_000 })).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toEqual([]);
  });

  it('books a console cancel that nobody told us of, and decides again', async () => {
    const world = new ScriptedWorld();
    world.book({ amount: 4_000, reason: CONSOLE_REASON });
    expect(await world.told({ amount: 7_000 })).toBe('AMOUNT_EXCEEDS_CANCELABLE');
    expect((await world.payment()).cancelAmount).toBe(4_000);
    expect(await world.told({ idempotencyKey: 'rest' })).toBe('200');
    expect(world.sent.map(({ pending }) => pending.amount)).toEqual([6_000]);
  });

  it('asks the provider before it says that a caller’s balance is wrong', async () => {
    const world = new ScriptedWorld();
    world.book({ amount: 4_000, reason: CONSOLE_REASON });
    expect(await world.told({ amount: 1_000, checksum: 6_000 })).toBe('200');
  });

  it('sends nothing when the provider has cancelled less than we know of: a cancel was undone', async () => {
    const world = new ScriptedWorld({ cancel_amount: 3_000, status: 'cancelled' });
    world.book({ amount: 1_000 });
    expect(await world.told({ amount: 1_000 })).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toEqual([]);
    expect((await world.payment()).cancelAmount).toBe(3_000);
  });

  it('settles a refund that was executed already, and does not send it again', async () => {
    const world = new ScriptedWorld();
    world.book({ amount: 1_000, reason: `[${world.refundId()}]` });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toEqual([]);
    expect(world.has('corrected')).toBe(true);
  });
});

describe('a refund told as not done that has happened after all', () => {
  it('is corrected by the next request that reads the payment, not only by a webhook', async () => {
    const world = new ScriptedWorld();
    world.cancels.push(lost);
    await world.told({ amount: 1_000 });
    world.quietPeriodPasses();
    await world.look();
    expect(await world.told({ amount: 1_000 })).toBe('NOT_EXECUTED');
    // The provider executes it long after the quiet period: that was not to be.
    world.book({ amount: 1_000, reason: `[${world.refundId()}]` });
    expect(await world.told({ amount: 500, idempotencyKey: 'other' })).toBe('200');
    expect(world.has('corrected')).toBe(true);
    expect(await world.told({ amount: 1_000 })).toBe('200');
  });
});

describe('a correction whose answer is lost, so that the SDK makes it twice', () => {
  it('is told all the same: people must hear of it', async () => {
    const world = new ScriptedWorld();
    let late: CancelCall | undefined;
    world.cancels.push((call) => {
      late = call;
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    world.quietPeriodPasses();
    expect(await world.look()).toBe('settled');
    // Later than anybody could wait for.
    world.bookOurs(late!);
    const write = world.store.write.bind(world.store);
    world.store.write = async (asked) => {
      const after = await write(asked);
      return asked.kind === 'correct' ? 'condition_failed' : after;
    };
    await hearWebhook(`imp_${ORDER}`, world.nowMs + 28_000, world.world);
    expect((await world.payment()).refunds.get(world.refundId())?.status).toBe('cancelled');
    expect(world.events.filter(({ event }) => event === 'corrected')).toHaveLength(1);
  });
});

describe('a shop that overwrites or deletes the item during a refund', () => {
  it.each([
    ['overwrites', true],
    ['deletes', false],
  ])('%s it: the record is written anew, and people are told', async (_what, isWritten) => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.store.items.clear();
      if (isWritten) world.store.put(shopItem(ORDER));
      return world.bookAndAnswer(call);
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    const payment = await world.payment();
    expect(payment).toMatchObject({ amount: won(10_000), cancelAmount: won(1_000), seq: 1 });
    expect(payment.refunds.get(world.refundId())).toMatchObject({ status: 'cancelled', corrected: true });
    expect(world.has('corrected')).toBe(true);
  });

  it('takes away our map of records: the record is written all the same', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      const { refund_records: _gone, ...item } = world.store.item(ORDER)!;
      world.store.put(item);
      return world.bookAndAnswer(call);
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect((await world.payment()).refunds.get(world.refundId())?.status).toBe('cancelled');
  });
});

describe('an item that the shop has written over in part, after refunds of it', () => {
  it.each([
    ['the balance as text', { cancel_amount: '1000' }],
    ['the balance as it was at the checkout', { cancel_amount: '0' }],
    ['no balance', { cancel_amount: null }],
    ['the amount as text', { amount: '10,000' }],
    ['a lower-case currency', { currency: 'krw' }],
  ])('is put right by the provider’s word, and refunded: %s', async (_what, fields) => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 1_000 })).toBe('200');
    world.store.put({ ...world.store.item(ORDER), ...fields });
    // What was done is told from the record, whatever stands beside it.
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
    expect(await world.told({ amount: 2_000, idempotencyKey: 'next' })).toBe('200');
    expect(await world.payment()).toMatchObject({
      completeness: 'complete',
      amount: won(10_000),
      cancelAmount: won(3_000),
      currency: 'KRW',
    });
  });

  it.each([
    ['the balance as text', { cancel_amount: '0' }],
    ['the amount as text', { amount: '10,000' }],
  ])('is settled, with a refund in flight: %s', async (_what, fields) => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.store.put({ ...world.store.item(ORDER), ...fields });
      world.bookOurs(call);
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    expect(await world.look()).toBe('settled');
    expect(await world.payment()).toMatchObject({ cancelAmount: won(1_000) });
    expect(await world.told({ amount: 2_000, idempotencyKey: 'next' })).toBe('200');
  });
});

describe('an order that the shop wrote before it was paid', () => {
  it.each([
    ['pending', { status: 'pending' }],
    ['no amount', { amount: undefined }],
    ['amounts as text', { amount: '10,000', cancel_amount: '0' }],
    ['NULL', { amount: null, cancel_amount: null, currency: null }],
    ['a lower-case currency', { currency: 'krw' }],
  ])('is refunded by the provider’s word: %s', async (_what, fields) => {
    const world = new ScriptedWorld(fields);
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(await world.payment()).toMatchObject({ amount: won(10_000), cancelAmount: won(1_000) });
  });
});
