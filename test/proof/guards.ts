import { BY_SCHEDULE } from './guards-by-schedule.ts';
import { BY_UNIT_TESTS } from './guards-by-unit-tests.ts';

/** A guard of the protocol, and how the sources look without it. */
export interface Guard {
  /** The row of PROTOCOL that it belongs to, and what it says. */
  readonly guard: string;
  /** Under functions/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
  /** The scenario of which some schedule breaks a promise without it; without a name, unit tests are to notice. */
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

/** Each is taken out by `npm run test:mutations`. */
export const GUARDS: readonly Guard[] = [...listed(BY_SCHEDULE), ...listed(BY_UNIT_TESTS)];
