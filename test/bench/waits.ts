import { ourBundle } from './bundles.ts';
import type { Span } from './stub-process.ts';
import type { Found } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import { warmSide } from './warm-side.ts';

/** Long enough that what is asked at the same time overlaps on any machine. */
const ANSWER_MS = 100;

/**
 * How many answers a refund waits for one after the other: the first of an environment, with that one's start, and the next. A
 * read of the owner during the look, which takes longer, is no wait.
 */
export async function benchWaits(): Promise<Found> {
  const stubs = await startStubs();
  await stubs.turn(ANSWER_MS);
  const side = warmSide(await ourBundle('cancel-payment'), environmentFor(stubs.url));
  const lineOf = (when: string, spans: readonly Span[]): string => {
    const look = spans.find(({ name }) => name === 'look');
    const isBeside = ({ name, fromMs, toMs }: Span): boolean =>
      name === 'GetItem' && look !== undefined && fromMs >= look.fromMs && toMs <= look.toMs;
    const waits = waitsInARow(spans.filter((span) => !isBeside(span)));
    const calls = spans.map(({ name }) => name);
    return `a refund, the ${when}: ${waits} waits in a row and ${spans.filter(isBeside).length} read beside the look, ${calls.length} calls (${calls.join(', ')})`;
  };
  await side.block({ count: 1 });
  const first = lineOf('first, with the start', await stubs.turn(ANSWER_MS));
  await side.block({ count: 1 });
  const lines = [first, lineOf('next', await stubs.turn(0))];
  await side.end();
  stubs.end();
  return { lines, figures: lines };
}

/** Longest chain of requests of which each begins only after the one before has been answered. */
function waitsInARow(spans: readonly Span[]): number {
  const sorted = spans.toSorted((a, b) => a.toMs - b.toMs);
  const depths: number[] = [];
  for (const [index, { fromMs }] of sorted.entries()) {
    const before = sorted.slice(0, index).map((other, at) => (other.toMs <= fromMs ? (depths[at] ?? 0) : 0));
    depths.push(1 + Math.max(0, ...before));
  }
  return Math.max(0, ...depths);
}
