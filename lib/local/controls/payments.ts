import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

import { PARTITION_KEY } from '../../../functions/payments-store/keys.ts';
import type { IamportPayment } from '../../simulator/payment.ts';
import { PaymentInputError } from '../../simulator/payment-fields.ts';
import { parsePayment, type PaymentInput } from '../../simulator/payment-input.ts';
import { toWire } from '../../simulator/wire.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import type { Provider } from '../provider.ts';
import { type Control, ControlError } from './control.ts';

export interface PaymentsWorld {
  readonly provider: Provider;
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/** Makes a payment exist: at i'mport, where it is the simulator, and, as the shop's checkout would, in the table. */
export function paymentControls({ provider, dynamoDb, tableName }: PaymentsWorld): readonly Control[] {
  const documents = DynamoDBDocumentClient.from(dynamoDb, {
    marshallOptions: { removeUndefinedValues: true },
  });

  const store = async (item: JsonObject): Promise<void> => {
    const absent = `attribute_not_exists(${PARTITION_KEY})`;
    try {
      await documents.send(new PutCommand({ TableName: tableName, Item: item, ConditionExpression: absent }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new ControlError(
        409,
        `merchant_uid: the table has a payment ${String(item[PARTITION_KEY])} already`,
      );
    }
  };

  const add: Control['run'] = async ({ fields }) => {
    const { input, customerId, inTable } = readPayment(fields().value);
    const payment = toWire(validated(input));
    if (provider.simulator?.payment(payment.imp_uid) !== undefined) {
      throw new ControlError(409, `imp_uid: the simulator has a payment ${payment.imp_uid} already`);
    }
    const item = itemOf(payment, customerId);
    if (inTable) await store(item);
    provider.simulator?.addPayment(input);
    return { status: 201, body: item };
  };
  return [{ route: 'POST /_local/payments', run: add }];
}

interface PaymentRequest {
  readonly input: PaymentInput;
  readonly customerId: string | undefined;
  readonly inTable: boolean;
}

function readPayment({ customer_id: named, table = true, ...payment }: JsonObject): PaymentRequest {
  if (typeof table !== 'boolean') throw new ControlError(400, 'body.table must be true or false');
  const customData = customDataOf(payment['custom_data']);
  const customerId = named ?? customData?.['customer_id'];
  if (customerId !== undefined && (typeof customerId !== 'string' || customerId === '')) {
    throw new ControlError(400, 'body.customer_id must be a text that is not empty');
  }
  // i'mport keeps it for the shop, and gives it back when the webhook brings the payment in.
  const kept = named === undefined ? {} : { custom_data: { ...customData, customer_id: named } };
  const input: unknown = { ...payment, ...kept };
  // What is in it is checked by the reader of payments, which says what is wrong with which field.
  return { input: input as PaymentInput, customerId, inTable: table };
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
    ...(customerId !== undefined && { customer_id: customerId }),
    ...(typeof payment['name'] === 'string' && { name: payment['name'] }),
    cancel_history: payment.cancel_history,
  };
}
