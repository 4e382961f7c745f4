/** Shows progress while a benchmark runs. */
export type Tell = (text: string) => void;

/** What a benchmark has found: lines for people, and all figures. */
export interface Found {
  readonly lines: readonly string[];
  readonly figures: unknown;
}

/** Middle and spread of one side of a comparison; the unit is the caller's. */
export interface Side {
  readonly median: number;
  /** Quartiles: half of all lies between. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export interface Pair {
  readonly what: string;
  readonly unit: string;
  readonly ours: Side;
  readonly other: Side & { readonly name: string };
  /** Median of the ratios of the runs that were made one after the other, and its quartiles. */
  readonly ratio: Side;
  readonly target: number | undefined;
}

export function sideOf(values: readonly number[]): Side {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75), runs: values.length };
}

/** A random order of the sides, because the second one always finds a warmer machine. */
export function byLot<T>(sides: readonly T[]): readonly T[] {
  return sides
    .map((side) => ({ side, lot: Math.random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ side }) => side);
}

export function pairOf(
  about: { readonly what: string; readonly unit: string; readonly name: string; readonly target?: number },
  ours: readonly number[],
  others: readonly number[],
): Pair {
  const { what, unit, name, target } = about;
  const ratio = sideOf(ours.map((value, index) => value / (others[index] ?? NaN)));
  return { what, unit, ours: sideOf(ours), other: { ...sideOf(others), name }, ratio, target };
}

export function pairsFound(pairs: readonly Pair[]): Found {
  return { lines: pairs.map(lineOf), figures: pairs };
}

export function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function lineOf({ what, unit, ours, other, ratio, target }: Pair): string {
  const side = ({ median, low, high }: Side): string => `${digits(median)} (${digits(low)}–${digits(high)})`;
  const goal =
    target === undefined ? '' : ratio.median <= target ? `  ≤ ${target}: met` : `  ≤ ${target}: NOT met`;
  return `${what}: ${side(ours)} ${unit}; ${other.name} ${side(other)} ${unit}; ratio ${side(ratio)}, n = ${ours.runs}${goal}`;
}
