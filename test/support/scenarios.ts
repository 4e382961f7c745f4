import { CANCEL_SCENARIOS } from './scenarios-cancel.ts';
import { DOUBT_SCENARIOS } from './scenarios-doubt.ts';
import type { NamedScenario } from './scenario.ts';

/**
 * The small cases that hold every row of the protocol; each is explored completely in the long form. A schedule's number
 * begins with its scenario, so new ones are added at the end of their list and the lists keep their order.
 */
export const SCENARIOS: readonly NamedScenario[] = [...CANCEL_SCENARIOS, ...DOUBT_SCENARIOS];
