import { CANCEL_SCENARIOS } from './scenarios-cancel.ts';
import { DOUBT_SCENARIOS } from './scenarios-doubt.ts';
import { PEOPLE_SCENARIOS } from './scenarios-people.ts';
import type { NamedScenario } from './scenario.ts';

/**
 * The small cases that hold every row of the protocol; each is explored completely in the long form. A schedule's number
 * ends with its scenario's place in this list.
 */
export const SCENARIOS: readonly NamedScenario[] = [
  ...CANCEL_SCENARIOS,
  ...DOUBT_SCENARIOS,
  ...PEOPLE_SCENARIOS,
];
