import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from './api.ts';
import { type ApiRequest, readApiRequest } from './api-request.ts';
import type { Result } from './cancel-desk.ts';
import type { SimulatedClock } from './clock.ts';
import { deliver, send } from './delivery.ts';
import type { FaultQueue } from './fault-queue.ts';
import type { RequestLog } from './request-log.ts';
import { TEXTS } from './texts.ts';
import { failed } from './wire.ts';

export interface ExchangeDependencies {
  readonly api: Api;
  readonly clock: SimulatedClock;
  readonly faults: FaultQueue;
  readonly log: RequestLog;
  readonly ended: AbortSignal;
}

/** One request and its answer: recorded, given its fault, carried out. */
export async function exchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  dependencies: ExchangeDependencies,
): Promise<void> {
  try {
    dependencies.clock.catchUp();
    const request = await readApiRequest(incoming);
    if (request === undefined) {
      send(response, failed(413, -1, TEXTS.too_large.text));
    } else {
      await answer(request, response, dependencies);
    }
  } catch {
    // A client that hangs up while it is still sending, or the end of the simulator in the middle of a delay; a bug or a
    // full disk looks like i'mport's own 500.
    if (response.destroyed || dependencies.ended.aborted) {
      response.destroy();
    } else {
      send(response, failed(500, -1, TEXTS.internal_error.text));
    }
  }
}

async function answer(
  request: ApiRequest,
  response: ServerResponse,
  { api, clock, faults, log, ended }: ExchangeDependencies,
): Promise<void> {
  const { method, path, body } = request;
  const complete = log.add({ at: clock.nowMs(), method, path, body });
  const drawn = faults.draw(api.describe(request));
  complete({ fault: drawn.fault?.fault });
  const isAuthorized = api.isAuthorized(request);
  let isCarriedOut = false;
  const process = async (): Promise<Result> => {
    isCarriedOut = true;
    const result = await api.process(request, drawn, isAuthorized);
    drawn.settle();
    complete({ outcome: result.outcome, status: result.answer.status, code: result.answer.code });
    return result;
  };
  await deliver({ response, fault: drawn.fault, process, clock, ended });
  if (!isCarriedOut && drawn.fault?.fault !== 'late') {
    complete({ outcome: 'not_applied' });
  }
}
