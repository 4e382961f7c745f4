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
  const unreadable: string[] = [];
  const read = <T>(name: keyof OrderAttributes, reader: (value: AttributeValue) => T | undefined) => {
    const value = item[attributes[name]];
    if (value === undefined || isNothing(value)) return undefined;
    const word = reader(value);
    if (word === undefined) unreadable.push(attributes[name]);
    return word;
  };
  const customerId = read('customerId', textIn);
  const amount = read('amount', amountIn);
  const currency = read('currency', currencyIn);
  const elements = elementsIn(item[attributes.impUid]).filter((element) => !isNothing(element));
  // Readable elements of a list count.
  const impUids = elements.flatMap(({ S }) => S ?? []);
  if (impUids.length < elements.length) unreadable.push(attributes.impUid);
  const word = omitMissing({ customerId, amount, currency });
  return { merchantUid, ...word, impUids: [...new Set(impUids)], unreadable };
}

function isNothing({ NULL: isNull, S: text }: AttributeValue): boolean {
  return isNull === true || text === '';
}

/** Text, or the exact digits of a number. */
function textIn({ S: text, N: digits }: AttributeValue): string | undefined {
  return text ?? digits;
}

/** "10,000" and " 14.20 " are amounts; "1,00" and "abc" are not. */
const PLAIN = /^\d+(\.\d+)?$/;
const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/;

function amountIn(value: AttributeValue): number | undefined {
  const digits = textIn(value)?.trim() ?? '';
  return PLAIN.test(digits) || GROUPED.test(digits) ? Number(digits.replaceAll(',', '')) : undefined;
}

function currencyIn(value: AttributeValue): string | undefined {
  const code = value.S?.trim().toUpperCase();
  return code !== undefined && exponentOf(code) !== undefined ? code : undefined;
}

/** One text, a list or a set of texts. */
function elementsIn(value: AttributeValue = { NULL: true }): readonly AttributeValue[] {
  return value.L ?? value.SS?.map((S) => ({ S })) ?? [value];
}
