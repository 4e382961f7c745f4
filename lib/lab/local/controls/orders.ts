import { randomUUID } from 'node:crypto';

import { DynamoDBDocumentClient, paginateScan, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

import { paymentJson, paymentSummaryJson } from '../../../../functions/http/representation.ts';
import { ledgerOn } from '../../../../functions/ledger/ledger.ts';
import { paymentFromItem } from '../../../../functions/ledger/payment-item.ts';
import { dynamoDbTable } from '../../../../functions/ledger/store.ts';
import type { Ledger } from '../../../../functions/protocol/ports.ts';
import { toDecimal } from '../../../../functions/refund/money.ts';
import type { Payment } from '../../../../functions/refund/payment.ts';
import { toSeconds } from '../../../../functions/refund/unix-seconds.ts';
import { historiesOf } from '../../../cli/history.ts';
import type { IamportSimulator, PaymentInput } from '../../simulator/simulator.ts';
import { createEvent } from '../gateway/event.ts';
import { LOOPBACK } from '../http-server.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { Provider } from '../provider.ts';
import type { Parts, PaymentFields } from './all.ts';
import { ControlError, refusing, runNow } from './controls.ts';

type Tables = Pick<Parts, 'table' | 'plan'>;

function ledgerIn({ table: { client }, plan }: Tables): Ledger {
  return ledgerOn(dynamoDbTable({ client, writes: client, name: plan.tables.ledger.TableName }));
}

function documentsOf({ table: { client } }: Tables): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

// --- Payments ---

/**
 * Makes the payment in the simulator, or reads it from another i'mport. The service imports it as after a webhook (unless `ledger`
 * is false), so the ledger contains only what i'mport has answered.
 */
export async function pay(fields: PaymentFields, parts: Parts): Promise<object> {
  const { customer_id: customerId, ledger: isImported, order: isOrdered, ...given } = fields;
  const { provider } = parts;
  const payment =
    provider.simulator === undefined ? await find(given, provider) : await make(given, provider.simulator);
  const { merchant_uid: merchantUid, imp_uid: impUid, amount, currency, name } = payment;
  // The order item comes first, as in a checkout, because the service compares both.
  const order = { customer_id: customerId, amount, currency, name };
  if (isOrdered) await completeOrder(merchantUid, order, parts);
  if (isImported) await receiveWebhook(String(impUid), parts);
  const known = await paymentInLedger(String(impUid), parts);
  const said = { merchant_uid: merchantUid, imp_uid: impUid, customer_id: customerId };
  return { ...(known && paymentJson(known)), ...said, imported: known !== undefined };
}

async function make(given: JsonObject, simulator: IamportSimulator): Promise<JsonObject> {
  // The simulator checks the fields and names a wrong one.
  const input = given as unknown as PaymentInput;
  if (simulator.payment(input.imp_uid) !== undefined)
    throw new ControlError(409, `imp_uid: the simulator has a payment ${input.imp_uid} already`);
  return refusing(() => ({ ...simulator.addPayment(input) }));
}

/** Payments cannot be made at another i'mport, so it is read there. */
async function find({ imp_uid: impUid, merchant_uid: merchantUid }: JsonObject, { payment, url }: Provider) {
  if (typeof impUid !== 'string' || impUid === '')
    throw new ControlError(400, 'body.imp_uid must be a text that is not empty');
  const found = await payment(impUid);
  if (!isObject(found)) throw new ControlError(404, `imp_uid: ${url} knows no ${impUid}`);
  if (merchantUid !== undefined && merchantUid !== found['merchant_uid'])
    throw new ControlError(409, `merchant_uid: ${url} has ${impUid} under another order number`);
  return found;
}

const WEBHOOK = '/webhooks/iamport';

/** Imports as by i'mport's webhook, but invokes the function directly, because the API's throttle could refuse many payments at once. */
async function receiveWebhook(impUid: string, { plan: { api }, host }: Parts): Promise<void> {
  const route = api.routes.find(({ routeKey }) => routeKey === `POST ${WEBHOOK}`);
  if (route === undefined) throw new ControlError(500, `The template has no route POST ${WEBHOOK}`);
  const body = Buffer.from(JSON.stringify({ imp_uid: impUid, status: 'paid' }));
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', target: WEBHOOK, headers, sourceIp: LOOPBACK, body };
  const { apiId } = api;
  const context = { apiId, requestId: randomUUID(), nowMs: Date.now(), claims: undefined };
  const event = createEvent(request, { route, pathParameters: {} }, context);
  await runNow(host, route.functionId, event);
}

async function paymentInLedger(impUid: string, tables: Tables): Promise<Payment | undefined> {
  const ledger = ledgerIn(tables);
  const merchantUid = await ledger.orderOf(impUid);
  return merchantUid === undefined ? undefined : ledger.payment({ merchantUid, impUid });
}

// --- Orders ---

export async function putOrder(Item: JsonObject, parts: Tables): Promise<JsonObject> {
  try {
    await documentsOf(parts).send(new PutCommand({ TableName: parts.plan.tables.orders.TableName, Item }));
  } catch (error) {
    const isOfItem = error instanceof Error && /^(Validation|Serialization)Exception$/.test(error.name);
    throw isOfItem ? new ControlError(400, `body: ${error.message}`) : error;
  }
  return Item;
}

/** Creates a missing order item, or adds missing attributes to an existing one. */
async function completeOrder(merchantUid: unknown, attributes: JsonObject, parts: Tables): Promise<void> {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null);
  const set = given.map((_, index) => `#${index} = if_not_exists(#${index}, :${index})`);
  await documentsOf(parts).send(
    new UpdateCommand({
      TableName: parts.plan.tables.orders.TableName,
      Key: { merchant_uid: merchantUid },
      UpdateExpression: `SET ${set.join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(given.map(([name], index) => [`#${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(given.map(([, value], index) => [`:${index}`, value])),
    }),
  );
}

/** Enough for a demonstration; a table of somebody's own may be larger. */
const MAX_ITEMS = 1_000;

/** The list of orders, from the two tables, which are the demo shop's only data. */
export async function orderList(parts: Tables): Promise<object> {
  const documents = documentsOf(parts);
  const { orders, ledger } = parts.plan.tables;
  const [items, paymentItems] = await Promise.all([
    itemsIn(documents, orders.TableName),
    itemsIn(documents, ledger.TableName, 'payment#'),
  ]);
  const payments = Map.groupBy(paymentItems.map(paymentFromItem), ({ merchantUid }) => merchantUid);
  const byNumber = new Map(items.map((item) => [String(item['merchant_uid']), item]));
  const list = [...new Set([...byNumber.keys(), ...payments.keys()])].map((merchantUid) => {
    const { customer_id: customerId = null, name = null } = byNumber.get(merchantUid) ?? {};
    const rows = (payments.get(merchantUid) ?? []).map((payment) => ({ ...rowJson(payment), name }));
    return { merchant_uid: merchantUid, customer_id: customerId, name, payments: rows };
  });
  return { orders: list };
}

async function itemsIn(
  client: DynamoDBDocumentClient,
  TableName: string,
  prefix?: string,
): Promise<readonly JsonObject[]> {
  const only = prefix !== undefined && {
    FilterExpression: 'begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':prefix': prefix },
  };
  const items: JsonObject[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ...only })) {
    items.push(...Items);
    if (items.length >= MAX_ITEMS) break;
  }
  return items;
}

function rowJson(payment: Payment): JsonObject {
  const { currency } = payment;
  return {
    ...paymentSummaryJson(payment),
    pay_method: payment.payMethod ?? null,
    pg_provider: payment.pgProvider ?? null,
    cancel_amount: toDecimal(payment.cancelAmount, currency),
    paid_at: toSeconds(payment.paidAtMs),
    in_doubt: payment.inFlight !== undefined,
  };
}

// --- The time line ---

/** The output of the command line's explain, for pages. */
export async function timeline(merchantUid: string, tables: Tables): Promise<object> {
  const ledger = ledgerIn(tables);
  const payments = await ledger.payments(merchantUid);
  if (payments.length === 0) throw new ControlError(404, `merchant_uid: the ledger knows no ${merchantUid}`);
  const moments = (await Promise.all(payments.map(async (each) => momentsOf(each, ledger)))).flat();
  const inOrder = moments.toSorted((a, b) => a.atMs - b.atMs);
  return {
    merchant_uid: merchantUid,
    moments: inOrder.map(({ atMs, ...moment }) => ({ at: new Date(atMs).toISOString(), ...moment })),
  };
}

interface Moment {
  readonly atMs: number;
  readonly imp_uid: string;
  readonly refund_id: string | null;
  readonly text: string;
}

async function momentsOf(payment: Payment, ledger: Ledger): Promise<readonly Moment[]> {
  const { impUid: imp_uid, paidAtMs } = payment;
  const stories = historiesOf(await ledger.allRefunds(payment), Date.now(), payment);
  return [
    ...(paidAtMs === undefined ? [] : [{ atMs: paidAtMs, imp_uid, refund_id: null, text: 'paid' }]),
    ...stories.flatMap(({ item: { refundId }, lines }) =>
      lines.map(({ atMs, text }) => ({ atMs, imp_uid, refund_id: refundId, text })),
    ),
  ];
}
