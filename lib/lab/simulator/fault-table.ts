import { HABITS } from './habits.ts';
import { MISFORTUNES } from './misfortunes.ts';

/**
 * `wire`: the request does not get through, or its answer does not; at most one per request. `cancel`: what happens on
 * the far side of a cancel; together with another fault by `also`. The others are habits, which add up: each that fits is
 * met. `reason`: what is done to a cancel before it is booked. `answer`: how a payment is written in an answer. `webhook`:
 * how a webhook is sent.
 */
export type FaultGroup = 'wire' | 'cancel' | 'reason' | 'answer' | 'webhook';

export interface FaultDescription {
  readonly group: FaultGroup;
  /** Fields of a script that mean something to this fault only. */
  readonly parameters: readonly string[];
  /** One line for people. */
  readonly en: string;
  readonly ko: string;
}

/**
 * Every fault the simulator knows: its group, the parameters that mean something to it, and one line for people. A README,
 * a panel and the reader of scripts take them from here. `times`, `until_cleared`, `imp_uid`, `probability` and `also` go
 * with all of them.
 */
export const FAULT_TABLE = { ...MISFORTUNES, ...HABITS };
