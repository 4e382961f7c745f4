import { ORDER_SORT_KEY, PARTITION_KEY, SORT_KEY } from '../../../../functions/payments-store/keys.ts';
import type { IamportPayment } from '../../simulator/payment.ts';
import { parsePayment, type PaymentInput, PaymentInputError } from '../../simulator/payment-input.ts';
import { toWire } from '../../simulator/wire.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import type { Provider } from '../provider.ts';
import { type Control, ControlError } from './control.ts';
import type { ShopItems } from './shop-items.ts';

/**
 * Makes a payment exist: at i'mport, where it is the simulator, and, as the shop's checkout would, in the table; whose the
 * order is stands in the order item, unless the order has one already.
 */
export function paymentControls(provider: Provider, items: ShopItems): readonly Control[] {
  const add: Control['run'] = async ({ fields }) => {
    const { input, customerId, inTable } = await readPayment(fields().value);
    const payment = toWire(validated(input));
    if (provider.simulator?.payment(payment.imp_uid) !== undefined) {
      throw new ControlError(409, `imp_uid: the simulator has a payment ${payment.imp_uid} already`);
    }
    const item = itemOf(payment, customerId);
    if (inTable) await store(item);
    provider.simulator?.addPayment(input);
    return { status: 201, body: item };
  };

  const store = async (item: JsonObject): Promise<void> => {
    const { merchant_uid: order, imp_uid: impUid, customer_id: customerId } = item;
    if (!(await items.create(item)))
      throw new ControlError(409, `imp_uid: the table has a payment ${String(impUid)} of this order already`);
    if (customerId !== undefined)
      await items.create({ [PARTITION_KEY]: order, [SORT_KEY]: ORDER_SORT_KEY, customer_id: customerId });
  };
  return [{ route: 'POST /_local/payments', run: add }];
}

interface PaymentRequest {
  readonly input: PaymentInput;
  readonly customerId: string | undefined;
  readonly inTable: boolean;
}

async function readPayment({
  customer_id: named,
  table = true,
  ...payment
}: JsonObject): Promise<PaymentRequest> {
  if (typeof table !== 'boolean') throw new ControlError(400, 'body.table must be true or false');
  if (named !== undefined && (typeof named !== 'string' || named === '')) {
    throw new ControlError(400, 'body.customer_id must be a text that is not empty');
  }
  const customerId = named ?? (await ownerIn(payment['custom_data']));
  // i'mport keeps it for the shop, and gives it back when the webhook brings the payment in.
  const told = { ...customDataOf(payment['custom_data']), customer_id: named };
  const kept = named === undefined ? {} : { custom_data: told };
  const input: unknown = { ...payment, ...kept };
  // What is in it is checked by the reader of payments, which says what is wrong with which field.
  return { input: input as PaymentInput, customerId, inTable: table };
}

/** What the payer told i'mport may be anything; whom it names is read as the service reads it. */
async function ownerIn(customData: unknown): Promise<string | undefined> {
  if (customData === undefined) return undefined;
  // Loaded only now: a start does not wait for the validator.
  const { customerIdOf } = await import('../../../../functions/iamport/untidy.ts');
  return customerIdOf(customData);
}

function customDataOf(customData: unknown): JsonObject | undefined {
  if (typeof customData !== 'string') return isObject(customData) ? customData : undefined;
  try {
    const parsed = parseJson(customData);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    // Any text is allowed there; one that is not JSON names no customer.
    return undefined;
  }
}

function validated(input: PaymentInput): ReturnType<typeof parsePayment> {
  try {
    return parsePayment(input, Date.now());
  } catch (error) {
    if (error instanceof PaymentInputError || error instanceof TypeError)
      throw new ControlError(400, error.message);
    throw error;
  }
}

/** i'mport's own names and units. */
function itemOf(payment: IamportPayment, customerId: string | undefined): JsonObject {
  const { merchant_uid, imp_uid, amount, cancel_amount, currency, status, pay_method, pg_provider, paid_at } =
    payment;
  return {
    merchant_uid,
    imp_uid,
    amount,
    cancel_amount,
    currency,
    status,
    pay_method,
    pg_provider,
    paid_at,
    receipt_url: payment.receipt_url,
    ...(customerId !== undefined && { customer_id: customerId }),
    ...(typeof payment['name'] === 'string' && { name: payment['name'] }),
    cancel_history: payment.cancel_history,
  };
}
