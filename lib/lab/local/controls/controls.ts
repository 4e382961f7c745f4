import * as v from 'valibot';

import { decoded, type GatewayRequest, type GatewayResponse, matched, splitTarget } from '../gateway/http.ts';
import { parseJson } from '../json.ts';
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

export interface Asked<Body> {
  /** Percent-decoded values of the `{variables}` in the pattern. */
  readonly path: Readonly<Record<string, string>>;
  readonly body: Body;
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
  readonly run: (asked: Asked<string>) => Promise<GatewayResponse>;
}

export const TEXT = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));
export const NUMBER = v.number('must be a number');
export const FLAG = v.boolean('must be true or false');
export const NOTHING = v.strictObject({});

/** @param fields of the body; an unknown field is refused, because a misspelt one would silently do nothing */
export function control<Schema extends v.GenericSchema>(
  route: string,
  fields: Schema,
  run: (asked: Asked<v.InferOutput<Schema>>) => unknown,
  status = 200,
): Control {
  return {
    route,
    run: async (asked) => {
      const answer = await run({ ...asked, body: checked(fields, asked.body) });
      if (!(answer instanceof Stream)) return json(status, answer);
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
      return { status, headers, body: '', follow: answer.follow };
    },
  };
}

/** The body is JSON, for any content type; an empty one is `{}`. */
function checked<Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema> {
  let given: unknown = {};
  try {
    if (text.trim() !== '') given = parseJson(text);
  } catch {
    throw new ControlError(400, 'body: must be JSON');
  }
  const { success, output, issues } = v.safeParse(schema, given);
  if (success) return output;
  const [issue] = issues;
  const place = ['body', v.getDotPath(issue) ?? []].flat().join('.');
  const isOfName = issue.type.endsWith('_object') && issue.path !== undefined;
  const ofName = issue.expected === 'never' ? 'is not a field of this control' : 'is missing';
  throw new ControlError(400, `${place} ${isOfName ? ofName : issue.message}`);
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

/** Runs a function and waits for its result. @throws ControlError */
export async function runNow(host: LambdaHost, functionId: string, event: object): Promise<unknown> {
  const result = await host.invoke(functionId, JSON.stringify(event));
  if (result.kind === 'returned') return parseJson(result.payload);
  if (result.kind === 'throttled') throw new ControlError(503, `${functionId} is busy: ask again`);
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
      return await run({ path, body: body.toString(), accept: headers['accept'] ?? '' });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return json(error instanceof ControlError ? error.status : 500, { message });
    }
  };
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
