import { pendingToItem } from '../../functions/payments-store/pending-item.ts';
import { openShardOf } from '../../functions/payments-store/shard.ts';
import type { OpenRefund, PaymentsStore, Surroundings } from '../../functions/protocol/ports.ts';
import { resolveOpenRefunds } from '../../functions/protocol/resolver.ts';
import { taggedReason } from '../../functions/refund/attribution.ts';
import { MemoryStore, shopItem } from '../support/memory-store.ts';
import { MORNING_MS, samplePending, sampleProvider } from '../support/samples.ts';
import { ScriptedWorld } from '../support/scripted-world.ts';

export interface Resolving {
  readonly inDoubt: number;
  readonly ms: number;
  /** What the run itself holds at most, beside the table in this process. */
  readonly heapMb: number;
  readonly settled: number;
}

const SHARDS = 8;
const NOW_MS = MORNING_MS + 60_000;
const COUNTS = [100, 1_000, 10_000, 100_000];
/** So often is the heap looked at, with nothing in it that is only garbage. */
const SAMPLES = 20;

/** An index as DynamoDB has it: sorted once, a page is where the last one ended. */
class IndexedStore extends MemoryStore {
  readonly #open: OpenRefund[][] = Array.from({ length: SHARDS }, () => []);

  constructor(names: readonly string[]) {
    super(SHARDS);
    for (const name of names) {
      this.put(openItem(name));
      const shard = Number(openShardOf(name, SHARDS).replace(/\D/g, ''));
      this.#open[shard]?.push({ merchantUid: name, impUid: `imp_${name}`, resolveAtMs: NOW_MS - 1 });
    }
  }

  override async order(merchantUid: string): ReturnType<PaymentsStore['order']> {
    const one = new MemoryStore(SHARDS);
    const item = this.item(merchantUid);
    if (item !== undefined) one.put(item);
    return one.order(merchantUid);
  }

  override async openRefunds({
    shard,
    dueMs,
    afterMs = -1,
    limit,
    after,
  }: Parameters<PaymentsStore['openRefunds']>[0]) {
    const entries = this.#open[shard] ?? [];
    if (afterMs >= NOW_MS - 1 || dueMs < NOW_MS - 1) return [];
    const first = after === undefined ? 0 : entries.findIndex((entry) => entry.impUid === after.impUid) + 1;
    return entries.slice(first, first + limit);
  }
}

/** As long as a real one: a shorter text would not be read as a tag. */
function refundIdOf(name: string): string {
  return `rf_${name.slice(1).padStart(24, '0')}`;
}

function openItem(name: string) {
  const pending = samplePending({ refundId: refundIdOf(name), claimId: name, resolveAtMs: NOW_MS - 1 });
  return shopItem(name, {
    refund_open_shard: openShardOf(name, SHARDS),
    refund_resolve_at: NOW_MS - 1,
    refund_seq: 1,
    refund_records: {},
    refund_pending: pendingToItem(pending, 'KRW'),
  });
}

/** A run over so many refunds in doubt, of which the provider has executed each; table and provider answer at once. */
export async function benchResolver(tell: (text: string) => void): Promise<readonly Resolving[]> {
  const found: Resolving[] = [];
  for (const inDoubt of COUNTS) {
    tell(`the resolver over ${inDoubt} in doubt`);
    found.push(await resolve(inDoubt));
  }
  return found;
}

async function resolve(inDoubt: number): Promise<Resolving> {
  const store = new IndexedStore(Array.from({ length: inDoubt }, (_, index) => `r${index}`));
  const { world: scripted } = new ScriptedWorld();
  const heap: number[] = [heapMb()];
  let looks = 0;
  let collectingMs = 0;
  const world: Surroundings = {
    ...scripted,
    store,
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
        const merchantUid = impUid.replace(/^imp_/, '');
        const reason = taggedReason(undefined, refundIdOf(merchantUid));
        const payment = sampleProvider([{ amount: 1_000, reason }], { impUid, merchantUid });
        return Promise.resolve({ kind: 'found', payment });
      },
    },
  };
  const fromMs = performance.now();
  const run = await resolveOpenRefunds(
    { parallel: 20, pageSize: 200, stopAtMs: NOW_MS + 1, deadlineMs: NOW_MS + 58_000, all: false },
    world,
  );
  const ms = performance.now() - fromMs - collectingMs;
  return { inDoubt, ms, heapMb: aboveTable([...heap, heapMb()]), settled: run.outcomes.settled ?? 0 };
}

/** In MB. Without `--expose-gc` garbage counts, too. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

/** The table stands in the same heap, and grows with every record from the first sample to the last: what is above that line. */
function aboveTable(samples: readonly number[]): number {
  const [first = 0] = samples;
  const grown = (samples.at(-1) ?? first) - first;
  const steps = Math.max(1, samples.length - 1);
  return Math.max(0, ...samples.map((sample, index) => sample - first - (grown * index) / steps));
}
