/** A minimal fast DynamoDB: items in wire form, writes without checking conditions. */

interface Value {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly L?: readonly Value[];
}
type Item = Record<string, Value>;

interface Expressions {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
}

interface Update extends Expressions {
  readonly Key: Item;
  readonly UpdateExpression: string;
}

interface Request extends Expressions {
  readonly Key?: Item;
  readonly TransactItems?: readonly { readonly Put?: { readonly Item: Item }; readonly Update?: Update }[];
}

const ORDERS = /^bench-/;

/** Payments of the benchmarks are there before they are asked for: 10,000 won, paid, nobody's but the customer's. */
function paidItem(merchantUid: string): Item {
  const impUid = `imp_${merchantUid}`;
  return {
    pk: { S: `order#${merchantUid}` },
    sk: { S: `payment#${impUid}` },
    merchant_uid: { S: merchantUid },
    imp_uid: { S: impUid },
    status: { S: 'paid' },
    is_paid: { BOOL: true },
    pay_method: { S: 'card' },
    pg_provider: { S: 'html5_inicis' },
    currency: { S: 'KRW' },
    amount: { N: '10000' },
    cancel_amount: { N: '0' },
    paid_at: { N: '1768435200' },
    cancel_history: { L: [] },
    has_promotion: { BOOL: false },
    sandbox: { BOOL: false },
  };
}

function nameOf({ pk, sk }: Item): string {
  return JSON.stringify([pk?.S, sk?.S]);
}

export function stubTable(): (action: string, body: string) => object {
  const items = new Map<string, Item>();
  const payment = (merchantUid: string): Item | undefined => {
    if (!ORDERS.test(merchantUid)) return undefined;
    const item = paidItem(merchantUid);
    const known = items.get(nameOf(item)) ?? item;
    items.set(nameOf(item), known);
    return known;
  };
  const found = (item: Item | undefined): object => (item === undefined ? {} : { Item: item });
  const answers: Readonly<Record<string, (request: Request) => object>> = {
    GetItem: ({ Key = {} }) => {
      const order = Key['merchant_uid'];
      if (order === undefined) return found(items.get(nameOf(Key)));
      return found(ORDERS.test(order.S ?? '') ? { ...Key, customer_id: { S: 'customer' } } : undefined);
    },
    Query: ({ ExpressionAttributeValues: values = {} }) => {
      const item = payment((values[':partition']?.S ?? '').slice('order#'.length));
      return item === undefined ? { Count: 0, Items: [] } : { Count: 1, Items: [item] };
    },
    TransactWriteItems: ({ TransactItems = [] }) => {
      for (const { Put, Update } of TransactItems) {
        if (Put !== undefined) items.set(nameOf(Put.Item), Put.Item);
        if (Update !== undefined) {
          items.set(nameOf(Update.Key), updated(items.get(nameOf(Update.Key)) ?? Update.Key, Update));
        }
      }
      return {};
    },
  };
  return (action, body) => answers[action]?.(JSON.parse(body) as Request) ?? {};
}

function updated(item: Item, update: Update): Item {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = update;
  const after = { ...item };
  const [sets = '', removes = ''] = update.UpdateExpression.replace(/^SET /, '').split(/ ?REMOVE /);
  for (const [, name = '', value = ''] of sets.matchAll(/([#\w]+) = (:\w+)/g)) {
    const set = values[value];
    if (set !== undefined) after[names[name] ?? name] = set;
  }
  for (const name of removes.split(', ')) delete after[names[name] ?? name];
  return after;
}
