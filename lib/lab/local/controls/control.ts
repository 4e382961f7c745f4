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
  /** The body as JSON, whatever its content type says; nothing reads as `{}`. */
  readonly json: () => unknown;
  readonly fields: () => Fields;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One thing the local run can be told, as `GET /_local/iamport/{imp_uid}`. */
export interface Control {
  readonly route: string;
  readonly run: (request: ControlRequest) => Promise<ControlAnswer> | ControlAnswer;
}

export function controlRequest(path: Readonly<Record<string, string>>, body: Buffer): ControlRequest {
  const json = (): unknown => {
    const text = body.toString();
    if (text.trim() === '') return {};
    try {
      return parseJson(text);
    } catch {
      throw new ControlError(400, 'body: must be JSON');
    }
  };
  return { path, json, fields: () => fieldsOf(json(), 'body', (message) => new ControlError(400, message)) };
}

/** A text that must be there and not be empty. */
export function required(fields: Fields, name: string): string {
  const value = fields.text(name);
  if (value === '') throw new ControlError(400, `body.${name} must not be empty`);
  return value;
}

/** Refuses what the control does not know: a misspelt field would otherwise do nothing, silently. */
export function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields.value).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ControlError(400, `body.${unknown[0]} is not a field of this control (${known.join(', ')})`);
  }
}
