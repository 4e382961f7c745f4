import { CANCEL_PATH, readCancelRequest } from './cancel.ts';
import type { FaultName } from './faults.ts';
import { newCancellationId } from './payment.ts';

/** A received request, for tests. Contains raw bodies with secrets: never show it. */
export interface RecordedRequest {
  /** Simulated time of arrival, ms since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly fault: FaultName | undefined;
  readonly requestId: string;
  /** The code of i'mport's answer, even if the answer was lost; absent until the request is executed. */
  code?: number;
  /** Whether a PG has cancelled for it. */
  isExecuted: boolean;
}

/** A demonstration may run for days. */
const MAX_ENTRIES = 100_000;

/** The requests since this start. */
export class RequestLog {
  readonly entries: RecordedRequest[] = [];

  add(request: Omit<RecordedRequest, 'requestId' | 'code' | 'isExecuted'>): RecordedRequest {
    const entry: RecordedRequest = { ...request, requestId: newCancellationId(), isExecuted: false };
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
    return entry;
  }

  executed(requestId: string): void {
    const entry = this.entries.findLast((candidate) => candidate.requestId === requestId);
    if (entry !== undefined) entry.isExecuted = true;
  }

  /** The numbers of received and executed cancels. @param tag counts only requests whose sent `reason` contains it */
  audit(tag = '') {
    const requests = this.entries
      .filter(({ method, path }) => method === 'POST' && path === CANCEL_PATH)
      .map(withoutSecrets)
      .filter(({ reason }) => reason.includes(tag));
    return {
      received: requests.length,
      executed: requests.filter(({ executed }) => executed).length,
      requests,
    };
  }
}

function withoutSecrets({ at, fault, code, isExecuted: executed, body }: RecordedRequest) {
  const { imp_uid, merchant_uid, amount, checksum, reason } = readCancelRequest(body);
  return { at, fault, code, executed, imp_uid, merchant_uid, amount, checksum, reason };
}
