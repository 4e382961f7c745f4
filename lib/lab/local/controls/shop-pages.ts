import { ScanCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { paymentSummaryJson } from '../../../../functions/http/representation.ts';
import { documentClient } from '../../../../functions/payments-store/document-client.ts';
import { dynamoDbPaymentsStore } from '../../../../functions/payments-store/dynamodb-payments-store.ts';
import {
  DEFAULT_OPEN_REFUND_SHARDS,
  ORDER_SORT_KEY,
  PARTITION_KEY,
  SERVICE_PARTITION,
  SORT_KEY,
} from '../../../../functions/payments-store/keys.ts';
import type {
  FinishedReconciliation,
  ReconciliationCase,
} from '../../../../functions/protocol/reconciliation-notes.ts';
import { toDecimal, type Minor } from '../../../../functions/refund/money.ts';
import { ownerOf, type Order } from '../../../../functions/refund/order.ts';
import type { Payment } from '../../../../functions/refund/payment.ts';
import { toSeconds } from '../../../../functions/refund/unix-seconds.ts';
import type { JsonObject } from '../json.ts';
import type { Control } from './control.ts';

/** A shop lists its orders from its own books; the demo shop has no others than the table. */
export function shopPageControls(dynamoDb: DynamoDBClient, tableName: string): readonly Control[] {
  const client = documentClient(dynamoDb);
  const store = dynamoDbPaymentsStore(client, { tableName, shards: DEFAULT_OPEN_REFUND_SHARDS });
  return [
    {
      route: 'GET /_local/orders',
      run: async () => {
        const items = (await everyItem(client, tableName)).filter(
          (item) => item[SORT_KEY] !== ORDER_SORT_KEY,
        );
        const names = new Map(items.map((item) => [item[SORT_KEY], item['name']]));
        const numbers = [...new Set(items.map((item) => String(item[PARTITION_KEY])))];
        const orders = await Promise.all(numbers.map(async (number) => store.order(number)));
        return { status: 200, body: { orders: orders.map((order) => orderJson(order, names)) } };
      },
    },
    {
      route: 'GET /_local/reconciliation',
      run: async () => {
        const { last = {} } = (await store.reconciliation()) ?? {};
        const newestFirst = Object.values(last).toSorted((a, b) => b.finishedAtMs - a.finishedAtMs);
        return { status: 200, body: { reports: newestFirst.map(reportJson) } };
      },
    },
  ];
}

/** Enough for a demonstration; a table of somebody's own may be larger. */
const MAX_ITEMS = 1_000;

async function everyItem(client: DynamoDBDocumentClient, table: string): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  let after: JsonObject | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ProjectionExpression: '#order, #payment, #name',
        ExpressionAttributeNames: { '#order': PARTITION_KEY, '#payment': SORT_KEY, '#name': 'name' },
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
    items.push(...(page.Items ?? []).filter((item) => item[PARTITION_KEY] !== SERVICE_PARTITION));
    after = page.LastEvaluatedKey;
  } while (after !== undefined && items.length < MAX_ITEMS);
  return items;
}

function orderJson(order: Order, names: ReadonlyMap<unknown, unknown>): JsonObject {
  const [first] = order.payments;
  return {
    merchant_uid: order.merchantUid,
    customer_id: (first && ownerOf(order, first)) ?? null,
    payments: order.payments.map((payment) => rowJson(payment, names.get(payment.impUid))),
    unreadable: order.unreadable.length,
  };
}

function rowJson(payment: Payment, name: unknown): JsonObject {
  const { currency, pending } = payment;
  return {
    ...paymentSummaryJson(payment),
    name: typeof name === 'string' ? name : null,
    pay_method: payment.payMethod ?? null,
    pg_provider: payment.pgProvider ?? null,
    cancel_amount: toDecimal(payment.cancelAmount, currency),
    paid_at: toSeconds(payment.paidAtMs),
    in_doubt: pending !== undefined,
  };
}

/** Amounts in major units, as people read them. */
function reportJson({ report, ...walk }: FinishedReconciliation): JsonObject {
  const { explained, unexplained, cases, ...counts } = report;
  return {
    window: walk.window,
    from: walk.fromSeconds,
    to: walk.toSeconds,
    finished_at: toSeconds(walk.finishedAtMs),
    counts,
    explained: decimals(explained),
    unexplained: decimals(unexplained),
    cases: cases.map(caseJson),
  };
}

function caseJson({ merchantUid, impUid, refundIds = [], amount, ...told }: ReconciliationCase): JsonObject {
  const { currency } = told;
  const sum = amount === undefined || currency === undefined ? null : toDecimal(amount as Minor, currency);
  return { ...told, merchant_uid: merchantUid, imp_uid: impUid, refund_ids: refundIds, amount: sum };
}

function decimals(amounts: Readonly<Record<string, number>>): JsonObject {
  return Object.fromEntries(
    Object.entries(amounts).map(([currency, amount]) => [currency, toDecimal(amount as Minor, currency)]),
  );
}
