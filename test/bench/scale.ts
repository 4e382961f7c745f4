import { digits, type Found, type Tell } from './stats.ts';

/** How often the heap is measured, each time after a garbage collection. */
const SAMPLES = 20;

/** The clock and the heap of one run. */
export class Meter {
  readonly #heap: number[] = [];
  #pausedMs = 0;
  #steps = 0;
  readonly #every: number;

  /** @param steps how often the run will call {@link step} */
  constructor(steps: number) {
    this.#every = Math.ceil(steps / SAMPLES);
  }

  /** Work of the benchmark itself, whose time does not count. */
  pause<T>(work: () => T): T {
    const fromMs = performance.now();
    const result = work();
    this.#pausedMs += performance.now() - fromMs;
    return result;
  }

  step(): void {
    if (this.#steps % this.#every === 0) this.pause(() => this.#heap.push(heapMb()));
    this.#steps += 1;
  }

  async timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
    const fromMs = performance.now();
    const result = await work();
    return { result, ms: performance.now() - fromMs - this.#pausedMs };
  }

  /**
   * The largest heap above the first one. `isGrowing`: the stored items are in the same heap and grow with every step, so the
   * line from the first sample to the last is subtracted.
   */
  heapMb(isGrowing: boolean): number {
    const [first = 0] = this.#heap;
    const grown = isGrowing ? (this.#heap.at(-1) ?? first) - first : 0;
    const steps = Math.max(1, this.#heap.length - 1);
    return Math.max(0, ...this.#heap.map((sample, index) => sample - first - (grown * index) / steps));
  }
}

/** In MB. Without `--expose-gc` garbage counts, too. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

export interface Scale {
  /** Without the count: `lists of a day of … refunds`. */
  readonly what: (count: number) => string;
  readonly counts: readonly number[];
  /** How often a run of this count calls `step`. */
  readonly steps: (count: number) => number;
  /** Prepares a run; its result is what else to tell. */
  readonly prepare: (count: number, meter: Meter) => () => Promise<string>;
  readonly isGrowing?: boolean;
}

/** The same work for more and more items. */
export async function benchScale(
  { what, counts, steps, prepare, isGrowing = false }: Scale,
  tell: Tell,
): Promise<Found> {
  const lines: string[] = [];
  const figures: object[] = [];
  for (const count of counts) {
    tell(what(count));
    const meter = new Meter(steps(count));
    const { result: more, ms } = await meter.timed(prepare(count, meter));
    const heap = meter.heapMb(isGrowing);
    figures.push({ count, ms, more, heapMb: heap });
    lines.push(
      `${what(count)}: ${digits(ms)} ms, ${digits((ms / count) * 1000)} µs each; ${more}; heap + ${digits(heap)} MB`,
    );
  }
  return { lines, figures };
}
