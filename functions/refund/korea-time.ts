/** Korea has had no daylight-saving time since 1988, so a fixed offset of 9 hours is enough. */
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const KOREA_OFFSET_MS = 9 * HOUR_MS;

/** A date whose UTC fields show the Korean clock. */
function koreanDate(ms: number): Date {
  return new Date(ms + KOREA_OFFSET_MS);
}

/** `2026-11-25 20:30:00.123`, in Korea: the time that people of the shop and the PG compare. */
export function koreanTime(ms: number): string {
  return koreanDate(ms).toISOString().slice(0, 23).replace('T', ' ');
}

/** A period in ms, without `endMs`. */
export interface Period {
  readonly beginMs: number;
  readonly endMs: number;
}

/** A day in Korea (`2026-11-25`) from start to end, or the moment of a time with its offset. */
export function periodIn(text: string): Period | undefined {
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

/** Days since the epoch, in Korea. */
function koreanDay(ms: number): number {
  return Math.floor((ms + KOREA_OFFSET_MS) / DAY_MS);
}

/** The end of a day in Korea in ms: midnight, which belongs to the next day. */
function endOfDay(day: number): number {
  return (day + 1) * DAY_MS - KOREA_OFFSET_MS;
}

/** The end of a moment's calendar month in Korea. */
export function koreanMonthEnd(ms: number): number {
  const date = koreanDate(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) - KOREA_OFFSET_MS;
}

/** The end of the day that many days later, in Korea. */
export function koreanDaysLater(ms: number, days: number): number {
  return endOfDay(koreanDay(ms) + days);
}

/**
 * The end of the same day that many months later, in Korea. A month without that day ends with its last one: six months from 31
 * August end on 28 or 29 February.
 */
export function koreanMonthsLater(ms: number, months: number): number {
  const date = koreanDate(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return endOfDay(Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay)) / DAY_MS);
}

/** The hour in Korea, 0 to 23. */
export function koreanHour(ms: number): number {
  return koreanDate(ms).getUTCHours();
}

/** The next time at this hour in Korea, later than now. */
export function nextKoreanHour(ms: number, hour: number): number {
  const today = koreanDay(ms) * DAY_MS - KOREA_OFFSET_MS + hour * HOUR_MS;
  return today > ms ? today : today + DAY_MS;
}

/**
 * Public holidays of Korea that do not fall on a weekend. Source: the almanac (월력요항) that the Korea AeroSpace Administration
 * announces each year in the official gazette; read on 30 November 2026. A holiday added at short notice (임시공휴일) is missing until
 * it is added here. A test asks for the next year half a year before the last known one ends.
 */
const HOLIDAYS: Readonly<Record<string, string>> = {
  2026: '01-01 02-16 02-17 02-18 03-02 05-01 05-05 05-25 06-03 07-17 08-17 09-24 09-25 10-05 10-09 12-25',
  2027: '01-01 02-08 02-09 03-01 05-03 05-05 05-13 07-19 08-16 09-14 09-15 09-16 10-04 10-11 12-27',
};

/** Day 0 of the epoch was a Thursday. */
function weekdayOf(day: number): number {
  return (day + 4) % 7;
}

/** Whether banks work; undefined when the year's holidays are not known. */
function isBusinessDay(day: number): boolean | undefined {
  const [year = '', monthAndDay = ''] = new Date(day * DAY_MS).toISOString().slice(0, 10).split(/-(.*)/);
  const holidays = HOLIDAYS[year]?.split(' ');
  return holidays && ![0, 6].includes(weekdayOf(day)) && !holidays.includes(monthAndDay);
}

/** The end of the n-th business day after today in Korea; undefined when the holidays are not known. */
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
 * The end of the Thursday on which requests until Tuesday are paid, a week later for later requests; undefined when that Thursday
 * is a holiday, for which no rule is known.
 */
export function koreanBatchThursday(ms: number): number | undefined {
  const today = koreanDay(ms);
  const sunday = today - weekdayOf(today);
  const day = sunday + THURSDAY + (weekdayOf(today) > TUESDAY ? 7 : 0);
  return isBusinessDay(day) === true ? endOfDay(day) : undefined;
}
