/** Korea has had no daylight-saving time since 1988, so its calendar can be told with a fixed offset of 9 hours. */
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const KOREA_OFFSET_MS = 9 * HOUR_MS;

/** A date whose UTC fields show Korea's clock. */
function there(ms: number): Date {
  return new Date(ms + KOREA_OFFSET_MS);
}

/** `2026-11`, by Korea's calendar. */
export function koreanMonth(ms: number): string {
  return there(ms).toISOString().slice(0, 7);
}

/** `2026-11-25 20:30:00.123`, by Korea's clock: what the shop's people and the PG's compare. */
export function koreanTime(ms: number): string {
  return there(ms).toISOString().slice(0, 23).replace('T', ' ');
}

/** A stretch of time, in ms; `endMs` is not in it. */
export interface Stretch {
  readonly beginMs: number;
  readonly endMs: number;
}

/** A day of Korea's (`2026-11-25`) from its beginning to its end, or the moment of a time that names its offset. */
export function stretchIn(text: string): Stretch | undefined {
  const [, day, time = '', offset = ''] =
    /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2}))?$/i.exec(text) ?? [];
  if (day === undefined || !isDayOfTheCalendar(day)) return undefined;
  if (time !== '') {
    const atMs = Date.parse(`${day}${time}${offset.replace(/^(.\d{2})(\d{2})$/, '$1:$2')}`.toUpperCase());
    return Number.isNaN(atMs) ? undefined : { beginMs: atMs, endMs: atMs };
  }
  const beginMs = Date.parse(`${day}T00:00:00+09:00`);
  return { beginMs, endMs: beginMs + DAY_MS };
}

/** JavaScript reads the 30th of February as the 2nd of March. */
function isDayOfTheCalendar(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** Days since the epoch, by Korea's calendar. */
function koreanDay(ms: number): number {
  return Math.floor((ms + KOREA_OFFSET_MS) / DAY_MS);
}

/** The moment at which a day of Korea is over, in ms: midnight there, which belongs to the next day. */
function endOfDay(day: number): number {
  return (day + 1) * DAY_MS - KOREA_OFFSET_MS;
}

/** When the calendar month of a moment is over in Korea. */
export function koreanMonthEnd(ms: number): number {
  const date = there(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) - KOREA_OFFSET_MS;
}

/** When the day is over in Korea that is so many days later. */
export function koreanDaysLater(ms: number, days: number): number {
  return endOfDay(koreanDay(ms) + days);
}

/**
 * When the day is over in Korea that is so many months later. A month that has no such day ends with its last one: six months
 * from 31 August are over with 28 or 29 February.
 */
export function koreanMonthsLater(ms: number, months: number): number {
  const date = there(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return endOfDay(Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay)) / DAY_MS);
}

/** The hour of Korea's clock, 0 to 23. */
export function koreanHour(ms: number): number {
  return there(ms).getUTCHours();
}

/** The next time that Korea's clock shows this hour, later than now. */
export function nextKoreanHour(ms: number, hour: number): number {
  const today = koreanDay(ms) * DAY_MS - KOREA_OFFSET_MS + hour * HOUR_MS;
  return today > ms ? today : today + DAY_MS;
}

/**
 * Public holidays of Korea, without those that fall on a weekend anyway. Source: the almanac (월력요항) that the Korea AeroSpace
 * Administration announces each year in the official gazette; read on 30 November 2026. A holiday that the government adds at
 * short notice (임시공휴일) is missing until it is written here. A test asks for the next year half a year before the last one is
 * over.
 */
const HOLIDAYS: Readonly<Record<number, string>> = {
  2026: '01-01 02-16 02-17 02-18 03-02 05-01 05-05 05-25 06-03 07-17 08-17 09-24 09-25 10-05 10-09 12-25',
  2027: '01-01 02-08 02-09 03-01 05-03 05-05 05-13 07-19 08-16 09-14 09-15 09-16 10-04 10-11 12-27',
};

const YEARS = Object.keys(HOLIDAYS).map(Number);
const FREE_DAYS: ReadonlySet<number> = new Set(
  Object.entries(HOLIDAYS).flatMap(([year, days]) =>
    days.split(' ').map((day) => Date.parse(`${year}-${day}T00:00:00Z`) / DAY_MS),
  ),
);
const FIRST_DAY = Date.UTC(Math.min(...YEARS), 0) / DAY_MS;
const LAST_DAY = Date.UTC(Math.max(...YEARS) + 1, 0) / DAY_MS - 1;

/** Until when the holidays are known. */
export const HOLIDAYS_KNOWN_UNTIL_MS = endOfDay(LAST_DAY);

/** Day 0 of the epoch was a Thursday. */
function weekdayOf(day: number): number {
  return (day + 4) % 7;
}

/** Banks work; undefined where the holidays of the year are not known. */
function isBusinessDay(day: number): boolean | undefined {
  if (day < FIRST_DAY || day > LAST_DAY) return undefined;
  return ![0, 6].includes(weekdayOf(day)) && !FREE_DAYS.has(day);
}

/** When the n-th business day after today is over in Korea; undefined where the holidays are not known. */
export function koreanBusinessDaysLater(ms: number, count: number): number | undefined {
  let day = koreanDay(ms);
  for (let left = count; left > 0;) {
    day += 1;
    const works = isBusinessDay(day);
    if (works === undefined) return undefined;
    if (works) left -= 1;
  }
  return endOfDay(day);
}

const TUESDAY = 2;
const THURSDAY = 4;

/**
 * When the Thursday is over on which a batch is paid for what was asked until Tuesday, and a week later for what came after;
 * undefined where that Thursday is a holiday, for which no rule is known.
 */
export function koreanBatchThursday(ms: number): number | undefined {
  const today = koreanDay(ms);
  const sunday = today - weekdayOf(today);
  const day = sunday + THURSDAY + (weekdayOf(today) > TUESDAY ? 7 : 0);
  return isBusinessDay(day) === true ? endOfDay(day) : undefined;
}
