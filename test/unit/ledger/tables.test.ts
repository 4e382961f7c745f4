import { createHash } from 'node:crypto';
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { impKey, paymentKey, refundKey, serviceKey, type Key } from '../../../functions/ledger/keys.ts';
import { ledgerOn } from '../../../functions/ledger/ledger.ts';
import { planOf } from '../../../functions/ledger/plans.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import { leaseOn } from '../../../functions/ledger/service-items.ts';
import type { Item, Query, Table } from '../../../functions/ledger/table.ts';
import { whileAlone } from '../../../functions/protocol/resolver.ts';
import type { Write } from '../../../functions/protocol/write.ts';
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

describe.each([
  ['the table of the tests', new FakeTable(() => nowMs)],
  ['DynamoDB’s emulator', emulated.table],
] as const)('on %s', (_name, table) => {
  const ledger = ledgerOn(table);

  it('a token applies its transaction once, is forgotten after ten minutes, and belongs to no other transaction', async () => {
    const order = { merchantUid: 'tokens', impUid: 'imp_tokens' };
    const write = async (wanted: Write, token: string) =>
      table.transact({ what: wanted.kind, changes: planOf(wanted), token });
    const imports: Write = { kind: 'import', provider: theProvider([], order), atMs: MORNING_MS };
    const hears: Write = { kind: 'hear', payment: thePayment(order), atMs: MORNING_MS + 1 };
    // The token of a refused transaction stays usable, and its conditions are checked again each time.
    expect(await write(hears, 'hears')).toBe('refused');
    expect(await write(imports, 'imports')).toBe('applied');
    expect(await write(hears, 'hears')).toBe('applied');
    expect(await write(imports, 'imports')).toBe('applied');
    expect(await table.get(paymentKey(order))).toMatchObject({ looked_at_ms: MORNING_MS + 1 });
    await expect(write(hears, 'imports')).rejects.toThrow('Bug: ');
    nowMs += 10 * 60_000 - 1;
    expect(await write(imports, 'imports')).toBe('applied');
    nowMs += 10 * 60_000 + 1;
    expect(await write(imports, 'imports')).toBe('refused');
  });

  const placed = (merchantUid: string, index: number) => ({
    merchantUid,
    impUid: IMP_UID,
    refundId: `rf_${merchantUid}_${String(index).padStart(2, '0')}`,
    requestedAtMs: MORNING_MS + index,
    resolveAtMs: MORNING_MS + 100 - index,
  });

  /** Writes only the refunds' items, as a claim does. */
  async function filled(...refunds: readonly RequestedRefund[]): Promise<void> {
    for (const refund of refunds) {
      const change = { key: refundKey(refund), when: {}, put: refundToItem(refund) };
      await table.transact({ what: 'fill', changes: [change], token: newToken() });
    }
  }

  it('the refunds of a payment come in the order of the requests, page after page', async () => {
    const order = { merchantUid: 'pages', impUid: IMP_UID };
    const three = [1, 2, 3].map((index) => requested(placed('pages', index)));
    const [first, second, third] = three as [RequestedRefund, RequestedRefund, RequestedRefund];
    await filled(...three);
    expect(await ledger.refundsInOrder(order, { limit: 2 })).toEqual([second, third]);
    expect(await ledger.refundsInOrder(order, { limit: 2, before: second })).toEqual([first]);
    expect(await ledger.refundsInOrder(order, { limit: 1, before: third })).toEqual([second]);
    const since = { limit: 9, sinceMs: MORNING_MS + 2 };
    expect(await ledger.refundsInOrder(order, since)).toEqual([second, third]);
    expect(await ledger.refundsInOrder(order, { ...since, before: first })).toEqual([]);
  });

  it('refunds of another payment of the order are left out, whatever its name begins with', async () => {
    const order = { merchantUid: 'names', impUid: IMP_UID };
    const longer = { ...order, impUid: `${IMP_UID}0` };
    const other = requested({ ...placed('names', 2), ...longer });
    await filled(requested(placed('names', 1)), other);
    expect(await ledger.refundsInOrder(order, { limit: 9 })).toHaveLength(1);
    expect(await ledger.allRefunds(order)).toEqual([requested(placed('names', 1))]);
    expect(await ledger.allRefunds(longer)).toEqual([other]);
    // By its id alone.
    const { refundId } = other;
    expect(await ledger.refundById(refundId)).toEqual({ ...longer, refundId });
    expect(await ledger.refundById('rf_nobody')).toBeUndefined();
  });

  it('open refunds of every shard come with the time of their next look', async () => {
    const many = Array.from({ length: 40 }, (_, index) => placed('open', index));
    await filled(...many.map((names) => requested(names)));
    const found = (await ledger.openRefunds()).filter(({ merchantUid }) => merchantUid === 'open');
    const keys = many.map(({ requestedAtMs: listedAtMs, ...key }) => ({ ...key, listedAtMs }));
    expect(found.toSorted((a, b) => (a.refundId < b.refundId ? -1 : 1))).toEqual(keys);
  });

  it('all payments of an order are read, and no other', async () => {
    for (const impUid of ['imp_1', 'imp_2']) {
      const provider = theProvider([entryOf(5)], { merchantUid: 'several', impUid });
      await ledger.write({ kind: 'import', provider, atMs: MORNING_MS }, newToken());
    }
    const payments = await ledger.payments('several');
    expect(payments.map(({ impUid }) => impUid)).toEqual(['imp_1', 'imp_2']);
    expect(await ledger.payments('nobody')).toEqual([]);
    expect(await ledger.payment({ merchantUid: 'several', impUid: 'imp_3' })).toBeUndefined();
    expect(await ledger.orderOf('imp_3')).toBeUndefined();
  });

  it('an order of many megabytes is read to its end', async () => {
    const reason = 'x'.repeat(390_000);
    const big = Array.from({ length: 5 }, (_, index) => ({ ...placed('large', index), reason }));
    await filled(...big.map((each) => requested(each)));
    const order = { merchantUid: 'large', impUid: IMP_UID };
    const ids = big.map(({ refundId }) => refundId);
    expect((await ledger.allRefunds(order)).map(({ refundId }) => refundId)).toEqual(ids);
    expect(await ledger.refundsInOrder(order, { limit: 4 })).toHaveLength(4);
    const { pk: partition } = paymentKey(order);
    expect(await table.query({ partition, limit: 4 })).toHaveLength(4);
  });

  it('a lease is one owner’s until that owner gives it back or it expires', async () => {
    const lease = leaseOn(table, 'work');
    const take = async (owner: string, takenAtMs: number) =>
      lease.take({ owner, nowMs: takenAtMs, untilMs: takenAtMs + 58_000 });
    expect([await take('a', 0), await take('b', 0)]).toEqual([true, false]);
    // A write repeated after a lost answer.
    expect(await take('a', 0)).toBe(true);
    await lease.giveBack('b');
    expect(await take('b', 57_999)).toBe(false);
    await lease.giveBack('a');
    expect(await take('b', 1)).toBe(true);
    expect(await take('a', 58_001)).toBe(true);
    await lease.giveBack('b');
    expect(await take('b', 58_002)).toBe(false);
  });

  it('the notes of reconciliation are saved only when nobody has changed them since they were read', async () => {
    expect(await ledger.reconciliation()).toEqual({});
    const save = async (version: string, before?: string) =>
      ledger.saveReconciliation('full', { version }, before);
    expect(await save('b', 'a')).toBe(false);
    expect(await save('a')).toBe(true);
    expect(await save('b')).toBe(false);
    expect(await ledger.reconciliation()).toEqual({ full: { version: 'a' } });
    // Another window is another item, and a repeated save of the same version is saved already.
    expect(await ledger.saveReconciliation('recent', { version: 'c' }, undefined)).toBe(true);
    expect([await save('b', 'a'), await save('b', 'a')]).toEqual([true, true]);
    expect(await ledger.reconciliation()).toEqual({ full: { version: 'b' }, recent: { version: 'c' } });
  });

  it('the latest acknowledgement of a finding is kept, and other findings have none', async () => {
    const said = { id: 'fd_1', digest: 'd1', by: 'staff-1', note: 'seen at the PG', atMs: MORNING_MS };
    const last = { ...said, digest: 'd2', by: 'staff-2', note: '다시 확인함', atMs: MORNING_MS + 1 };
    for (const each of [said, { ...said, id: 'fd_2' }, last]) await ledger.acknowledge(each);
    expect(await ledger.acknowledgements(['fd_1', 'fd_3'])).toEqual([last]);
  });

  it('look-ups are counted up to the limit per window and caller, without the caller’s name, and deleted after two windows', async () => {
    const count = async (sub: string, limit = 2, windowStartMs = MORNING_MS) =>
      ledger.countLookUp({ sub, limit, windowStartMs, windowMs: 60_000 });
    const name = '김철수@example.com';
    expect([await count(name), await count(name), await count(name)]).toEqual([true, true, false]);
    expect(await count('another')).toBe(true);
    expect(await count(name, 2, MORNING_MS + 60_000)).toBe(true);
    expect(await count(name, 3)).toBe(true);
    const caller = createHash('sha256').update(name).digest('base64url');
    const item = await table.get(serviceKey(`lookups#${caller}`, String(MORNING_MS)));
    expect(item).toMatchObject({ count: 3, expires_at: MORNING_MS / 1000 + 120 });
    expect(JSON.stringify(item)).not.toContain('example.com');
  });
});

it('when two runs begin at once, one works and the other ends; the lease is returned also when the work fails', async () => {
  const lease = leaseOn(new FakeTable(), 'work');
  const run = async (owner: string, work: () => Promise<string>) =>
    whileAlone(work, MORNING_MS, { lease, newId: () => owner, now: () => 0 });
  const end = Promise.withResolvers<string>();
  const first = run('a', async () => end.promise);
  expect(await run('b', async () => 'works, too')).toBeUndefined();
  end.reject(new Error('no index'));
  await expect(first).rejects.toThrow('no index');
  expect(await run('c', async () => 'works')).toBe('works');
});
