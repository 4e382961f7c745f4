/** Korea has had no daylight-saving time since 1988, so its calendar can be told with a fixed offset of 9 hours. */
const KOREA_OFFSET_MS = 9 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** `2026-11`, by Korea's calendar. */
export function koreanMonth(ms: number): string {
  return new Date(ms + KOREA_OFFSET_MS).toISOString().slice(0, 7);
}

/** `2026-11-25 20:30:00.123`, by Korea's clock: what the shop's people and the PG's compare. */
export function koreanTime(ms: number): string {
  return new Date(ms + KOREA_OFFSET_MS).toISOString().slice(0, 23).replace('T', ' ');
}

/** The end of the next weekday after a day in Korea, in ms. Public holidays are not known here, so it is an estimate. */
export function nextKoreanWeekdayEnd(ms: number): number {
  const today = Math.floor((ms + KOREA_OFFSET_MS) / DAY_MS);
  let day = today + 1;
  while (isWeekend(day)) day += 1;
  return (day + 1) * DAY_MS - KOREA_OFFSET_MS;
}

/** Day 0 of the epoch was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (day + 4) % 7;
  return weekday === 0 || weekday === 6;
}
