export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws SyntaxError, as JSON.parse. */
export function parseJson(text: string): unknown {
  return JSON.parse(text);
}
