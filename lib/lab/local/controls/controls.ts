import { decoded, type GatewayRequest, type GatewayResponse, splitTarget } from '../gateway/http.ts';
import { type Fields, fieldsOf, parseJson } from '../json.ts';

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

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Server-sent events instead of the body. */
  readonly follow?: GatewayResponse['follow'];
}

/** A control of the local run, such as `GET /_local/iamport/{imp_uid}`. */
export interface Control {
  readonly route: string;
  readonly run: (request: ControlRequest) => Promise<ControlAnswer> | ControlAnswer;
}

function controlRequest(path: Readonly<Record<string, string>>, body: Buffer, accept = ''): ControlRequest {
  const parsed = (): unknown => {
    const text = body.toString();
    if (text.trim() === '') return {};
    try {
      return parseJson(text);
    } catch {
      throw new ControlError(400, 'body: must be JSON');
    }
  };
  return {
    path,
    accept,
    json: parsed,
    fields: () => fieldsOf(parsed(), 'body', (message) => new ControlError(400, message)),
  };
}

/** A required, non-empty text. */
export function required(fields: Fields, name: string): string {
  const value = fields.text(name);
  if (value === '') throw new ControlError(400, `body.${name} must not be empty`);
  return value;
}

/** Refuses unknown fields, because a misspelt field would silently do nothing. */
export function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields.value).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ControlError(400, `body.${unknown[0]} is not a field of this control (${known.join(', ')})`);
  }
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
      const { control, path } = find(controls, request);
      if (request.body === undefined) throw new ControlError(413, 'body: is too long');
      const asked = controlRequest(path, request.body, request.headers['accept']);
      const { status, body, follow } = await control.run(asked);
      if (follow === undefined) return json(status, body);
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
      return { status, headers, body: '', follow };
    } catch (error) {
      if (error instanceof ControlError) return json(error.status, { message: error.message });
      return json(500, { message: error instanceof Error ? error.message : String(error) });
    }
  };
}

function find(
  controls: readonly Control[],
  { method, target }: GatewayRequest,
): { readonly control: Control; readonly path: Readonly<Record<string, string>> } {
  const { path } = splitTarget(target);
  const here = controls.flatMap((control) => {
    const values = match(control.route.split(' ')[1] ?? '', path);
    return values === undefined ? [] : [{ control, path: values }];
  });
  // A pattern without a variable comes first, so /_local/iamport/book is not a payment called "book".
  const found = here
    .filter(({ control }) => control.route.startsWith(`${method} `))
    .toSorted((a, b) => Object.keys(a.path).length - Object.keys(b.path).length)
    .at(0);
  if (found !== undefined) return found;
  const known = controls.map(({ route }) => route).join(', ');
  throw new ControlError(
    here.length > 0 ? 405 : 404,
    `${method} ${path} is not a control; there are: ${known}`,
  );
}

function match(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const expected = pattern.split('/');
  const segments = path.split('/');
  if (expected.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, name] of expected.entries()) {
    const segment = decoded(segments[index] ?? '');
    if (name.startsWith('{')) values[name.slice(1, -1)] = segment;
    else if (name !== segment) return undefined;
  }
  return values;
}

function json(status: number, body: unknown): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}
