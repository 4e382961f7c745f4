import { BY_SCHEDULE } from './guards-by-schedule.ts';
import { BY_UNIT_TESTS } from './guards-by-unit-tests.ts';

/** A guard of the protocol, and the sources without it. */
export interface Guard {
  /** The row of PROTOCOL, and its rule. */
  readonly guard: string;
  /** The file under functions/. */
  readonly file: string;
  /** The source text, which occurs exactly once. */
  readonly from: string;
  readonly to: string;
  /** The scenario in which some schedule breaks a promise without the guard; without a name, a unit test must fail. */
  readonly by?: string;
}

/** By file: guard, from, to, and by. */
export type GuardsOfFiles = Readonly<
  Record<string, readonly (readonly [guard: string, from: string, to: string, by?: string])[]>
>;

function listed(files: GuardsOfFiles): readonly Guard[] {
  return Object.entries(files).flatMap(([file, guards]) =>
    guards.map(([guard, from, to, by]) => ({ guard, file, from, to, ...(by === undefined ? {} : { by }) })),
  );
}

/** Each guard is removed by `npm run test:mutations`. */
export const GUARDS: readonly Guard[] = [...listed(BY_SCHEDULE), ...listed(BY_UNIT_TESTS)];
