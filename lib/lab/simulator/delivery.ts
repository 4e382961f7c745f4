import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultName, FaultOf } from './fault-table.ts';
import type { Fault } from './faults.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, phpJson } from './wire.ts';

interface Delivery {
  readonly response: ServerResponse;
  /** What happens to the connection. */
  readonly wire: Fault | undefined;
  /** Executes the request; called at most once. */
  readonly process: () => Promise<Answer>;
  /** Executes the request after this simulated time. */
  readonly processLater: (delayMs: number) => void;
  /** Stops the real timers when the simulator ends. */
  readonly ended: AbortSignal;
}

const DEFAULT_DELAY_MS = 1000;
/** Longer than any client waits: the client has stopped waiting when the request is executed. */
const DEFAULT_LATE_MS = 120_000;

/** Executes and answers a request as its fault says. A client that disconnects does not stop a received request. */
export async function deliver(delivery: Delivery): Promise<void> {
  const { response, wire, process, processLater, ended } = delivery;
  const name = wire?.fault;
  if (name !== undefined && isBroken(name)) return deliverBroken(delivery, name);
  if (name === 'request_lost') return void response.destroy();
  if (name === 'late') {
    // The checks are executed late, too.
    processLater(wire?.delay_ms ?? DEFAULT_LATE_MS);
    return void response.destroy();
  }
  const pause = (): Promise<void> => wait(wire?.delay_ms ?? DEFAULT_DELAY_MS, undefined, { signal: ended });
  if (name === 'slow') await pause();
  const answer = await process();
  if (name === 'answer_slow') await pause();
  if (name === 'answer_lost') response.destroy();
  else send(response, answer);
}

interface Written {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** The answers that do not tell the outcome, from the answer that would tell it. */
const BROKEN: Readonly<
  Record<
    Exclude<FaultOf<'wire'>, 'request_lost' | 'late' | 'slow' | 'answer_slow' | 'answer_lost'>,
    (answer: Answer) => Written
  >
> = {
  http_429: () => json(failed(429, -1, TEXTS.too_many_requests.text)),
  unauthorized: () => json(failed(401, -1, TEXTS.unauthorized.text)),
  http_500: () => json(failed(500, -1, TEXTS.internal_error.text)),
  http_502: () => html(502, '502 Bad Gateway'),
  http_504: () => html(504, '504 Gateway Time-out'),
  empty_200: (answer) => ({ ...json(answer), status: 200, body: '' }),
  truncated_200: (answer) => {
    // The length matches the cut body, so HTTP is valid and only the JSON is cut.
    const { type, body } = json(answer);
    return { status: 200, type, body: body.slice(0, Math.floor(body.length / 2)) };
  },
};

function isBroken(name: FaultName): name is keyof typeof BROKEN {
  return Object.hasOwn(BROKEN, name);
}

/** With any answer the request may have been executed, or may be executed minutes later (PROTOCOL P3). */
async function deliverBroken(
  { response, wire, process, processLater }: Delivery,
  name: keyof typeof BROKEN,
): Promise<void> {
  const delayMs = wire?.delay_ms;
  const isTurnedAway = name === 'http_429' || name === 'unauthorized';
  const isCarriedOut = wire?.applied ?? (delayMs !== undefined || !isTurnedAway);
  let answer = failed(200, -1, TEXTS.internal_error.text);
  if (isCarriedOut && delayMs === undefined) answer = await process();
  if (isCarriedOut && delayMs !== undefined) processLater(delayMs);
  write(response, BROKEN[name](answer));
}

export function send(response: ServerResponse, answer: Answer): void {
  write(response, json(answer));
}

function json({ status, code, message, response }: Answer): Written {
  return { status, type: 'application/json; charset=UTF-8', body: phpJson({ code, message, response }) };
}

/** A proxy in front of i'mport answers with HTML. */
function html(status: number, title: string): Written {
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body><h1>${title}</h1></body>\r\n</html>\r\n`;
  return { status, type: 'text/html; charset=UTF-8', body };
}

function write(response: ServerResponse, { status, type, body }: Written): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
