/** The one place where Unix seconds (i'mport, the item, the answers) and our milliseconds meet. */

/** 0 means never, as i'mport writes it. */
export function toSeconds(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.floor(ms / 1000);
}

/** Undefined for never (0), for what is absent and for what is no time. */
export function fromSeconds(seconds: number | null | undefined): number | undefined {
  const isTime = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  return isTime ? Math.round(seconds * 1000) : undefined;
}
