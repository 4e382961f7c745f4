import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDbPaymentsStore } from '../../functions/payments-store/dynamodb-payments-store.ts';
import type { PaymentsStore } from '../../functions/protocol/ports.ts';
import type { Write } from '../../functions/protocol/write.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import { planService } from '../../lib/lab/local/template/plan.ts';
import { MemoryStore, shopItem, type Item } from '../support/memory-store.ts';
import { MORNING_MS, samplePending } from '../support/samples.ts';
import { synthesized } from './support/assembly.ts';
import { REGION, startMoto, type Moto } from './support/moto.ts';
import { KINDS, providerOf, SAMPLES, STATES } from './support/sample-writes.ts';

const SHARDS = 2;
let moto: Moto;
let tableName: string;
let store: PaymentsStore;
const memory = new MemoryStore(SHARDS);

beforeAll(async () => {
  const stack = await synthesized();
  moto = await startMoto();
  const [table] = planService(stack, REGION).tables;
  if (table === undefined) throw new Error('Bug: a template without a table');
  await moto.createTable(table);
  tableName = table.name;
  store = dynamoDbPaymentsStore(moto.documents, { tableName, shards: SHARDS });
  await stack.end();
});
afterAll(async () => moto.end());

async function put(item: Item): Promise<void> {
  memory.put(item);
  await moto.documents.send(new PutCommand({ TableName: tableName, Item: item }));
}

async function rawItem(merchantUid: string): Promise<Item | undefined> {
  const Key = { merchant_uid: merchantUid, imp_uid: `imp_${merchantUid}` };
  return (await moto.documents.send(new GetCommand({ TableName: tableName, Key }))).Item;
}

async function read(merchantUid: string): Promise<Payment> {
  const order = await store.order(merchantUid);
  expect(order).toEqual(await memory.order(merchantUid));
  const [payment] = order.payments;
  if (payment === undefined) throw new Error('Bug: the payment is there');
  return payment;
}

/** In both tables alike. */
async function write(wanted: Write): Promise<Payment | 'condition_failed'> {
  const [real, remembered] = [await store.write(wanted), await memory.write(wanted)];
  expect(real).toEqual(remembered);
  return real;
}

describe('the store on moto, against the table in memory that the proofs use', () => {
  const pairs = Object.keys(STATES).flatMap((state) => KINDS.map((kind) => [kind, state] as const));

  it.each(pairs)('a %s on a payment that is %s: applied or not, the same', async (kind, state) => {
    const merchantUid = `${kind}-${state}`.replaceAll(' ', '_');
    const provider = providerOf(merchantUid);
    await put(shopItem(merchantUid));
    for (const step of STATES[state] ?? []) {
      expect(await write(step(await read(merchantUid), provider))).not.toBe('condition_failed');
    }
    await write(SAMPLES[kind](await read(merchantUid), provider));
    expect(await rawItem(merchantUid)).toEqual(memory.item(merchantUid));
    await read(merchantUid);
  });

  it('every kind of write is applied on some state and refused on another', async () => {
    const applied = new Set<string>();
    const refused = new Set<string>();
    for (const state of Object.keys(STATES)) {
      for (const kind of KINDS) {
        const alone = new MemoryStore(SHARDS);
        const provider = providerOf('alone');
        alone.put(shopItem('alone'));
        for (const make of [...(STATES[state] ?? []), SAMPLES[kind]]) {
          const [payment] = (await alone.order('alone')).payments;
          if (payment === undefined) throw new Error('Bug: the payment is there');
          const isLast = make === SAMPLES[kind];
          const after = await alone.write(make(payment, provider));
          if (isLast) (after === 'condition_failed' ? refused : applied).add(kind);
        }
      }
    }
    // Every state has the payment already; and a look for a webhook was judged by the state that was just read.
    expect(KINDS.filter((kind) => !applied.has(kind))).toEqual(['insert']);
    expect(KINDS.filter((kind) => !refused.has(kind))).toEqual(['hear']);
  });

  it('an insert is applied once, and refused where the payment is', async () => {
    const provider = providerOf('inserted');
    expect(await write({ kind: 'insert', provider })).toMatchObject({ impUid: 'imp_inserted' });
    expect(await write({ kind: 'insert', provider })).toBe('condition_failed');
  });

  it('of fifty claims that race, one wins', async () => {
    await put(shopItem('raced'));
    const payment = await read('raced');
    const claims = Array.from({ length: 50 }, (_each, index): Write => {
      const pending = samplePending({ claimId: `claim-${index}`, refundId: `rf_${index}` });
      return { kind: 'claim', payment, pending, evict: [] };
    });
    const told = await Promise.all(claims.map(async (claim) => store.write(claim)));
    const winners = told.filter((each) => each !== 'condition_failed');
    expect(winners.length).toBe(1);
    expect((await store.order('raced')).payments[0]?.pending?.claimId).toBe(winners[0]?.pending?.claimId);
  });

  it('names the table and the cause where the table is missing', async () => {
    const missing = dynamoDbPaymentsStore(moto.documents, { tableName: 'no-such-table', shards: SHARDS });
    await expect(missing.order('any')).rejects.toThrow(/no-such-table: ResourceNotFoundException/);
  });
});

describe('open refunds on moto', () => {
  it('are listed page by page, longest due first, each once and only while they are open', async () => {
    const names = Array.from({ length: 25 }, (_each, index) => `open-${index}`);
    for (const [index, name] of names.entries()) {
      await put(shopItem(name));
      const payment = await read(name);
      // Some of them due at the very same time.
      const resolveAtMs = MORNING_MS + Math.floor(index / 3);
      await write({ kind: 'claim', payment, pending: samplePending({ resolveAtMs }), evict: [] });
    }
    await write(SAMPLES.release(await read('open-7'), providerOf('open-7')));
    const listed: string[] = [];
    for (let shard = 0; shard < SHARDS; shard += 1) {
      let after: Awaited<ReturnType<PaymentsStore['openRefunds']>>[number] | undefined;
      let lastMs = 0;
      for (;;) {
        const query = { shard, dueMs: MORNING_MS + 100, limit: 4, ...(after === undefined ? {} : { after }) };
        const page = await store.openRefunds(query);
        for (const { merchantUid, resolveAtMs } of page) {
          expect(resolveAtMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = resolveAtMs;
          listed.push(merchantUid);
        }
        after = page.at(-1);
        if (page.length < query.limit) break;
      }
    }
    const ours = listed.filter((name) => name.startsWith('open-'));
    expect(ours.toSorted()).toEqual(names.filter((name) => name !== 'open-7').toSorted());
  });

  it('a refund that cannot be read is put off, and stays listed', async () => {
    await put(shopItem('odd'));
    const pending = samplePending({ resolveAtMs: MORNING_MS });
    await write({ kind: 'claim', payment: await read('odd'), pending, evict: [] });
    const listed = { merchantUid: 'odd', impUid: 'imp_odd', resolveAtMs: MORNING_MS };
    await store.postpone(listed, MORNING_MS + 999_000);
    expect(await rawItem('odd')).toMatchObject({ refund_resolve_at: MORNING_MS + 999_000 });
    await store.postpone({ merchantUid: 'nobody', impUid: 'imp_nobody', resolveAtMs: 0 }, 1);
    expect(await rawItem('nobody')).toBeUndefined();
  });
});

describe('the service’s own notes on moto', () => {
  it('are kept by one of two runs that began with the same', async () => {
    const notes = { version: 1, positions: {}, last: {} };
    const saved = await Promise.all([store.saveReconciliation(notes), store.saveReconciliation(notes)]);
    expect(saved.filter(Boolean)).toEqual([true]);
    expect(await store.reconciliation()).toEqual(notes);
    expect(await store.saveReconciliation({ ...notes, version: 2 })).toBe(true);
    expect(await store.saveReconciliation({ ...notes, version: 2 })).toBe(false);
  });
});
