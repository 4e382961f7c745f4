import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { OpenRefund, PaymentsStore } from '../protocol/ports.ts';
import { isWhole } from './archive.ts';
import {
  IMP_UID_INDEX,
  OPEN_REFUNDS_INDEX,
  OPEN_SHARD_KEY,
  PARTITION_KEY,
  RESOLVE_AT_KEY,
  SORT_KEY,
} from './keys.ts';
import { orderFromItems } from './order-items.ts';
import type { Item } from './payment-item.ts';
import { shardName } from './shard.ts';
import { reaching, type Table } from './table.ts';

const IndexRow = v.object({ [PARTITION_KEY]: v.string(), [SORT_KEY]: v.string() });
const OpenRow = v.object({ ...IndexRow.entries, [RESOLVE_AT_KEY]: v.number() });

/** A query is no snapshot: a copy may be missed that was made while its pages were read. Once more is enough. */
export function orders(table: Table): PaymentsStore['order'] {
  const read = readOnce(table);
  return async (merchantUid) => {
    const order = await read(merchantUid);
    return order.payments.every(isWhole) ? order : read(merchantUid);
  };
}

function readOnce(table: Table): PaymentsStore['order'] {
  return async (merchantUid) => {
    const items: Item[] = [];
    let after: Item | undefined;
    do {
      const query = new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': PARTITION_KEY },
        ExpressionAttributeValues: { ':value': merchantUid },
        ConsistentRead: true,
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      });
      const page = await reaching(table, 'read an order', async () => table.client.send(query));
      items.push(...(page.Items ?? []));
      after = page.LastEvaluatedKey;
    } while (after !== undefined);
    return orderFromItems(merchantUid, items);
  };
}

/** An `imp_uid` stands in one order; a few more are read in case a shop has written it under several. */
const MOST_ORDERS_OF_ONE_PAYMENT = 10;

export function ordersOf(table: Table): PaymentsStore['ordersOf'] {
  return async (impUid) => {
    const query = new QueryCommand({
      TableName: table.name,
      IndexName: IMP_UID_INDEX,
      KeyConditionExpression: '#key = :value',
      ExpressionAttributeNames: { '#key': SORT_KEY },
      ExpressionAttributeValues: { ':value': impUid },
      Limit: MOST_ORDERS_OF_ONE_PAYMENT,
    });
    const { Items = [] } = await reaching(table, 'look up imp_uid', async () => table.client.send(query));
    return Items.map((row) => v.parse(IndexRow, row)[PARTITION_KEY]);
  };
}

/** Everything that has a time at all is due later. */
const EARLIEST_MS = -1;

export function openRefunds(table: Table): PaymentsStore['openRefunds'] {
  return async ({ shard, dueMs, afterMs = EARLIEST_MS, limit, after }) => {
    const position = after && {
      [OPEN_SHARD_KEY]: shardName(shard),
      [RESOLVE_AT_KEY]: after.resolveAtMs,
      [PARTITION_KEY]: after.merchantUid,
      [SORT_KEY]: after.impUid,
    };
    const query = new QueryCommand({
      TableName: table.name,
      IndexName: OPEN_REFUNDS_INDEX,
      KeyConditionExpression: '#shard = :shard AND #at BETWEEN :first AND :due',
      ExpressionAttributeNames: { '#shard': OPEN_SHARD_KEY, '#at': RESOLVE_AT_KEY },
      ExpressionAttributeValues: { ':shard': shardName(shard), ':first': afterMs + 1, ':due': dueMs },
      Limit: limit,
      ...(position === undefined ? {} : { ExclusiveStartKey: position }),
    });
    const { Items = [] } = await reaching(table, 'list open refunds', async () => table.client.send(query));
    return Items.map((row): OpenRefund => {
      const open = v.parse(OpenRow, row);
      return { merchantUid: open[PARTITION_KEY], impUid: open[SORT_KEY], resolveAtMs: open[RESOLVE_AT_KEY] };
    });
  };
}
