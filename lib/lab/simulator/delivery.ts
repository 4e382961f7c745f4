import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Result } from './cancel-desk.ts';
import type { SimulatedClock } from './clock.ts';
import { type Fault, WIRE_FAULTS, type WireFaultName } from './faults.ts';
import { assertNever } from './json.ts';
import { TEXTS } from './texts.ts';
import { type Answer, failed, phpJson } from './wire.ts';

export interface Delivery {
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
  /** Carries the request out; called at most once. */
  readonly process: () => Promise<Result>;
  readonly clock: SimulatedClock;
  /** Stops the real timers when the simulator ends. */
  readonly ended: AbortSignal;
}

const DEFAULT_DELAY_MS = 1000;
/** Longer than anybody waits: the answer is long given up when the request is carried out. */
const DEFAULT_LATE_MS = 120_000;

/** Carries a request out and answers it, as its fault has it. Disconnecting never stops what has been received. */
export async function deliver(delivery: Delivery): Promise<void> {
  const { response, fault, process } = delivery;
  const name = WIRE_FAULTS.find((candidate) => candidate === fault?.fault);
  switch (name) {
    case undefined:
      return deliverPlainly(delivery);
    case 'request_lost':
      return void response.destroy();
    case 'answer_lost':
      await process();
      return void response.destroy();
    case 'slow':
    case 'answer_slow':
      return deliverSlowly(delivery, name);
    case 'late':
      return deliverLate(delivery);
    case 'http_429':
      return send(response, failed(429, -1, TEXTS.too_many_requests.text));
    case 'unauthorized':
      return send(response, failed(401, -1, TEXTS.unauthorized.text));
    case 'http_500':
    case 'http_502':
    case 'http_504':
    case 'empty_200':
    case 'truncated_200':
      return deliverBroken(delivery, name);
    default:
      return assertNever(name);
  }
}

/** A cancel in two steps may be told to leave its client at once: only the answer is lost, the cancel is under way. */
async function deliverPlainly({ response, fault, process }: Delivery): Promise<void> {
  const processed = process();
  if (fault?.fault === 'two_step' && fault.hang === false) {
    response.destroy();
  }
  send(response, (await processed).answer);
}

/** Waits before (`slow`) or after (`answer_slow`) carrying the request out. */
async function deliverSlowly(delivery: Delivery, name: 'slow' | 'answer_slow'): Promise<void> {
  const { response, fault, process, ended } = delivery;
  const pause = (): Promise<void> => wait(fault?.delay_ms ?? DEFAULT_DELAY_MS, undefined, { signal: ended });
  if (name === 'slow') {
    await pause();
  }
  const { answer } = await process();
  if (name === 'answer_slow') {
    await pause();
  }
  send(response, answer);
}

/** Minutes in which nobody knows anything; then the request is carried out after all, checks included. */
function deliverLate({ response, fault, process, clock }: Delivery): void {
  clock.after(fault?.delay_ms ?? DEFAULT_LATE_MS, async () => {
    const { answer } = await process();
    send(response, answer);
  });
  if (fault?.hang !== true) {
    response.destroy();
  }
}

type BrokenAnswer = Extract<
  WireFaultName,
  'http_500' | 'http_502' | 'http_504' | 'empty_200' | 'truncated_200'
>;

async function deliverBroken({ response, fault, process }: Delivery, name: BrokenAnswer): Promise<void> {
  const result = fault?.applied === false ? undefined : await process();
  switch (name) {
    case 'http_500':
      return send(response, failed(500, -1, TEXTS.internal_error.text));
    case 'http_502':
      return sendHtml(response, 502, 'Bad Gateway');
    case 'http_504':
      return sendHtml(response, 504, 'Gateway Time-out');
    case 'empty_200':
      return write(response, { status: 200, type: 'application/json; charset=UTF-8', body: '' });
    case 'truncated_200': {
      // A length that fits the half: HTTP sees nothing wrong, only the JSON is cut.
      const whole = phpJson(bodyOf(result?.answer ?? failed(200, -1, TEXTS.internal_error.text)));
      const half = whole.slice(0, Math.floor(whole.length / 2));
      return write(response, { status: 200, type: 'application/json; charset=UTF-8', body: half });
    }
    default:
      return assertNever(name);
  }
}

export function send(response: ServerResponse, answer: Answer): void {
  write(response, {
    status: answer.status,
    type: 'application/json; charset=UTF-8',
    body: phpJson(bodyOf(answer)),
  });
}

function bodyOf({ code, message, response }: Answer): Omit<Answer, 'status'> {
  return { code, message, response };
}

/** What stands in front of i'mport answers in its own language. */
function sendHtml(response: ServerResponse, status: number, title: string): void {
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body><h1>${status} ${title}</h1></body>\r\n</html>\r\n`;
  write(response, { status, type: 'text/html', body });
}

function write(
  response: ServerResponse,
  { status, type, body }: { readonly status: number; readonly type: string; readonly body: string },
): void {
  if (response.destroyed || response.writableEnded) {
    return;
  }
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
