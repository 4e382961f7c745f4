import { BY_SCHEDULE } from './guards-by-schedule.ts';
import { BY_UNIT_TESTS } from './guards-by-unit-tests.ts';

/** A guard of the protocol, and the sources without it. */
export interface Guard {
  /** The row of PROTOCOL, and its rule. */
  readonly guard: string;
  /** The file under functions/. */
  readonly file: string;
  /** Source text that occurs exactly once. */
  readonly from: string;
  /** What stands there without the guard. @default - its whole lines are gone */
  readonly to?: string | undefined;
  /** The scenario in which some schedule breaks a promise without the guard; without a name, a unit test must fail. */
  readonly by?: string;
}

type OfFiles<Row> = Readonly<Record<string, readonly Row[]>>;
export type UnitTestGuards = OfFiles<readonly [guard: string, from: string, to?: string]>;
export type ScheduleGuards = OfFiles<readonly [guard: string, by: string, from: string, to?: string]>;

/** Each guard is removed by `npm run test:mutations`. */
export const GUARDS: readonly Guard[] = [
  ...Object.entries(BY_SCHEDULE).flatMap(([file, guards]) =>
    guards.map(([guard, by, from, to]) => ({ file, guard, from, to, by })),
  ),
  ...Object.entries(BY_UNIT_TESTS).flatMap(([file, guards]) =>
    guards.map(([guard, from, to]) => ({ file, guard, from, to })),
  ),
];

export function withoutGuard({ file, from, to }: Guard, source: string): string {
  const [before = '', after, ...more] = source.split(from);
  if (after === undefined || more.length > 0) throw new Error(`${file} must hold exactly once: ${from}`);
  if (to !== undefined) return before + to + after;
  return before.slice(0, before.lastIndexOf('\n') + 1) + after.slice(after.indexOf('\n') + 1);
}
