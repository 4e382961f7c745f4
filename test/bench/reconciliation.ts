import { reconcile } from '../../functions/protocol/reconcile.ts';
import { ManyPayments } from '../support/many-payments.ts';

export interface Reconciling {
  readonly payments: number;
  readonly ms: number;
  readonly lists: number;
  /** The largest heap of the run above the heap after its first page. */
  readonly heapMb: number;
}

const COUNTS = [10_000, 100_000, 1_000_000];
/** How often the heap is measured after a garbage collection. */
const SAMPLES = 20;
/** As the provider lists them; it is the walk's own default. */
const PAGE = 1_000;

/** The nightly comparison of many payments without a difference; tables and provider answer at once. */
export async function benchReconciliation(tell: (text: string) => void): Promise<readonly Reconciling[]> {
  const found: Reconciling[] = [];
  for (const payments of COUNTS) {
    tell(`reconciliation of ${payments} payments`);
    found.push(await walk(payments));
  }
  return found;
}

async function walk(payments: number): Promise<Reconciling> {
  const many = new ManyPayments(payments);
  const heap: number[] = [];
  const every = Math.ceil(payments / PAGE / SAMPLES);
  let collectingMs = 0;
  many.onPage = () => {
    if (many.asked % every !== 0) return;
    const beganMs = performance.now();
    heap.push(heapMb());
    collectingMs += performance.now() - beganMs;
  };
  const fromMs = performance.now();
  const { finished, report } = await reconcile({ window: 'full', stopAtMs: many.nowMs + 1 }, many.world);
  const ms = performance.now() - fromMs - collectingMs;
  if (!finished || report.compared !== payments)
    throw new Error(`compared ${report.compared} of ${payments}`);
  const [first = 0] = heap;
  return { payments, ms, lists: many.asked, heapMb: Math.max(0, ...heap.map((each) => each - first)) };
}

/** In MB. Without `--expose-gc` garbage counts, too. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}
