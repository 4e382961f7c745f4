import { randomUUID } from 'node:crypto';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';

import { paymentJson, paymentSummaryJson } from '../../../../functions/http/representation.ts';
import { paymentFromItem } from '../../../../functions/ledger/payment-item.ts';
import { toDecimal } from '../../../../functions/refund/money.ts';
import type { Payment } from '../../../../functions/refund/payment.ts';
import { toSeconds } from '../../../../functions/refund/unix-seconds.ts';
import { type PaymentInput, PaymentInputError } from '../../simulator/simulator.ts';
import { createEvent } from '../gateway/event.ts';
import { LOOPBACK } from '../http-server.ts';
import { type Fields, isObject, type JsonObject } from '../json.ts';
import type { LambdaHost } from '../lambda/lambda-host.ts';
import type { Provider } from '../provider.ts';
import type { ApiPlan } from '../template/plan-api.ts';
import type { NamedTables } from '../template/plan.ts';
import { type Control, ControlError, type ControlRequest } from './controls.ts';
import { ledgerIn } from './ledger.ts';

export interface ShopWorld {
  readonly client: DynamoDBClient;
  readonly tables: NamedTables;
  readonly provider: Provider;
  readonly api: ApiPlan;
  readonly host: LambdaHost;
}

/** The actions of customers and of the shop's checkout: makes a payment and stores its order item. */
export function shopControls(world: ShopWorld): readonly Control[] {
  const documents = DynamoDBDocumentClient.from(world.client, {
    marshallOptions: { removeUndefinedValues: true },
  });
  const orders = ordersIn(documents, world.tables.orders.name);
  return [
    {
      route: 'POST /_local/payments',
      run: async ({ fields }) => pay(readPayment(fields()), orders, world),
    },
    {
      route: 'POST /_local/orders',
      run: async (request) => {
        const order = orderIn(request);
        await orders.put(order);
        return { status: 201, body: order };
      },
    },
    {
      route: 'GET /_local/orders',
      run: async () => ({ status: 200, body: { orders: await orderList(documents, world.tables) } }),
    },
  ];
}

// --- Payments ---

interface PaymentRequest {
  /** An i'mport payment, by i'mport's names. */
  readonly payment: JsonObject;
  readonly customerId: string | undefined;
  /** Whether the service imports it now; otherwise a webhook or its first request does. */
  readonly isImported: boolean;
  /** Whether the shop knows the order. */
  readonly isOrdered: boolean;
}

function readPayment(fields: Fields): PaymentRequest {
  const { customer_id: customerId, ledger: _ledger, order: _order, ...payment } = fields.value;
  if (customerId !== undefined && (typeof customerId !== 'string' || customerId === ''))
    throw new ControlError(400, 'body.customer_id must be a text that is not empty');
  return {
    payment,
    customerId,
    isImported: fields.flag('ledger', true),
    isOrdered: fields.flag('order', true),
  };
}

/**
 * Makes the payment in the simulator, or reads it from another i'mport. The service imports it as after a webhook, so the
 * ledger contains only what i'mport has answered.
 */
async function pay(request: PaymentRequest, orders: Orders, world: ShopWorld) {
  const { provider } = world;
  const { customerId, isImported, isOrdered } = request;
  const payment = await (provider.simulator === undefined
    ? find(request, provider)
    : make(request, provider));
  const { merchant_uid: merchantUid, imp_uid: impUid, amount, currency, name } = payment;
  // The order item comes first, as in a checkout, because the service compares both.
  if (isOrdered)
    await orders.complete({ merchant_uid: merchantUid, customer_id: customerId, amount, currency, name });
  if (isImported) await hearWebhook(String(impUid), world);
  const known = await inLedger(world, String(impUid));
  const told = {
    merchant_uid: merchantUid,
    imp_uid: impUid,
    customer_id: customerId,
    imported: known !== undefined,
  };
  return { status: 201, body: { ...(known && paymentJson(known)), ...told } };
}

async function make({ payment }: PaymentRequest, { simulator }: Provider): Promise<JsonObject> {
  // The simulator validates the fields and names a wrong one.
  const input = payment as unknown as PaymentInput;
  if (simulator?.payment(input.imp_uid) !== undefined)
    throw new ControlError(409, `imp_uid: the simulator has a payment ${input.imp_uid} already`);
  try {
    return { ...simulator?.addPayment(input) };
  } catch (error) {
    if (error instanceof PaymentInputError || error instanceof TypeError)
      throw new ControlError(400, error.message);
    throw error;
  }
}

/** Payments cannot be made at another i'mport, so it is read there. */
async function find({ payment }: PaymentRequest, provider: Provider): Promise<JsonObject> {
  const { imp_uid: impUid, merchant_uid: merchantUid } = payment;
  if (typeof impUid !== 'string' || impUid === '')
    throw new ControlError(400, 'body.imp_uid must be a text that is not empty');
  const found = await provider.payment(impUid);
  if (!isObject(found)) throw new ControlError(404, `imp_uid: ${provider.url} knows no ${impUid}`);
  if (merchantUid !== undefined && merchantUid !== found['merchant_uid'])
    throw new ControlError(409, `merchant_uid: ${provider.url} has ${impUid} under another order number`);
  return found;
}

const WEBHOOK = '/webhooks/iamport';

/** Imports as by i'mport's webhook, but invokes the function directly, because the API's throttle could refuse many payments at once. */
async function hearWebhook(impUid: string, { api, host }: ShopWorld): Promise<void> {
  const route = api.routes.find(({ routeKey }) => routeKey === `POST ${WEBHOOK}`);
  if (route === undefined) throw new ControlError(500, `The template has no route POST ${WEBHOOK}`);
  const body = Buffer.from(JSON.stringify({ imp_uid: impUid, status: 'paid' }));
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', target: WEBHOOK, headers, sourceIp: LOOPBACK, body };
  const { apiId } = api;
  const context = { apiId, requestId: randomUUID(), traceId: '', nowMs: Date.now(), jwt: undefined };
  const event = createEvent(request, { route, pathParameters: {} }, context);
  const result = await host.invoke(route.functionId, JSON.stringify(event));
  if (result.kind === 'throttled') throw new ControlError(503, `${route.functionId} is busy: ask again`);
  if (result.kind === 'failed')
    throw new ControlError(500, `${route.functionId} failed: ${result.errorType}: ${result.errorMessage}`);
}

async function inLedger({ client, tables }: ShopWorld, impUid: string): Promise<Payment | undefined> {
  const ledger = ledgerIn(client, tables);
  const merchantUid = await ledger.orderOf(impUid);
  return merchantUid === undefined ? undefined : ledger.payment({ merchantUid, impUid });
}

// --- Orders ---

interface Orders {
  /** The whole item. */
  readonly put: (order: JsonObject) => Promise<void>;
  /** Creates a missing item; an existing one is not changed. */
  readonly complete: (order: JsonObject) => Promise<void>;
}

function ordersIn(documents: DynamoDBDocumentClient, TableName: string): Orders {
  return {
    put: async (Item) => {
      try {
        await documents.send(new PutCommand({ TableName, Item }));
      } catch (error) {
        const isTheirs = error instanceof Error && /^(Validation|Serialization)Exception$/.test(error.name);
        throw isTheirs ? new ControlError(400, `body: ${error.message}`) : error;
      }
    },
    complete: async ({ merchant_uid, ...fields }) => {
      const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
      const set = given.map((_, index) => `#${index} = if_not_exists(#${index}, :${index})`);
      const names = given.map(([name], index) => [`#${index}`, name] as const);
      const values = given.map(([, value], index) => [`:${index}`, value] as const);
      await documents.send(
        new UpdateCommand({
          TableName,
          Key: { merchant_uid },
          UpdateExpression: `SET ${set.join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(names),
          ExpressionAttributeValues: Object.fromEntries(values),
        }),
      );
    },
  };
}

/** DynamoDB's limit of a key. */
const KEY_MAX_BYTES = 2_048;

/** An order item of any shop: only its key has a rule. */
function orderIn({ fields }: ControlRequest): JsonObject {
  const given = fields();
  const merchantUid = given.text('merchant_uid');
  if (merchantUid === '' || Buffer.byteLength(merchantUid) > KEY_MAX_BYTES)
    throw new ControlError(400, `body.merchant_uid must have 1 to ${KEY_MAX_BYTES} bytes`);
  return given.value;
}

/** Enough for a demonstration; a table of somebody's own may be larger. */
const MAX_ITEMS = 1_000;

/** The list of orders, from the two tables, which are the demo shop's only data. */
async function orderList(
  documents: DynamoDBDocumentClient,
  { orders, ledger }: NamedTables,
): Promise<readonly JsonObject[]> {
  const [words, items] = await Promise.all([
    itemsIn(documents, orders.name),
    itemsIn(documents, ledger.name, 'payment#'),
  ]);
  const payments = Map.groupBy(items.map(paymentFromItem), ({ merchantUid }) => merchantUid);
  const byNumber = new Map(words.map((word) => [String(word['merchant_uid']), word]));
  return [...new Set([...byNumber.keys(), ...payments.keys()])].map((merchantUid) => {
    const { customer_id: customerId = null, name = null } = byNumber.get(merchantUid) ?? {};
    const rows = (payments.get(merchantUid) ?? []).map((payment) => ({ ...rowJson(payment), name }));
    return { merchant_uid: merchantUid, customer_id: customerId, name, payments: rows };
  });
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
