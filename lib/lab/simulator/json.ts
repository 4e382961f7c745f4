/** JSON functions of the simulator, which imports nothing of the product that it tests. */

export type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

/** A value for an error message. */
export function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

/** `undefined` when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function assertNever(value: never): never {
  throw new Error(`Bug: unexpected ${String(value)}`);
}
