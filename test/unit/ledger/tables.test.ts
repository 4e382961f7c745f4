import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { impKey, paymentKey, refundKey, type Key } from '../../../functions/ledger/keys.ts';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { planOf } from '../../../functions/ledger/plans.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Item, Query, Table } from '../../../functions/ledger/table.ts';
import type { OpenRefund } from '../../../functions/protocol/ports.ts';
import type { RequestedRefund } from '../../../functions/refund/refund.ts';
import { emulatedLedger } from '../../support/emulated-ledger.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { ALL_WRITES, STATES, type State } from '../../support/ledger-cases.ts';
import {
  elsewhere,
  entryOf,
  IMP_UID,
  KEY,
  MORNING_MS,
  REFUND_ID,
  requested,
  thePayment,
  theProvider,
} from '../../support/ledger-samples.ts';

let nowMs = MORNING_MS;
const emulated = await emulatedLedger(() => nowMs);
afterAll(async () => emulated.end());

const KEYS: readonly Key[] = [
  paymentKey(KEY),
  impKey(IMP_UID),
  refundKey({ ...KEY, refundId: REFUND_ID }),
  refundKey(elsewhere()),
];

function keyOf({ pk, sk }: Item): string {
  return `${String(pk)} ${String(sk)}`;
}

/** Makes both tables hold exactly these items. */
async function both({ items }: State): Promise<FakeTable> {
  const fake = new FakeTable(() => nowMs);
  for (const item of items) fake.put(item);
  const kept = new Set(items.map(keyOf));
  const gone = KEYS.filter((key) => !kept.has(keyOf({ ...key })));
  const writes = [
    ...items.map((item) => ({ PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) } })),
    ...gone.map((key) => ({ DeleteRequest: { Key: marshall(key) } })),
  ];
  await emulated.client.send(new BatchWriteItemCommand({ RequestItems: { [emulated.name]: writes } }));
  return fake;
}

const INDEXES: readonly Query[] = [
  { index: 'by_request', partition: paymentKey(KEY).pk, descending: true },
  { index: 'open_refunds', partition: 'open#0' },
  { index: 'open_refunds', partition: 'open#1' },
  { index: 'by_refund_id', partition: REFUND_ID },
];

/** Everything that can be read; of an index only the keys, because it may project only some attributes. */
async function contents(table: Table): Promise<unknown> {
  const items = await table.query({ partition: paymentKey(KEY).pk });
  const indexed = INDEXES.map(async (query) => (await table.query(query)).map(keyOf));
  return { items, name: await table.get(impKey(IMP_UID)), indexed: await Promise.all(indexed) };
}

let tokens = 0;
function newToken(): string {
  tokens += 1;
  return `token-${tokens}`;
}

describe('the table of the tests behaves like DynamoDB’s emulator', () => {
  it.for(ALL_WRITES)(
    'both do the same with $name, where it is applied and where it is refused',
    async ({ name, write }) => {
      const changes = planOf(write);
      const isApplied = ({ items }: State): boolean => {
        const fake = new FakeTable();
        for (const item of items) fake.put(item);
        return fake.apply({ what: name, changes, token: 'token' }) === 'applied';
      };
      const isRefused = (state: State): boolean => !isApplied(state);
      const middle = STATES.slice(STATES.length / 2).find(isRefused);
      for (const state of [STATES.find(isApplied), middle, STATES.findLast(isRefused)]) {
        if (state === undefined) throw new Error('Bug: a write is neither always applied nor never');
        const fake = await both(state);
        const transaction = { what: name, changes, token: newToken() };
        const outcomes = [await emulated.table.transact(transaction), await fake.transact(transaction)];
        expect([state.name, outcomes[0]]).toEqual([state.name, outcomes[1]]);
        expect(await contents(emulated.table)).toEqual(await contents(fake));
      }
    },
  );
});

const EMPTY: State = { name: 'empty', items: [] };

describe.each([
  ['the table of the tests', async () => both(EMPTY)],
  ['DynamoDB’s emulator', async () => (await both(EMPTY), emulated.table)],
] as const)('a token, on %s', (_name, empty) => {
  const provider = theProvider();
  const [imports] = [planOf({ kind: 'import', provider, atMs: MORNING_MS })];
  const hears = planOf({ kind: 'hear', payment: thePayment(), atMs: MORNING_MS + 1 });

  it('the same transaction with the same token is reported as applied and changes nothing', async () => {
    const table = await empty();
    const first = { what: 'import', changes: imports, token: newToken() };
    expect(await table.transact(first)).toBe('applied');
    expect(await table.transact({ what: 'hear', changes: hears, token: newToken() })).toBe('applied');
    expect(await table.transact(first)).toBe('applied');
    expect(await table.get(paymentKey(KEY))).toMatchObject({ looked_at_ms: MORNING_MS + 1 });
  });

  it('the token of a refused transaction stays usable, and its conditions are checked again each time', async () => {
    const table = await empty();
    const hear = { what: 'hear', changes: hears, token: newToken() };
    expect(await table.transact(hear)).toEqual({});
    await table.transact({ what: 'import', changes: imports, token: newToken() });
    expect(await table.transact(hear)).toBe('applied');
  });

  it('one token for two transactions is a defect', async () => {
    const table = await empty();
    const token = newToken();
    await table.transact({ what: 'import', changes: imports, token });
    await expect(table.transact({ what: 'hear', changes: hears, token })).rejects.toThrow('Bug: one token');
  });

  it('a token is forgotten after ten minutes; then only the conditions decide', async () => {
    const table = await empty();
    const first = { what: 'import', changes: imports, token: newToken() };
    await table.transact(first);
    nowMs += 10 * 60_000 - 1;
    expect(await table.transact(first)).toBe('applied');
    nowMs += 10 * 60_000 + 1;
    expect(await table.transact(first)).toEqual({});
  });
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function anotherEmulated(): Promise<Table> {
  const another = await emulatedLedger();
  ends.push(another.end);
  return another.table;
}

/** Only the refund's item, as a claim writes it. */
async function fill(table: Table, refund: RequestedRefund): Promise<void> {
  const change = { key: refundKey(refund), when: {}, put: refundToItem(refund) };
  expect(await table.transact({ what: 'fill', changes: [change], token: newToken() })).toBe('applied');
}

describe.each([
  ['the table of the tests', async () => Promise.resolve(new FakeTable())],
  ['DynamoDB’s emulator', anotherEmulated],
] as const)('reads, on %s', (_name, empty) => {
  const order = KEY;
  const placed = (index: number) => ({
    ...order,
    refundId: `rf_${String(index).padStart(24, '0')}`,
    requestedAtMs: MORNING_MS + index,
    resolveAtMs: MORNING_MS + 10 - index,
  });

  async function filled(...items: readonly RequestedRefund[]) {
    const table = await empty();
    for (const item of items) await fill(table, item);
    return ledgerOn(table);
  }

  const three = () => [1, 2, 3].map((index) => requested(placed(index)));

  it('the refunds of a payment come in the order of the requests, page after page', async () => {
    const ledger = await filled(...three());
    const [first, second, third] = three();
    expect(await ledger.refundsInOrder(order, { limit: 2 })).toEqual([second, third]);
    expect(await ledger.refundsInOrder(order, { limit: 2, before: second! })).toEqual([first]);
    expect(await ledger.refundsInOrder(order, { limit: 1, before: third! })).toEqual([second]);
    const since = { limit: 9, sinceMs: MORNING_MS + 2 };
    expect(await ledger.refundsInOrder(order, since)).toEqual([second, third]);
    expect(await ledger.refundsInOrder(order, { ...since, before: first! })).toEqual([]);
  });

  it('refunds of another payment of the order are left out, whatever its name begins with', async () => {
    const longer = { ...order, impUid: `${IMP_UID}0` };
    const ledger = await filled(requested(placed(1)), requested({ ...placed(2), ...longer }));
    expect(await ledger.refundsInOrder(order, { limit: 9 })).toHaveLength(1);
    expect(await ledger.allRefunds(order)).toEqual([requested(placed(1))]);
    expect(await ledger.allRefunds(longer)).toEqual([requested({ ...placed(2), ...longer })]);
    // By its id alone.
    const { refundId } = placed(2);
    expect(await ledger.refundById(refundId)).toEqual({ ...longer, refundId });
    expect(await ledger.refundById('rf_nobody')).toBeUndefined();
  });

  it('open refunds of every shard come with the time of their next look', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...placed(1), refundId: `rf_${index}` }));
    const ledger = await filled(...many.map((names) => requested(names)));
    const keys = many.map(({ requestedAtMs: listedAtMs, ...key }) => ({ ...key, listedAtMs }));
    const byId = (a: OpenRefund, b: OpenRefund) => (a.refundId < b.refundId ? -1 : 1);
    expect((await ledger.openRefunds()).toSorted(byId)).toEqual(keys.toSorted(byId));
  });

  it('all payments of an order are read, and no other', async () => {
    const ledger = await filled();
    for (const impUid of ['imp_1', 'imp_2']) {
      const provider = theProvider([entryOf(5)], { ...order, impUid });
      await ledger.write({ kind: 'import', provider, atMs: MORNING_MS }, newToken());
    }
    const payments = await ledger.payments(order.merchantUid);
    expect(payments.map(({ impUid }) => impUid)).toEqual(['imp_1', 'imp_2']);
    expect(await ledger.payments('nobody')).toEqual([]);
    expect(await ledger.payment({ ...order, impUid: 'imp_3' })).toBeUndefined();
    expect(await ledger.orderOf('imp_3')).toBeUndefined();
  });
});

describe('an order of any size', () => {
  it('an order is read to its end over all pages', async () => {
    const big = { merchantUid: 'large', impUid: IMP_UID };
    const reason = 'x'.repeat(390_000);
    const items = ['a', 'b', 'c', 'd', 'e'].map((id) => requested({ ...big, refundId: `rf_${id}`, reason }));
    for (const item of items) await fill(emulated.table, item);
    emulated.actions.length = 0;
    const ledger = ledgerOn(emulated.table);
    expect((await ledger.allRefunds(big)).map(({ refundId }) => refundId)).toEqual(
      items.map(({ refundId }) => refundId),
    );
    expect(await ledger.refundsInOrder(big, { limit: 4 })).toHaveLength(4);
    expect(emulated.actions.length).toBeGreaterThan(2);
  });
});
