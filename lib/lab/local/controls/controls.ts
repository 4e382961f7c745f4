import { setTimeout as pause } from 'node:timers/promises';

import { decoded, type GatewayRequest, type GatewayResponse, matched, splitTarget } from '../gateway/http.ts';
import { type Fields, fieldsOf, parseJson } from '../json.ts';
import type { LambdaHost } from '../lambda/lambda-host.ts';

/** A request to a control was wrong; `message` names the field and its rule. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ControlRequest {
  /** Percent-decoded values of the `{variables}` in the pattern. */
  readonly path: Readonly<Record<string, string>>;
  /** The body as JSON, for any content type; an empty body is `{}`. */
  readonly json: () => unknown;
  readonly fields: () => Fields;
  /** The header of that name. */
  readonly accept: string;
}

/** Server-sent events instead of a body. */
export class Stream {
  readonly follow: NonNullable<GatewayResponse['follow']>;

  constructor(follow: Stream['follow']) {
    this.follow = follow;
  }
}

/** A control of the local run, such as `GET /_local/iamport/{imp_uid}`. */
export interface Control {
  readonly route: string;
  readonly run: (request: ControlRequest) => Promise<GatewayResponse>;
}

/**
 * @param names the fields of the body, separated by spaces; undefined: `run` checks them. An unknown field is refused, because
 * a misspelt one would silently do nothing.
 * @param run returns the body of the answer, or a stream
 */
export function control(
  route: string,
  names: string | undefined,
  run: (request: ControlRequest) => unknown,
  status = 200,
): Control {
  return {
    route,
    run: async (request) => {
      if (names !== undefined) refuseUnknown(request.fields(), names.split(' ').filter(Boolean));
      const answer = await run(request);
      if (!(answer instanceof Stream)) return json(status, answer);
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
      return { status, headers, body: '', follow: answer.follow };
    },
  };
}

export function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields.value).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ControlError(400, `body.${unknown} is not a field of this control (${known.join(', ')})`);
}

/** A required, non-empty text. */
export function required(fields: Fields, name: string): string {
  const value = fields.text(name);
  if (value === '') throw new ControlError(400, `body.${name} must not be empty`);
  return value;
}

/** An error of the simulator is answered as the caller's mistake. */
export async function refusing<Result>(run: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof ControlError || !(error instanceof Error)
      ? error
      : new ControlError(400, error.message);
  }
}

/** A scheduled run may use all the concurrency that the template reserves for the function. */
const BUSY_PAUSE_MS = 200;
const BUSY_TRIES = 100;

/** Runs a function and waits for its result. @throws ControlError */
export async function runNow(
  host: LambdaHost,
  functionId: string,
  event: object,
  tries = BUSY_TRIES,
): Promise<unknown> {
  const result = await host.invoke(functionId, JSON.stringify(event));
  if (result.kind === 'returned') return parseJson(result.payload);
  if (result.kind === 'throttled') {
    if (tries === 0) throw new ControlError(503, `${functionId} is busy: ask again`);
    await pause(BUSY_PAUSE_MS, undefined, { ref: false });
    return runNow(host, functionId, event, tries - 1);
  }
  if (result.errorType === 'ReconciliationWindowError')
    throw new ControlError(400, `body.${result.errorMessage}`);
  throw new ControlError(500, `${functionId} failed: ${result.errorType}: ${result.errorMessage}`);
}

const CONTROLS_PATH = '/_local';

export function isControl(target: string): boolean {
  const { path } = splitTarget(target);
  return path === CONTROLS_PATH || path.startsWith(`${CONTROLS_PATH}/`);
}

/** The controls exist only in the local run, never in the template or behind the gateway. */
export function createControls(
  controls: readonly Control[],
): (request: GatewayRequest) => Promise<GatewayResponse> {
  return async (request) => {
    try {
      const { run, path } = find(controls, request);
      const { body, headers } = request;
      if (body === undefined) throw new ControlError(413, 'body: is too long');
      const parsed = (): unknown => jsonIn(body.toString());
      const fields = (): Fields => fieldsOf(parsed(), 'body', (message) => new ControlError(400, message));
      return await run({ path, json: parsed, fields, accept: headers['accept'] ?? '' });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return json(error instanceof ControlError ? error.status : 500, { message });
    }
  };
}

function jsonIn(text: string): unknown {
  try {
    return text.trim() === '' ? {} : parseJson(text);
  } catch {
    throw new ControlError(400, 'body: must be JSON');
  }
}

function find(controls: readonly Control[], { method, target }: GatewayRequest) {
  const { path } = splitTarget(target);
  const segments = path.split('/').map(decoded);
  const here = controls.flatMap(({ route, run }) => {
    const values = matched(route.split(' ')[1] ?? '', segments);
    return values === undefined ? [] : [{ route, run, path: values }];
  });
  // A pattern without a variable comes first, so /_local/iamport/book is not a payment called "book".
  const [found] = here
    .filter(({ route }) => route.startsWith(`${method} `))
    .toSorted((a, b) => Object.keys(a.path).length - Object.keys(b.path).length);
  if (found !== undefined) return found;
  const known = controls.map(({ route }) => route).join(', ');
  const status = here.length > 0 ? 405 : 404;
  throw new ControlError(status, `${method} ${path} is not a control; there are: ${known}`);
}

function json(status: number, body: unknown): GatewayResponse {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { status, headers, body: JSON.stringify(body) };
}
