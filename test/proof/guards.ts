import type { Guard } from './guard.ts';
import { BY_SCHEDULE } from './guards-by-schedule.ts';
import { ROWS_0_TO_5 } from './guards-of-rows-0-to-5.ts';
import { ROWS_6_TO_11 } from './guards-of-rows-6-to-11.ts';

/** Each is taken out by `npm run test:mutations`. */
export const GUARDS: readonly Guard[] = [...BY_SCHEDULE, ...ROWS_0_TO_5, ...ROWS_6_TO_11];
