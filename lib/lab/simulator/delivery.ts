import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Result } from './cancel-desk.ts';
import { type DrawnFault, type Fault, WIRE_FAULTS, type WireFaultName } from './faults.ts';
import { assertNever, isRecord } from './json.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, phpJson } from './wire.ts';

interface Delivery {
  readonly response: ServerResponse;
  readonly drawn: DrawnFault;
  /** Executes the request; called at most once. */
  readonly process: () => Promise<Result>;
  /** Runs the task after this simulated time. */
  readonly processLater: (delayMs: number) => Promise<Result>;
  /** Stops the real timers when the simulator ends. */
  readonly ended: AbortSignal;
}

const DEFAULT_DELAY_MS = 1000;
/** Longer than any client waits: the client has stopped waiting when the request is executed. */
const DEFAULT_LATE_MS = 120_000;

/** Executes and answers a request as its fault says. A client that disconnects does not stop a received request. */
export async function deliver(delivery: Delivery): Promise<void> {
  const { response, drawn, process } = delivery;
  const name = WIRE_FAULTS.find((candidate) => candidate === drawn.wire?.fault);
  switch (name) {
    case undefined:
      return deliverPlainly(delivery);
    case 'request_lost':
      return void response.destroy();
    case 'answer_lost':
      await process();
      return void response.destroy();
    case 'no_answer':
      // The connection is closed by the client, or with the simulator.
      return void (drawn.wire?.applied === false || (await process()));
    case 'slow':
    case 'answer_slow':
      return deliverSlowly(delivery, name);
    case 'late':
      return deliverLate(delivery);
    case 'http_429':
    case 'unauthorized':
    case 'http_500':
    case 'http_502':
    case 'http_504':
    case 'empty_200':
    case 'truncated_200':
    case 'unreadable':
      return deliverBroken(delivery, name);
    default:
      return assertNever(name);
  }
}

/** A script may break the connection of a two-step cancel at once: then only the answer is lost. */
async function deliverPlainly({ response, drawn, process }: Delivery): Promise<void> {
  const processed = process();
  if (drawn.hangsUp) {
    response.destroy();
  }
  send(response, (await processed).answer);
}

/** Waits before (`slow`) or after (`answer_slow`) executing the request. */
async function deliverSlowly(delivery: Delivery, name: 'slow' | 'answer_slow'): Promise<void> {
  const { response, drawn, process, ended } = delivery;
  const pause = (): Promise<void> =>
    wait(drawn.wire?.delay_ms ?? DEFAULT_DELAY_MS, undefined, { signal: ended });
  if (name === 'slow') {
    await pause();
  }
  const { answer } = await process();
  if (name === 'answer_slow') {
    await pause();
  }
  send(response, answer);
}

/** Executes the request minutes later, including the checks. */
function deliverLate({ response, drawn, processLater }: Delivery): void {
  const processed = processLater(drawn.wire?.delay_ms ?? DEFAULT_LATE_MS);
  void processed.then(({ answer }) => send(response, answer));
  if (drawn.wire?.hang !== true) {
    response.destroy();
  }
}

type BrokenAnswer = Exclude<
  WireFaultName,
  'answer_lost' | 'request_lost' | 'no_answer' | 'slow' | 'answer_slow' | 'late'
>;

/** With any answer the request may have been executed, or may be executed minutes later (PROTOCOL P3). */
async function deliverBroken(delivery: Delivery, name: BrokenAnswer): Promise<void> {
  const { response, drawn, process, processLater } = delivery;
  const {
    applied,
    delay_ms: delayMs,
    kind = 'html',
    retry_after: retryAfter,
  }: Partial<Fault> = drawn.wire ?? {};
  const isTurnedAway = name === 'http_429' || name === 'unauthorized';
  const isCarriedOut = applied ?? (delayMs !== undefined || !isTurnedAway);
  const result = isCarriedOut && delayMs === undefined ? await process() : undefined;
  if (isCarriedOut && delayMs !== undefined) void processLater(delayMs);
  const answer = result?.answer ?? failed(200, -1, TEXTS.internal_error.text);
  switch (name) {
    case 'http_429': {
      const headers = { ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) };
      return send(response, failed(429, -1, TEXTS.too_many_requests.text), headers);
    }
    case 'unauthorized':
      return send(response, failed(401, -1, TEXTS.unauthorized.text));
    case 'http_500':
      return send(response, failed(500, -1, TEXTS.internal_error.text));
    case 'http_502':
      return sendHtml(response, 502, '502 Bad Gateway');
    case 'http_504':
      return sendHtml(response, 504, '504 Gateway Time-out');
    case 'empty_200':
      return write(response, { status: 200, type: JSON_TYPE, body: '' });
    case 'truncated_200': {
      // The length matches the cut body, so HTTP is valid and only the JSON is cut.
      const whole = phpJson(bodyOf(answer));
      return write(response, {
        status: 200,
        type: JSON_TYPE,
        body: whole.slice(0, Math.floor(whole.length / 2)),
      });
    }
    case 'unreadable':
      if (kind === 'html') return sendHtml(response, 200, '점검 중입니다');
      return write(response, { status: 200, type: JSON_TYPE, body: phpJson(unreadable(kind, answer)) });
    default:
      return assertNever(name);
  }
}

/** A body that is not the requested payment. */
function unreadable(kind: Exclude<Fault['kind'], 'html' | undefined>, answer: Answer): unknown {
  const payment = isRecord(answer.response) ? answer.response : {};
  const changed = (changes: object): unknown =>
    bodyOf({ ...answer, code: 0, response: { ...payment, ...changes } });
  switch (kind) {
    case 'null':
      return null;
    case 'array':
      return [];
    case 'no_response':
      return bodyOf({ ...answer, code: 0, message: null, response: null });
    case 'no_amount':
      return changed({ amount: undefined, cancel_amount: undefined });
    case 'amount_in_words':
      return changed({ amount: '만원', cancel_amount: '삼천원' });
    case 'history_in_words':
      return changed({ cancel_history: '취소' });
    case 'another_payment':
      return changed({ imp_uid: 'imp_000000000000' });
    default:
      return assertNever(kind);
  }
}

const JSON_TYPE = 'application/json; charset=UTF-8';

export function send(
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>> = {},
): void {
  write(response, { status: answer.status, type: JSON_TYPE, body: phpJson(bodyOf(answer)), headers });
}

function bodyOf({ code, message, response }: Answer): Omit<Answer, 'status'> {
  return { code, message, response };
}

/** A proxy in front of i'mport answers with HTML. */
function sendHtml(response: ServerResponse, status: number, title: string): void {
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body><h1>${title}</h1></body>\r\n</html>\r\n`;
  write(response, { status, type: 'text/html; charset=UTF-8', body });
}

interface Written {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function write(response: ServerResponse, { status, type, body, headers }: Written): void {
  if (response.destroyed || response.writableEnded) {
    return;
  }
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
