/** The only place that converts between Unix seconds (i'mport, the item, the answers) and our milliseconds. */

/** 0 means never, as i'mport writes it. */
export function toSeconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms / 1000);
}

/** A later year than 9999 has other than four digits; the weeks before it leave room for the days that rules add. */
const END_MS = Date.UTC(9999, 11, 1);

/** Undefined for never (0), an absent time and an invalid time. */
export function fromSeconds(seconds: number | null | undefined): number | undefined {
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  const ms = Math.round(seconds * 1000);
  return ms < END_MS ? ms : undefined;
}

/** A larger number is milliseconds: as seconds it would be after the year 5138. */
const LARGEST_SECOND = 1e11;

/** A time in a foreign notation: Unix seconds as number or text, ms, or a date with its zone. 0 means never. In ms. */
export function timeOf(value: unknown): number | undefined {
  const seconds = typeof value === 'number' ? value : secondsIn(value);
  return fromSeconds(seconds !== undefined && seconds >= LARGEST_SECOND ? seconds / 1000 : seconds);
}

function secondsIn(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  // Without a zone it could be nine hours wrong.
  const named = /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(named) ? undefined : named / 1000;
}
