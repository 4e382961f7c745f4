interface Side {
  readonly median: number;
  /** Quartiles: half of all values lie between. */
  readonly low: number;
  readonly high: number;
}

function sideOf(values: readonly number[]): Side {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * sorted.length)] ?? NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

export function textOf(values: readonly number[]): string {
  const { median, low, high } = sideOf(values);
  return `${digits(median)} (${digits(low)}–${digits(high)})`;
}

/** The sides in a random order, because the second one always finds a warmer machine. */
export function byLot<Side_>(sides: readonly Side_[]): readonly Side_[] {
  return sides
    .map((side) => ({ side, lot: Math.random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ side }) => side);
}

interface Comparison {
  readonly what: string;
  /** The other side. */
  readonly than: string;
  readonly ours: readonly number[];
  readonly others: readonly number[];
  /** The largest ratio that meets the target. */
  readonly target?: number;
}

/** Medians with quartiles in ms, and the ratios of the runs that were made one after the other. */
export function compared({ what, than, ours, others, target }: Comparison): string {
  const ratios = ours.map((value, index) => value / (others[index] ?? NaN));
  const isMet = target !== undefined && sideOf(ratios).median <= target;
  const goal = target === undefined ? '' : `  ≤ ${target}: ${isMet ? 'met' : 'NOT met'}`;
  return `${what}: ${textOf(ours)} ms; ${than} ${textOf(others)} ms; ratio ${textOf(ratios)}, n = ${ours.length}${goal}`;
}
