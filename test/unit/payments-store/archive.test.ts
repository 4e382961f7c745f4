import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { PaymentsStore } from '../../../functions/protocol/ports.ts';
import { CONSOLE_REASON } from '../../../functions/refund/attribution.ts';
import { MemoryStore, shopItem } from '../../support/memory-store.ts';
import { ORDER, won } from '../../support/samples.ts';
import { lost, ScriptedWorld } from '../../support/scripted-world.ts';
import { tableForTests } from '../../support/table-for-tests.ts';

const STAFF = { kind: 'staff', sub: 'staff' } as const;
const REASON = '상품이 파손되어 도착했습니다. 사진을 보내 드렸습니다.';

async function refunds(world: ScriptedWorld, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const asked = { amount: 10, idempotencyKey: `k${index}`, reason: REASON, actor: STAFF };
    expect(await world.told(asked)).toBe('200');
  }
}

/** Write units of DynamoDB: each begun kilobyte of the item, as it is before or after, whichever is more. */
function unitsOf(item: Readonly<Record<string, unknown>> | undefined): number {
  if (item === undefined) return 1;
  // The JSON form of an item is longer than what DynamoDB counts, for every write alike.
  return Math.ceil(JSON.stringify(marshall(item, { removeUndefinedValues: true })).length / 1024);
}

class Metered extends MemoryStore {
  units = 0;
  readonly #before = new Map<string, unknown>();

  /** Units of all writes since it was last asked, by what has changed in each item. */
  override async write(...asked: Parameters<PaymentsStore['write']>): ReturnType<PaymentsStore['write']> {
    for (const [name, item] of this.items) this.#before.set(name, structuredClone(item));
    const result = await super.write(...asked);
    for (const [name, item] of this.items) {
      const before = this.#before.get(name) as Record<string, unknown> | undefined;
      if (JSON.stringify(before) === JSON.stringify(item)) continue;
      this.units += Math.max(unitsOf(before), unitsOf(item));
    }
    return result;
  }
}

describe('a payment with many refunds', () => {
  it('writes no more than three times as much for its hundredth refund as for its first', async () => {
    const world = new ScriptedWorld();
    const store = new Metered();
    store.put(shopItem(ORDER));
    Object.assign(world, { store });
    await refunds(world, 1);
    const first = store.units;
    await refunds(world, 99);
    store.units = 0;
    expect(await world.told({ amount: 10, idempotencyKey: 'last', reason: REASON, actor: STAFF })).toBe(
      'REFUND_LIMIT_REACHED',
    );
    expect(await world.told({ idempotencyKey: 'all', reason: REASON, actor: STAFF })).toBe('200');
    expect(store.units).toBeLessThanOrEqual(3 * first);
    const payment = await world.payment();
    expect(payment.refunds.size).toBe(100);
    expect(payment.cancelHistory).toHaveLength(100);
    expect(payment.cancelHistory).toEqual(world.provider.cancelHistory);
    expect(payment.cancelAmount).toBe(payment.amount);
  });

  it('still answers each by its key, and never sends one again', async () => {
    const world = new ScriptedWorld();
    await refunds(world, 12);
    await refunds(world, 12);
    expect(world.sent).toHaveLength(12);
  });

  it('keeps in its own item what may still change: refusals and what was not executed', async () => {
    const world = new ScriptedWorld();
    await refunds(world, 2);
    world.cancels.push(
      () => ({ kind: 'not_sent', cause: 'no connection' }),
      () => ({ kind: 'refused', provider: { code: -1, message: '점검 중' } }),
    );
    await world.told({ amount: 10, idempotencyKey: 'down', actor: STAFF });
    await world.told({ amount: 10, idempotencyKey: 'refused', actor: STAFF });
    await refunds(world, 5);
    const own = Object.values(
      world.store.item(ORDER)?.['refund_records'] as Record<string, { status: string }>,
    );
    expect(own.map(({ status }) => status).toSorted()).toEqual(['cancelled', 'not_executed', 'rejected']);
  });

  it('shows cancels of the console in their place, and takes a history that was written anew as a whole', async () => {
    const world = new ScriptedWorld();
    await refunds(world, 3);
    world.book({ amount: 500, reason: CONSOLE_REASON });
    await refunds(world, 6);
    expect((await world.payment()).cancelHistory).toEqual(world.provider.cancelHistory);
    const [first, ...others] = world.provider.cancelHistory;
    world.provider = {
      ...world.provider,
      cancelHistory: [...others, { ...first!, cancellationId: 'again' }],
    };
    await refunds(world, 8);
    const payment = await world.payment();
    expect(payment.cancelHistory).toEqual(world.provider.cancelHistory);
    expect(payment.refunds.size).toBe(8);
  });

  it('loses nothing when a worker dies between its copies and its final write', async () => {
    const world = new ScriptedWorld();
    await refunds(world, 3);
    world.cancels.push((call) => {
      world.bookOurs(call);
      return lost();
    });
    expect(await world.told({ amount: 10, idempotencyKey: 'dies', actor: STAFF })).toBe('202');
    await world.look();
    await refunds(world, 5);
    const payment = await world.payment();
    expect(payment.refunds.size).toBe(6);
    expect(payment.cancelHistory).toEqual(world.provider.cancelHistory);
    expect(payment.cancelAmount).toBe(won(60));
  });

  it('goes on where the provider lists one cancel twice: its record leaves the item once', async () => {
    const world = new ScriptedWorld();
    world.cancels.push((call) => {
      world.bookOurs(call);
      const { cancelHistory } = world.provider;
      world.provider = { ...world.provider, cancelHistory: [...cancelHistory, ...cancelHistory] };
      return { kind: 'answered', payment: world.provider };
    });
    await refunds(world, 4);
    const payment = await world.payment();
    expect(payment.refunds.size).toBe(4);
    expect(payment.cancelHistory).toEqual(world.provider.cancelHistory);
    expect(payment.stored.historyFrom).toBe(4);
  });

  it('loses nothing when the copies cannot be written', async () => {
    const world = new ScriptedWorld();
    await refunds(world, 2);
    const write = world.store.write.bind(world.store);
    // As the real store: the claim counts, and its copies do not.
    world.store.write = async (asked) => {
      const after = await write(asked);
      if (asked.kind !== 'claim' || after === 'condition_failed') return after;
      for (const name of world.store.items.keys()) if (name.includes('#0001')) world.store.items.delete(name);
      const { copied: _none, ...stored } = after.stored;
      return { ...after, stored };
    };
    await refunds(world, 3);
    world.store.write = write;
    await refunds(world, 6);
    expect((await world.payment()).refunds.size).toBe(6);
    expect((await world.payment()).cancelHistory).toEqual(world.provider.cancelHistory);
  });
});

/** As it stands when for a long time no copy could be written: every record and every entry in the payment's own item. */
async function allInOneItem(count: number): Promise<Record<string, unknown>> {
  const world = new ScriptedWorld();
  const write = world.store.write.bind(world.store);
  world.store.write = async (asked) => {
    const after = await write(asked);
    for (const name of world.store.items.keys()) if (name.includes('#')) world.store.items.delete(name);
    if (asked.kind !== 'claim' || after === 'condition_failed') return after;
    const { copied: _none, archive: _gone, ...stored } = after.stored;
    return { ...after, stored };
  };
  await refunds(world, count);
  return world.store.item(ORDER) ?? {};
}

const table = await tableForTests();

describe('on a table', () => {
  it('the same refunds leave the same payment as in memory', async () => {
    const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
    await table.documents.send(new PutCommand({ TableName: table.name, Item: shopItem(ORDER) }));
    const store = table.store(2);
    const [real, memory] = [new ScriptedWorld(), new ScriptedWorld()];
    Object.assign(real, { store });
    for (const world of [real, memory]) {
      await refunds(world, 4);
      world.book({ amount: 100, reason: CONSOLE_REASON, cancellationId: 'console' });
      await refunds(world, 9);
    }
    expect(await real.payment()).toEqual(await memory.payment());
    expect((await real.payment()).stored.historyFrom).toBeGreaterThan(5);
  });

  it('what is left in the item leaves it, some of it with each refund', async () => {
    const { PutCommand } = await import('@aws-sdk/lib-dynamodb');
    const item = { ...(await allInOneItem(60)), merchant_uid: 'whole', imp_uid: 'imp_whole' };
    await table.documents.send(new PutCommand({ TableName: table.name, Item: item }));
    const store = table.store(2);
    const world = new ScriptedWorld();
    Object.assign(world, { store });
    const key = { merchantUid: 'whole', impUid: 'imp_whole' };
    const [before] = (await store.order('whole')).payments;
    world.provider = { ...world.provider, ...key, status: 'cancelled' };
    const { cancelAmount, cancelHistory } = before!;
    world.provider = { ...world.provider, cancelAmount, cancelHistory };
    for (let index = 0; index < 3; index += 1) {
      const asked = { merchantUid: 'whole', amount: 10, idempotencyKey: `n${index}`, actor: STAFF };
      expect(await world.told(asked)).toBe('200');
    }
    const [after] = (await store.order('whole')).payments;
    expect(after?.stored.historyFrom).toBe(62);
    expect(after?.refunds.size).toBe(63);
    expect(after?.cancelHistory).toEqual(world.provider.cancelHistory);
    expect(await world.told({ merchantUid: 'whole', amount: 10, idempotencyKey: 'n0', actor: STAFF })).toBe(
      '200',
    );
    expect(world.sent).toHaveLength(3);
  });
});
