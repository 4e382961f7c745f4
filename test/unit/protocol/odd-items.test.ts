import { describe, expect, it } from 'vitest';
import { readPayment } from '../../../functions/iamport/wire.ts';
import { readPayment as readOrder } from '../../../functions/protocol/read.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import { shopItem } from '../../support/memory-store.ts';
import { ORDER, won } from '../../support/samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';

const ORDERS = [' 20261125-1', '20261125-1 ', '\u00A020261125-1', '주문 1\u3000', '  '];

/** The payment as the wire brings it, under this very number or as a data base that pads and strips gives it back. */
function wired(merchantUid: string, as: (text: string) => string) {
  const wire = { imp_uid: 'imp_1', status: 'paid', currency: 'KRW', amount: 10_000, cancel_history: [] };
  return readPayment({ ...wire, merchant_uid: as(merchantUid) });
}

describe.each(ORDERS)('an order number with a space at its edge (%j)', (merchantUid) => {
  it('comes from the wire as it is', () => {
    expect(wired(merchantUid, (text) => text)?.merchantUid).toBe(merchantUid);
  });

  it.each([
    ['kept', (text: string) => text],
    ['stripped', (text: string) => (text.trim() === '' ? text : text.trim())],
  ])('is refunded where the provider has it %s', async (_what, as) => {
    const world = new ScriptedWorld();
    world.store.items.clear();
    world.store.put(shopItem(merchantUid, { imp_uid: 'imp_1' }));
    world.provider = wired(merchantUid, as)!;
    await hearWebhook('imp_1', world.nowMs + 28_000, world.world);
    expect(world.store.items.size).toBe(1);
    expect(await world.told({ merchantUid, amount: 1_000 })).toBe('200');
    expect(world.store.items.size).toBe(1);
  });

  it('is not the order with a space more', async () => {
    const world = new ScriptedWorld();
    world.store.items.clear();
    world.provider = { ...wired(merchantUid, (text) => text)!, customerId: 'customer' };
    expect(await world.told({ merchantUid: `${merchantUid} `, amount: 1_000 })).toBe('PAYMENT_NOT_FOUND');
    expect(world.sent).toEqual([]);
  });
});

describe('a balance that only the shop has written, and i’mport has cancelled less', () => {
  it.each([
    ['everything', { cancel_amount: 10_000 }],
    ['almost everything', { cancel_amount: 9_500 }],
  ])('is not told as %s refunded: 409, and people are told', async (_what, item) => {
    const world = new ScriptedWorld(item);
    expect(await world.told({ amount: 1_000 })).toBe('PAYMENT_MISMATCH');
    expect(world.sent).toEqual([]);
    expect(world.has('drift') || world.has('payment_mismatch')).toBe(true);
  });

  it('is told as refunded where i’mport says the same', async () => {
    const world = new ScriptedWorld({ cancel_amount: 10_000 });
    world.book({ amount: 10_000, reason: 'by the shop' });
    expect(await world.told({ amount: 1_000 })).toBe('ALREADY_FULLY_REFUNDED');
  });

  it('is not asked for again where our own history says so', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({})).toBe('200');
    world.looks.push(() => Promise.reject(new Error('must not be asked')));
    expect(await world.told({ idempotencyKey: 'next' })).toBe('ALREADY_FULLY_REFUNDED');
  });
});

describe('a status that the shop has written over after refunds', () => {
  it.each(['ready', 'failed', 'abc'])('is put right by i’mport’s word, and refunded: %s', async (status) => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 1_000 })).toBe('200');
    world.store.put({ ...world.store.item(ORDER), status });
    expect(await world.told({ amount: 2_000, idempotencyKey: 'next' })).toBe('200');
    expect(await world.payment()).toMatchObject({ status: 'cancelled', cancelAmount: won(3_000) });
  });

  it('is believed where i’mport says the same', async () => {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 1_000 })).toBe('200');
    world.store.put({ ...world.store.item(ORDER), status: 'failed' });
    world.provider = { ...world.provider, status: 'failed' };
    expect(await world.told({ amount: 2_000, idempotencyKey: 'next' })).toBe('PAYMENT_NOT_PAID');
    expect(world.sent).toHaveLength(1);
  });
});

const WRITTEN_OVER = [
  { amount: undefined },
  { amount: null },
  { amount: '10,000' },
  { amount: '9,000' },
  { cancel_amount: '1,000' },
  { cancel_amount: null },
  { currency: 'krw' },
  { currency: '원' },
];

/** The shop saves its own idea of the payment over a part of the item. */
function writeOver(world: ScriptedWorld, damage: object): void {
  world.store.put({ ...world.store.item(ORDER), ...damage });
}

async function read(world: ScriptedWorld) {
  const wanted = { merchantUid: ORDER, actor: { kind: 'staff', sub: 'staff' } } as const;
  const result = await readOrder(wanted, world.nowMs + 28_000, world.world);
  return result.kind === 'found' ? result.payment : result.refusal.code;
}

describe.each(WRITTEN_OVER)('an item that the shop has written over after a refund: %j', (damage) => {
  async function refunded(): Promise<ScriptedWorld> {
    const world = new ScriptedWorld();
    expect(await world.told({ amount: 1_000 })).toBe('200');
    writeOver(world, damage);
    return world;
  }

  it('is put right by a read, and shown', async () => {
    const world = await refunded();
    const right = { amount: won(10_000), cancelAmount: won(1_000), completeness: 'complete' };
    expect(await read(world)).toMatchObject(right);
    expect(await world.payment()).toMatchObject(right);
  });

  it('is put right by the next request, and refunded', async () => {
    const world = await refunded();
    expect(await world.told({ amount: 500, idempotencyKey: 'next' })).toBe('200');
    expect(await world.payment()).toMatchObject({ cancelAmount: won(1_500), completeness: 'complete' });
  });

  it('is put right by a webhook, with what others have cancelled', async () => {
    const world = await refunded();
    world.book({ amount: 300, reason: 'console' });
    await hearWebhook(`imp_${ORDER}`, world.nowMs + 28_000, world.world);
    expect(await world.payment()).toMatchObject({ cancelAmount: won(1_300), completeness: 'complete' });
  });

  it('is refused, and people hear why, where i’mport does not know the payment', async () => {
    const world = await refunded();
    world.looks.push(async () => Promise.resolve({ kind: 'missing' }));
    expect(await world.told({ amount: 500, idempotencyKey: 'next' })).toBe('PAYMENT_MISMATCH');
    expect(world.has('payment_mismatch')).toBe(true);
  });

  it('is no ground for a lasting refusal while i’mport is away', async () => {
    const world = await refunded();
    world.looks.push(async () => Promise.resolve({ kind: 'failed', cause: 'down' }));
    expect(await world.told({ amount: 500, idempotencyKey: 'next' })).toBe('PROVIDER_UNAVAILABLE');
    expect(world.has('unavailable')).toBe(true);
  });
});

describe.each(WRITTEN_OVER)('a refund in doubt whose item the shop has written over: %j', (damage) => {
  it('is resolved by reads, and told', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call);
      return lost();
    });
    expect(await world.told({ amount: 1_000 })).toBe('202');
    writeOver(world, damage);
    await read(world);
    world.nowMs += 60_000;
    const payment = await read(world);
    expect(payment).toMatchObject({
      amount: won(10_000),
      cancelAmount: won(1_000),
      completeness: 'complete',
    });
    expect(await world.told({ amount: 1_000 })).toBe('200');
    expect(world.sent).toHaveLength(1);
  });
});
