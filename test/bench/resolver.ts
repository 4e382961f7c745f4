import { openShardOf, paymentKey } from '../../functions/ledger/keys.ts';
import { identityOf, ownToItem, providerWord } from '../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../functions/ledger/refund-item.ts';
import type { Ledger, OpenRefund, Surroundings } from '../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { tagOf } from '../../functions/refund/identity.ts';
import { FakeTable } from '../support/fake-table.ts';
import { entryOf, MORNING_MS, requested, theProvider } from '../support/ledger-samples.ts';
import { ScriptedWorld } from '../support/scripted-world.ts';
import { startService } from '../support/service.ts';

export interface Resolving {
  readonly inDoubt: number;
  readonly ms: number;
  /** The run's peak memory, without the table in this process. */
  readonly heapMb: number;
}

const SHARDS = 8;
const NOW_MS = MORNING_MS + 60_000;
const DUE_MS = NOW_MS - 1;
const COUNTS = [100, 1_000, 10_000, 100_000];
/** How often the heap is measured after a garbage collection. */
const SAMPLES = 20;

/** Refunds in doubt and their index as in DynamoDB: sorted once, and a page begins where the last one ended. */
function ledgerInDoubt(count: number): Ledger {
  const table = new FakeTable(() => NOW_MS);
  const open = new Map<string, OpenRefund[]>();
  for (let index = 0; index < count; index += 1) {
    const refund = refundOf(index);
    const { merchantUid, impUid } = refund;
    const provider = theProvider([], { merchantUid, impUid });
    table.put({
      ...paymentKey(refund),
      ...identityOf(provider),
      ...providerWord(provider).set,
      ...ownToItem({ inFlight: refund.refundId }, provider),
    });
    table.put(refundToItem(refund, SHARDS));
    const shard = openShardOf(refund.refundId, SHARDS);
    const entries = open.get(shard) ?? [];
    open.set(shard, entries);
    entries.push({ ...refund, listedAtMs: MORNING_MS });
  }
  return {
    ...table.ledger(SHARDS),
    openRefunds: async ({ shard, dueMs, afterMs = -1, limit, after }) => {
      const isAsked = afterMs < DUE_MS && dueMs >= DUE_MS;
      const entries = (isAsked && open.get(`open#${shard}`)) || [];
      const first = entries.findIndex(({ refundId }) => refundId === after?.refundId) + 1;
      return Promise.resolve(entries.slice(first, first + limit));
    },
  };
}

/** Its id is as long as a real one: a shorter text would not be read as a tag. */
function refundOf(index: number) {
  return requested({
    merchantUid: `r${index}`,
    impUid: `imp_${index}`,
    refundId: `rf_${String(index).padStart(24, '0')}`,
    resolveAtMs: DUE_MS,
  });
}

/** A run over many refunds in doubt, all executed at the provider; table and provider answer at once. */
export async function benchResolver(tell: (text: string) => void): Promise<readonly Resolving[]> {
  const found: Resolving[] = [];
  for (const inDoubt of COUNTS) {
    tell(`the resolver over ${inDoubt} in doubt`);
    found.push(await resolve(inDoubt));
  }
  return found;
}

async function resolve(inDoubt: number): Promise<Resolving> {
  const { world: scripted } = new ScriptedWorld();
  const ledger = ledgerInDoubt(inDoubt);
  const heap: number[] = [heapMb()];
  let looks = 0;
  let collectingMs = 0;
  const world: Surroundings = {
    ...scripted,
    ledger,
    now: () => NOW_MS,
    report: () => undefined,
    gateway: {
      ...scripted.gateway,
      payment: async (impUid) => {
        looks += 1;
        if (looks % Math.ceil(inDoubt / SAMPLES) === 0) {
          const beganMs = performance.now();
          heap.push(heapMb());
          collectingMs += performance.now() - beganMs;
        }
        const { merchantUid, refundId } = refundOf(Number(impUid.slice('imp_'.length)));
        const ours = entryOf(1_000, { reason: tagOf(refundId) });
        return Promise.resolve({ kind: 'found', payment: theProvider([ours], { impUid, merchantUid }) });
      },
    },
  };
  const fromMs = performance.now();
  const run = await resolveOpenRefunds(
    { parallel: 20, pageSize: 200, stopAtMs: NOW_MS + 1, deadlineMs: NOW_MS + 58_000, all: false },
    world,
  );
  const ms = performance.now() - fromMs - collectingMs;
  const { settled = 0 } = run.outcomes;
  if (settled !== inDoubt) throw new Error(`settled ${settled} of ${inDoubt}`);
  return { inDoubt, ms, heapMb: aboveTable([...heap, heapMb()]) };
}

/** In MB. Without `--expose-gc` garbage counts, too. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

/** The table is in the same heap and grows with every write, so subtract the line from the first sample to the last. */
function aboveTable(samples: readonly number[]): number {
  const [first = 0] = samples;
  const grown = (samples.at(-1) ?? first) - first;
  const steps = Math.max(1, samples.length - 1);
  return Math.max(0, ...samples.map((sample, index) => sample - first - (grown * index) / steps));
}

const OVER_HTTP = 500;

/** The same with table and provider over HTTP in this process, for refunds whose answers were lost. */
export async function benchResolverOverHttp(tell: (text: string) => void): Promise<Resolving> {
  const service = await startService();
  for (let index = 0; index < OVER_HTTP; index += 1) {
    tell(`${index} of ${OVER_HTTP} refunds brought into doubt`);
    await service.order(`doubt-${index}`);
    service.simulator.script({ on: 'cancel', fault: 'answer_lost', imp_uid: `imp_doubt-${index}` });
    const { status } = await service.cancel({ merchant_uid: `doubt-${index}` }, { key: 'k' });
    if (status !== 202) throw new Error(`a lost answer was told as ${status}`);
  }
  const heapBefore = heapMb();
  const fromMs = performance.now();
  const { outcomes } = await service.resolve();
  const ms = performance.now() - fromMs;
  const { settled = 0 } = outcomes;
  if (settled !== OVER_HTTP) throw new Error(`settled ${settled} of ${OVER_HTTP}`);
  const heap = Math.max(0, heapMb() - heapBefore);
  await service.end();
  return { inDoubt: OVER_HTTP, ms, heapMb: heap };
}
