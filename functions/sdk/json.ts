/** In the bundles this stands for what the SDK's JSON does for services of other kinds than ours. */

/**
 * A request's body in the making. The SDK's own also answers the calls of a string, with a warning, for middleware that
 * takes the body for one; there is no such middleware here.
 */
export const JsonBytesStringAdapter = {
  allocUnsafe(bytes: number): Uint8Array {
    const { buffer, byteOffset, byteLength } = Buffer.allocUnsafe(bytes);
    return new Uint8Array(buffer, byteOffset, byteLength);
  },
};

/** Reads numbers that no double holds. Both services send theirs as text: of a table's items, too. */
export function jsonReviver(_key: string, value: unknown): unknown {
  return value;
}

/**
 * The three formats of a date. Neither service sends one: their times are seconds. `Retry-After` may be one, of any of
 * HTTP's three forms, and Node reads them all; what is none becomes an invalid date, which counts as no wish.
 */
const dateIn = (value: string | null | undefined): Date | undefined =>
  value === null || value === undefined ? undefined : new Date(value);
export {
  dateIn as parseRfc3339DateTime,
  dateIn as parseRfc3339DateTimeWithOffset,
  dateIn as parseRfc7231DateTime,
};

export function dateToUtcString(date: Date): string {
  return date.toUTCString();
}

export function parseEpochTimestamp(value: number | string | null | undefined): Date | undefined {
  return value === null || value === undefined ? undefined : new Date(Math.round(Number(value) * 1000));
}
