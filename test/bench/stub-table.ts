/** DynamoDB as fast as it can be played: items in the wire's own form, updates applied without looking at conditions. */

interface Value {
  readonly S?: string;
  readonly N?: string;
  M?: Item;
}
type Item = Record<string, Value>;

interface Update {
  readonly Key: Item;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
}

interface Query {
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
}

export interface StubTable {
  readonly answer: (action: string, body: string) => object;
  /** Bytes of the last item written, as JSON: what its write units follow from. */
  readonly items: ReadonlyMap<string, Item>;
}

/** Orders of the benchmarks are there before they are asked for: 10,000 won, paid, nobody's but the customer's. */
export function paidItem(merchantUid: string): Item {
  return {
    merchant_uid: { S: merchantUid },
    imp_uid: { S: `imp_${merchantUid}` },
    customer_id: { S: 'customer' },
    status: { S: 'paid' },
    pay_method: { S: 'card' },
    pg_provider: { S: 'html5_inicis' },
    currency: { S: 'KRW' },
    amount: { N: '10000' },
    cancel_amount: { N: '0' },
    paid_at: { N: '1768435200' },
  };
}

const ORDERS = /^bench-/;

export function stubTable(): StubTable {
  const items = new Map<string, Item>();
  const read = (merchantUid: string): Item | undefined => {
    if (!items.has(merchantUid) && ORDERS.test(merchantUid)) items.set(merchantUid, paidItem(merchantUid));
    return items.get(merchantUid);
  };
  return {
    items,
    answer: (action, body) => {
      if (action === 'UpdateItem') return update(JSON.parse(body) as Update, read);
      const { ExpressionAttributeValues: values = {} } = JSON.parse(body) as Query;
      const item = read(Object.values(values)[0]?.S ?? '');
      return item === undefined ? { Count: 0, Items: [] } : { Count: 1, Items: [item] };
    },
  };
}

function update(request: Update, read: (merchantUid: string) => Item | undefined): object {
  const item = read(request.Key['merchant_uid']?.S ?? '') ?? { ...request.Key };
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = request;
  const [sets = '', removes = ''] = request.UpdateExpression.replace(/^SET /, '').split(/ ?REMOVE /);
  for (const [, path = '', value = ''] of sets.matchAll(/([#\w.]+) = (:\w+|if_not_exists\([^)]*\))/g)) {
    const isDefault = value.startsWith('if_not_exists');
    const [parent, last] = place(item, path, names);
    if (isDefault && parent[last] !== undefined) continue;
    const [name = ''] = /:\w+/.exec(value) ?? [];
    const set = values[name];
    if (set !== undefined) parent[last] = set;
  }
  for (const path of removes.split(', ').filter((each) => each !== '')) {
    const [parent, last] = place(item, path, names);
    delete parent[last];
  }
  return { Attributes: item };
}

function place(item: Item, path: string, names: Readonly<Record<string, string>>): [Item, string] {
  const steps = path.split('.').map((step) => names[step] ?? step);
  const parent = steps.slice(0, -1).reduce<Item>((at, step) => ((at[step] ??= { M: {} }).M ??= {}), item);
  return [parent, steps.at(-1) ?? ''];
}
