import type { Result } from './cancel-desk.ts';
import type { FaultName } from './faults.ts';

/** What reached the simulator, for tests. Holds bodies as they came, secrets included: never show it anywhere. */
export interface RecordedRequest {
  /** Simulated time of arrival, ms since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** `waiting` until the request is carried out; `not_applied` when a fault kept it from ever being. */
  readonly outcome: Result['outcome'] | 'waiting' | 'not_applied' | 'failed';
  readonly fault: FaultName | undefined;
  /** Of the answer i'mport made, whether or not it arrived. */
  readonly status: number | undefined;
  readonly code: number | undefined;
}

export interface RequestLog {
  readonly entries: readonly RecordedRequest[];
  /** Returns what completes the entry. */
  add(
    request: Pick<RecordedRequest, 'at' | 'method' | 'path' | 'body'>,
  ): (outcome: Partial<RecordedRequest>) => void;
}

/** Enough for any test; a demonstration may run for days. */
const MAX_ENTRIES = 1000;

export function createRequestLog(): RequestLog {
  const entries: RecordedRequest[] = [];
  return {
    entries,
    add: (request) => {
      const entry: RecordedRequest = {
        ...request,
        outcome: 'waiting',
        fault: undefined,
        status: undefined,
        code: undefined,
      };
      entries.push(entry);
      entries.splice(0, entries.length - MAX_ENTRIES);
      return (outcome) => void Object.assign(entry, outcome);
    },
  };
}
