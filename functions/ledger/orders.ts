import { GetItemCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { exponentOf } from '../refund/currencies.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import type { OrderWord } from '../refund/order.ts';
import type { Orders } from '../protocol/ports.ts';
import type { OrderAttributes } from './keys.ts';
import { reading } from './store.ts';

/** An item with numbers as text, so that a number of any length keeps its digits. */
export type OrderItem = Readonly<Record<string, AttributeValue>>;

/** The shop's table. The service only reads these attributes, so the shop's other attributes cost nothing. */
export function dynamoDbOrders(
  client: DynamoDBClient,
  { name, attributes }: { readonly name: string; readonly attributes: OrderAttributes },
): Orders {
  const wanted = Object.values(attributes).map((attribute, index) => [`#${index}`, attribute] as const);
  return {
    async order(merchantUid) {
      if (!canBeKey(merchantUid)) return undefined;
      const command = new GetItemCommand({
        TableName: name,
        Key: { [attributes.merchantUid]: { S: merchantUid } },
        ConsistentRead: true,
        ProjectionExpression: wanted.map(([placeholder]) => placeholder).join(', '),
        ExpressionAttributeNames: Object.fromEntries(wanted),
      });
      const { Item: item } = await reading('read an order', name, async () => client.send(command));
      return item && orderFromItem(merchantUid, item, attributes);
    },
  };
}

/** DynamoDB's limit of a partition key, in bytes. */
const KEY_MAX_BYTES = 2_048;

/** A number that cannot be a key belongs to no order: the table would refuse the request. */
function canBeKey(merchantUid: string): boolean {
  return merchantUid !== '' && merchantUid.isWellFormed() && Buffer.byteLength(merchantUid) <= KEY_MAX_BYTES;
}

/** An unreadable value counts as absent, and its name is reported. */
export function orderFromItem(merchantUid: string, item: OrderItem, attributes: OrderAttributes): OrderWord {
  const of = (name: keyof OrderAttributes) => item[attributes[name]];
  const customerId = textIn(of('customerId'));
  const amount = amountIn(of('amount'));
  const currency = currencyIn(of('currency'));
  const { impUids, areAllRead } = impUidsIn(of('impUid'));
  const isRead = {
    customerId: customerId !== undefined,
    amount: amount !== undefined,
    currency: currency !== undefined,
  };
  const unreadable = (['customerId', 'amount', 'currency'] as const)
    .filter((name) => !isRead[name] && !isNothing(of(name)))
    .map((name) => attributes[name]);
  return {
    merchantUid,
    ...omitMissing({ customerId, amount, currency }),
    impUids,
    unreadable: [...unreadable, ...(areAllRead ? [] : [attributes.impUid])],
  };
}

function isNothing(value: AttributeValue | undefined): boolean {
  return value === undefined || value.NULL === true || value.S === '';
}

/** Text, or the exact digits of a number. */
function textIn(value: AttributeValue | undefined): string | undefined {
  const text = value?.S ?? value?.N;
  return text === '' ? undefined : text;
}

/** "10,000" and " 14.20 " are amounts; "1,00" and "abc" are not. */
const PLAIN = /^\d+(\.\d+)?$/;
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/;

function amountIn(value: AttributeValue | undefined): number | undefined {
  const digits = textIn(value)?.trim() ?? '';
  if (PLAIN.test(digits)) return Number(digits);
  return GROUPED.test(digits) ? Number(digits.replaceAll(',', '')) : undefined;
}

function currencyIn(value: AttributeValue | undefined): string | undefined {
  const code = value?.S?.trim().toUpperCase();
  return code !== undefined && exponentOf(code) !== undefined ? code : undefined;
}

/** One text, a list or a set of texts, without duplicates. Readable elements of a list count. */
function impUidsIn(value: AttributeValue | undefined): {
  readonly impUids: readonly string[];
  readonly areAllRead: boolean;
} {
  if (value === undefined || isNothing(value)) return { impUids: [], areAllRead: true };
  const elements = value.L ?? value.SS?.map((S): AttributeValue => ({ S })) ?? [value];
  const told = elements.filter((element) => !isNothing(element));
  const impUids = told.flatMap(({ S }) => S ?? []);
  return { impUids: [...new Set(impUids)], areAllRead: impUids.length === told.length };
}
