import { describe, expect, it } from 'vitest';
import { readPayment } from '../../../functions/iamport/wire.ts';
import { hearWebhook } from '../../../functions/protocol/webhook.ts';
import { shopItem } from '../../support/memory-store.ts';
import { ScriptedWorld } from '../../support/scripted-world.ts';

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
