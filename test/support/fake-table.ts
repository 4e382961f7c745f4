import { marshall } from '@aws-sdk/util-dynamodb';
import { DEFAULT_ORDER_ATTRIBUTES, LEDGER_TABLE, keysOf, type Key } from '../../functions/ledger/keys.ts';
import { ledgerOn } from '../../functions/ledger/ledger.ts';
import { orderFromItem, type OrderItem } from '../../functions/ledger/orders.ts';
import type {
  Change,
  Condition,
  Item,
  Outcome,
  Query,
  Table,
  Transaction,
  Update,
} from '../../functions/ledger/table.ts';
import type { Ledger, Orders } from '../../functions/protocol/ports.ts';
import type { OrderWord } from '../../functions/refund/order.ts';

/** A transaction on its way to the table. */
export interface Arrival extends Transaction {
  /** Applies the transaction at this moment; may be called once per arrival. */
  readonly apply: () => Outcome;
}

/** One item that a transaction changed. */
export interface Changed {
  readonly before: Item | undefined;
  readonly after: Item;
}

/** How long DynamoDB remembers a token. */
const TOKEN_LASTS_MS = 10 * 60_000;

/**
 * The ledger's table in memory. It runs the plans that the real store renders for DynamoDB: it evaluates their conditions,
 * applies all changes or none, remembers tokens and has the indexes. It is synchronous inside; its hooks simulate the network.
 */
export class FakeTable implements Table {
  readonly #partitions = new Map<string, Map<string, Item>>();
  readonly #tokens = new Map<string, { readonly changes: readonly Change[]; readonly atMs: number }>();
  readonly now: () => number;
  /** Called for every transaction: a test may delay it, copy it, lose its answer (throw after `apply`) or refuse it. */
  arrives: (arrival: Arrival) => Outcome | Promise<Outcome> = ({ apply }) => apply();
  /** Called after every applied transaction. */
  watched: (changed: readonly Changed[], transaction: Transaction) => void = () => {};

  constructor(now: () => number = () => 0) {
    this.now = now;
  }

  /** The ledger on this table. */
  ledger(): Ledger {
    return ledgerOn(this);
  }

  get items(): readonly Item[] {
    return [...this.#partitions.values()].flatMap((items) => [...items.values()]);
  }

  item({ pk, sk }: Key): Item | undefined {
    return this.#partitions.get(pk)?.get(sk);
  }

  put(item: Item): void {
    const { pk, sk } = item as unknown as Key;
    const partition = this.#partitions.get(pk) ?? new Map<string, Item>();
    this.#partitions.set(pk, partition.set(sk, item));
  }

  /** Removes an item, like a restore to a moment within a transaction. */
  lose({ pk, sk }: Key): void {
    this.#partitions.get(pk)?.delete(sk);
  }

  async get(key: Key): Promise<Item | undefined> {
    return Promise.resolve(this.item(key));
  }

  async query({ index, partition, between, descending, limit }: Query): Promise<readonly Item[]> {
    const { partitionKey, sortKey = 'sk' } = keysOf(index);
    const ofTable = partitionKey === 'pk';
    const found = (ofTable ? [...(this.#partitions.get(partition)?.values() ?? [])] : this.items)
      .filter((item) => item[partitionKey] === partition && item[sortKey] !== undefined)
      .filter((item) => between === undefined || isWithin(item[sortKey], between))
      .toSorted((a, b) => inOrder(sortKey, a, b));
    return Promise.resolve((descending === true ? found.toReversed() : found).slice(0, limit));
  }

  async transact(transaction: Transaction): Promise<Outcome> {
    return this.arrives({ ...transaction, apply: () => this.apply(transaction) });
  }

  async change(_what: string, update: Update): Promise<boolean> {
    const before = this.item(update.key);
    const isMade = allHold(before, update);
    if (isMade) this.put(changed(before, update));
    return Promise.resolve(isMade);
  }

  apply(transaction: Transaction): Outcome {
    const { changes } = transaction;
    refuseInvalid(transaction);
    const known = this.#tokens.get(transaction.token);
    if (known !== undefined && this.now() - known.atMs < TOKEN_LASTS_MS) {
      const isSame = JSON.stringify(known.changes) === JSON.stringify(transaction.changes);
      if (!isSame) throw new Error('Bug: one token for two transactions');
      return 'applied';
    }
    if (!changes.every((change) => allHold(this.item(change.key), change))) return 'refused';
    const done = changes.map((change): Changed => {
      const before = this.item(change.key);
      const after = changed(before, change);
      this.put(after);
      return { before, after };
    });
    this.#tokens.set(transaction.token, { changes: transaction.changes, atMs: this.now() });
    this.watched(done, transaction);
    return 'applied';
  }
}

function allHold(item: Item | undefined, { when }: Change): boolean {
  return Object.values(when).every((condition) => holds(item, condition));
}

function holds(item: Item | undefined, condition: Condition): boolean {
  if (condition.test === 'any') return condition.of.some((each) => holds(item, each));
  const stored = item?.[condition.attribute];
  if (!('value' in condition)) return (stored === undefined) === (condition.test === 'absent');
  if (condition.test === 'equals') return stored === condition.value;
  // As in DynamoDB: values of different types have no order.
  if (typeof stored !== 'number' || typeof condition.value !== 'number') return false;
  return condition.test === 'below' ? stored < condition.value : stored <= condition.value;
}

function changed(before: Item | undefined, change: Change): Item {
  if ('put' in change) return change.put;
  const after: Record<string, unknown> = { ...before, ...change.key, ...change.set };
  for (const attribute of change.remove ?? []) delete after[attribute];
  for (const [attribute, value] of Object.entries(change.add ?? {})) {
    // DynamoDB adds decimals exactly; no currency has more than four.
    after[attribute] = Number((Number(after[attribute] ?? 0) + value).toFixed(4));
  }
  return after;
}

/** Requests for which DynamoDB answers a ValidationException, as far as a plan could cause one. */
function refuseInvalid({ changes, token }: Transaction): void {
  if (token === '' || token.length > 36) throw new Error('Bug: a token has 1 to 36 characters');
  const keys = new Set(changes.map(({ key }) => `${key.pk}\n${key.sk}`));
  if (keys.size < changes.length) throw new Error('Bug: a transaction names an item once');
  for (const change of changes) {
    const values = 'put' in change ? change.put : (change.set ?? {});
    for (const [attribute, type] of Object.entries(LEDGER_TABLE.attributes)) {
      const value = values[attribute];
      const isRight = type === 'S' ? typeof value === 'string' && value !== '' : typeof value === 'number';
      if (value !== undefined && !isRight) throw new Error(`Bug: ${attribute} cannot be a key`);
    }
    if ('put' in change) continue;
    const named = [...Object.keys(values), ...(change.remove ?? []), ...Object.keys(change.add ?? {})];
    if (named.length === 0) throw new Error('Bug: an update changes something');
    if (new Set(named).size < named.length) throw new Error('Bug: an update names an attribute once');
  }
}

type Range = NonNullable<Query['between']>;

function isWithin(value: unknown, [first, last]: Range): boolean {
  return compared(value, first) >= 0 && compared(value, last) <= 0;
}

function inOrder(sortKey: string, a: Item, b: Item): number {
  return compared(a[sortKey], b[sortKey]) || compared(a['pk'], b['pk']) || compared(a['sk'], b['sk']);
}

function compared(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

/** The shop's table in memory, read by the code that reads the real one. */
export class FakeOrders implements Orders {
  readonly #items = new Map<string, OrderItem>();

  /** Writes an item as the shop does. */
  put(item: Item & { readonly merchant_uid: string }): void {
    this.#items.set(item.merchant_uid, marshall(item, { removeUndefinedValues: true }));
  }

  word(merchantUid: string): OrderWord | undefined {
    const item = this.#items.get(merchantUid);
    return item && orderFromItem(merchantUid, item, DEFAULT_ORDER_ATTRIBUTES);
  }

  async order(merchantUid: string): Promise<OrderWord | undefined> {
    return Promise.resolve(this.word(merchantUid));
  }
}
