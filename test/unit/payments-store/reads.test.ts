import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { dynamoDbPaymentsStore } from '../../../functions/payments-store/dynamodb-payments-store.ts';
import { openShardOf } from '../../../functions/payments-store/shard.ts';
import type { ReconciliationNotes } from '../../../functions/protocol/reconciliation-notes.ts';
import { tagOf } from '../../../functions/refund/attribution.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import { cancelledRecord } from '../../../functions/refund/record.ts';
import { shopItem, type Item } from '../../support/memory-store.ts';
import {
  MORNING_MS,
  OTHER_REFUND_ID,
  REFUND_ID,
  samplePending,
  sampleProvider,
} from '../../support/samples.ts';
import { applied, tableForTests } from '../../support/table-for-tests.ts';

const table = await tableForTests();
const store = table.store(1);

async function put(item: Item): Promise<void> {
  await table.documents.send(new PutCommand({ TableName: table.name, Item: item }));
}

async function only(merchantUid: string): Promise<Payment> {
  const [payment] = (await store.order(merchantUid)).payments;
  if (payment === undefined) throw new Error('the order is gone');
  return payment;
}

describe('an order', () => {
  it('of which the table knows nothing is empty', async () => {
    expect(await store.order('nobody')).toEqual({ merchantUid: 'nobody', payments: [], unreadable: [] });
  });

  it('is read to its end, however many pages it takes', async () => {
    const impUids = ['imp_a', 'imp_b', 'imp_c', 'imp_d', 'imp_e'];
    for (const impUid of impUids)
      await put(shopItem('large', { imp_uid: impUid, memo: 'x'.repeat(390 * 1024) }));
    await put({ merchant_uid: 'large', imp_uid: 'order', customer_id: 'buyer' });
    table.actions.length = 0;
    const { payments, word } = await store.order('large');
    expect(payments.map(({ impUid }) => impUid)).toEqual(impUids);
    expect(word?.customerId).toBe('buyer');
    expect(table.actions.length).toBeGreaterThan(1);
  });

  it('whose number is that of the service’s own notes shows its payments, and not the notes', async () => {
    const notes: ReconciliationNotes = { version: 1, positions: {}, last: {} };
    expect(await store.saveReconciliation(notes)).toBe(true);
    await put({ merchant_uid: 'refund_service', imp_uid: 'resolver', owner: 'a', until: 1 });
    await put(shopItem('refund_service'));
    const { payments, unreadable } = await store.order('refund_service');
    expect(payments.map(({ impUid }) => impUid)).toEqual(['imp_refund_service']);
    expect(unreadable).toEqual([]);
    expect(await store.reconciliation()).toEqual(notes);
  });

  it('is found by the imp_uid of each of its payments', async () => {
    await put(shopItem('twice', { imp_uid: 'imp_first' }));
    await put(shopItem('twice', { imp_uid: 'imp_second' }));
    expect(await store.ordersOf('imp_first')).toEqual(['twice']);
    expect(await store.ordersOf('imp_second')).toEqual(['twice']);
    expect(await store.ordersOf('imp_third')).toEqual([]);
  });

  it('is read once more when a page was older than a copy that the payment’s item leaves to it', async () => {
    await put(shopItem('copied'));
    const key = { merchantUid: 'copied', impUid: 'imp_copied' };
    for (const [index, refundId] of [REFUND_ID, OTHER_REFUND_ID].entries()) {
      const pending = samplePending({ refundId, seq: index + 1 });
      const payment = await applied(store, {
        kind: 'claim',
        payment: await only('copied'),
        pending,
        evict: [],
      });
      const ids = [REFUND_ID, OTHER_REFUND_ID].slice(0, index + 1);
      const provider = sampleProvider(
        ids.map((id) => ({ amount: 1_000, reason: tagOf(id) })),
        key,
      );
      const done = { by: 'tag', entry: provider.cancelHistory[index]! } as const;
      const refund = cancelledRecord(pending, done, { decidedBy: 'answer', nowMs: MORNING_MS });
      const guard = { seq: pending.seq };
      await applied(store, { kind: 'finish', payment, guard, refund, provider, keepBalance: false });
    }
    let reads = 0;
    const missing = {
      send: async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
        const answer = (await table.documents.send(command)) as { Items: Item[] };
        reads += 1;
        return reads > 1
          ? answer
          : { ...answer, Items: answer.Items.filter((item) => !('refund_entry' in item)) };
      },
    } as unknown as DynamoDBDocumentClient;
    const again = dynamoDbPaymentsStore(missing, { tableName: table.name, shards: 1 });
    const [payment] = (await again.order('copied')).payments;
    expect(reads).toBe(2);
    expect(payment?.refunds.size).toBe(2);
    expect(payment?.cancelHistory).toHaveLength(2);
  });

  it('with a copy that has been damaged names the payment: its refund is not taken for one that never was', async () => {
    await put({
      merchant_uid: 'copied',
      imp_uid: 'imp_copied#0000',
      refund_entry: { amount: 1 },
      refund_index: 0,
      refund_record: { status: 'cancelled' },
    });
    const { payments, unreadable } = await store.order('copied');
    expect(payments).toEqual([]);
    expect(unreadable).toMatchObject([{ impUid: 'imp_copied', customerId: 'customer' }]);
    expect(unreadable[0]?.why).toContain('imp_copied#0000 refund_record');
  });
});

describe('open refunds', () => {
  const list = async (
    dueMs: number,
    limit: number,
    after?: Awaited<ReturnType<typeof store.openRefunds>>[number],
  ) => store.openRefunds({ shard: 0, dueMs, limit, ...(after === undefined ? {} : { after }) });

  it('are listed longest due first, page after page, also behind an entry that is not there any more', async () => {
    const names = ['open-a', 'open-b', 'open-c'];
    for (const [index, name] of names.entries()) {
      await put(shopItem(name));
      const pending = samplePending({ resolveAtMs: MORNING_MS - index });
      await applied(store, { kind: 'claim', payment: await only(name), pending, evict: [] });
    }
    const [first, second] = await list(MORNING_MS, 2);
    expect([first?.merchantUid, second?.merchantUid]).toEqual(['open-c', 'open-b']);
    await store.postpone(second!, MORNING_MS + 60_000);
    expect((await list(MORNING_MS + 1_000, 2, second)).map(({ merchantUid }) => merchantUid)).toEqual([
      'open-a',
    ]);
    expect(await list(MORNING_MS - 10, 2)).toEqual([]);
    expect((await list(MORNING_MS + 60_000, 9)).map(({ merchantUid }) => merchantUid)).toEqual([
      'open-c',
      'open-a',
      'open-b',
    ]);
  });

  it('that are none any more cannot be postponed into being', async () => {
    await put(shopItem('rest'));
    const once = { resolveAtMs: MORNING_MS - 1 };
    await store.postpone({ merchantUid: 'rest', impUid: 'imp_rest', ...once }, MORNING_MS);
    await store.postpone({ merchantUid: 'nobody', impUid: 'imp_nobody', ...once }, MORNING_MS);
    expect((await only('rest')).pending).toBeUndefined();
    expect((await store.order('nobody')).payments).toEqual([]);
  });

  it('are spread over all shards, each order always in the same', () => {
    const shards = new Set(Array.from({ length: 200 }, (_, index) => openShardOf(`order${index}`, 8)));
    expect(shards.size).toBe(8);
    expect(openShardOf('주문-1', 8)).toBe(openShardOf('주문-1', 8));
  });
});

describe('notes of reconciliation', () => {
  it('are saved only on top of those they were made from', async () => {
    const before = await store.reconciliation();
    const next: ReconciliationNotes = { version: (before?.version ?? 0) + 1, positions: {}, last: {} };
    expect(await store.saveReconciliation(next)).toBe(true);
    expect(await store.saveReconciliation(next)).toBe(false);
    expect(await store.reconciliation()).toEqual(next);
  });
});
