import { expect } from 'vitest';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { PaymentsStore } from '../../functions/protocol/ports.ts';
import type { Write } from '../../functions/protocol/write.ts';
import type { Order } from '../../functions/refund/order.ts';
import type { Payment, PaymentKey } from '../../functions/refund/payment.ts';
import type { EmulatedTable } from './emulated-table.ts';
import { MemoryStore, type Item } from './memory-store.ts';

/** The table in memory and an emulated one side by side: whatever is written, both must hold and tell the same. */
export class TwoTables {
  readonly memory = new MemoryStore();
  readonly real: PaymentsStore;
  readonly #table: EmulatedTable;

  constructor(table: EmulatedTable) {
    this.#table = table;
    this.real = table.store(this.memory.shards);
  }

  /** As a shop writes an item. */
  async put(item: Item): Promise<void> {
    this.memory.put(item);
    await this.#table.documents.send(new PutCommand({ TableName: this.#table.name, Item: item }));
  }

  async write(write: Write): Promise<Payment | 'condition_failed'> {
    const [real, memory] = [await this.real.write(write), await this.memory.write(write)];
    expect(real).toEqual(memory);
    return real;
  }

  async order(merchantUid: string): Promise<Order> {
    const [real, memory] = [await this.real.order(merchantUid), await this.memory.order(merchantUid)];
    expect(real).toEqual(memory);
    return real;
  }

  /** The raw item, the same in both. */
  async item({ merchantUid, impUid }: PaymentKey): Promise<Item | undefined> {
    const Key = { merchant_uid: merchantUid, imp_uid: impUid };
    const get = new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true });
    const { Item: item } = await this.#table.documents.send(get);
    expect(item).toEqual(this.memory.item(merchantUid, impUid));
    return item;
  }
}
