import { waitsOf } from '../../functions/refund/times.ts';
import { Intents } from './intents.ts';
import type { Language } from './messages.ts';
import type { PageClock, RefundClientOptions } from './options.ts';
import { Line } from './reply.ts';
import { sleep } from './sleep.ts';

const ASK_AFTER_SECONDS = 600;
const QUIET_PERIOD_SECONDS = 180;

/** What every errand of a page uses. */
export interface Desk {
  readonly line: Line;
  readonly intents: Intents;
  readonly language: Language;
  readonly clock: PageClock;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly askAfterMs: number;
  /** So long after a request it may still be carried out, whatever a look shows. */
  readonly settleMs: number;
}

export function deskOf(options: RefundClientOptions): Desk {
  const quiet = options.quietPeriodSeconds ?? QUIET_PERIOD_SECONDS;
  return {
    line: new Line(options),
    intents: new Intents(options.storage),
    language: options.language ?? 'ko',
    clock: options.clock ?? { wallMs: () => Date.now(), steadyMs: () => performance.now() },
    wait: options.wait ?? sleep,
    askAfterMs: (options.askAfterSeconds ?? ASK_AFTER_SECONDS) * 1_000,
    settleMs: waitsOf(quiet * 1_000).deadAfterMs,
  };
}
