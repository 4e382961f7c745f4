import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HOLIDAYS_KNOWN_UNTIL_MS,
  koreanBatchThursday,
  koreanBusinessDaysLater,
  koreanDaysLater,
  koreanHour,
  koreanMonth,
  koreanMonthEnd,
  koreanMonthsLater,
  koreanTime,
  nextKoreanHour,
} from '../../../../functions/refund/korea-time.ts';
import { korea } from './cases.ts';

const DAY_MS = 86_400_000;
const moments = fc.integer({ min: korea(2020, 1, 1), max: korea(2035, 1, 1) });
const dateOf = (ms: number) => koreanTime(ms).slice(0, 10);

describe('the Korean clock', () => {
  it('a month begins nine hours earlier than in UTC', () => {
    expect(koreanMonth(Date.UTC(2026, 0, 31, 14, 59, 59))).toBe('2026-01');
    expect(koreanMonth(Date.UTC(2026, 0, 31, 15))).toBe('2026-02');
  });

  it('a month ends at the first moment of the next one', () => {
    expect(koreanMonthEnd(korea(2026, 12, 31, 23, 59, 59))).toBe(korea(2027, 1, 1));
    fc.assert(
      fc.property(moments, (ms) => {
        const endMs = koreanMonthEnd(ms);
        expect(koreanMonth(endMs - 1)).toBe(koreanMonth(ms));
        expect(koreanMonth(endMs)).not.toBe(koreanMonth(ms));
      }),
    );
  });

  it('days are counted from the day itself, whatever the hour, to the end of the last one', () => {
    expect(koreanDaysLater(korea(2028, 2, 28, 23, 59), 1)).toBe(korea(2028, 3, 1));
    expect(koreanDaysLater(korea(2027, 2, 28), 1)).toBe(korea(2027, 3, 2));
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 2000 }), (ms, days) => {
        const endMs = koreanDaysLater(ms, days);
        expect(koreanHour(endMs)).toBe(0);
        expect(endMs - ms).toBeGreaterThan(days * DAY_MS);
        expect(endMs - ms).toBeLessThanOrEqual((days + 1) * DAY_MS);
      }),
    );
  });

  it.each([
    [korea(2026, 8, 31, 23, 59, 59), korea(2027, 3, 1)],
    [korea(2027, 8, 31), korea(2028, 3, 1)],
    [korea(2027, 8, 29), korea(2028, 3, 1)],
    [korea(2027, 8, 28), korea(2028, 2, 29)],
    [korea(2026, 3, 31), korea(2026, 10, 1)],
    [korea(2028, 2, 29), korea(2028, 8, 30)],
    [korea(2026, 7, 1), korea(2027, 1, 2)],
  ])("six months end on the same day of the month, or on the month's last day: %s", (ms, endMs) => {
    expect(koreanMonthsLater(ms, 6)).toBe(endMs);
  });

  it('a later payment never ends before an earlier one, and no month is skipped', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: DAY_MS * 40 }), (ms, laterMs) => {
        expect(koreanMonthsLater(ms + laterMs, 6)).toBeGreaterThanOrEqual(koreanMonthsLater(ms, 6));
        const [year = 0, month = 0] = koreanMonth(ms).split('-').map(Number);
        const [endYear = 0, endMonth = 0] = koreanMonth(koreanMonthsLater(ms, 6) - 1)
          .split('-')
          .map(Number);
        expect(endYear * 12 + endMonth).toBe(year * 12 + month + 6);
      }),
    );
  });

  it('the next time of a given hour is within a day and later than now', () => {
    expect(nextKoreanHour(korea(2026, 8, 31, 23), 6)).toBe(korea(2026, 9, 1, 6));
    expect(nextKoreanHour(korea(2026, 9, 1, 6), 6)).toBe(korea(2026, 9, 2, 6));
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 23 }), (ms, hour) => {
        const nextMs = nextKoreanHour(ms, hour);
        expect(koreanTime(nextMs).slice(11)).toBe(`${String(hour).padStart(2, '0')}:00:00.000`);
        expect(nextMs).toBeGreaterThan(ms);
        expect(nextMs - ms).toBeLessThanOrEqual(DAY_MS);
      }),
    );
  });
});

describe('business days in Korea', () => {
  it.each([
    ['the one after a Friday is Monday', korea(2026, 1, 16, 12), 1, korea(2026, 1, 20)],
    ['the one after Sunday evening in London is Tuesday', Date.UTC(2026, 0, 18, 15), 1, korea(2026, 1, 21)],
    ['the new year’s feast is no business day', korea(2026, 2, 13, 12), 1, korea(2026, 2, 20)],
    ['a day in lieu of a Sunday holiday is no business day', korea(2027, 10, 1, 12), 1, korea(2027, 10, 6)],
    ['the day of local elections is no business day', korea(2026, 6, 2, 12), 1, korea(2026, 6, 5)],
    ['seven business days after a Thursday', korea(2026, 7, 2, 12), 7, korea(2026, 7, 14)],
    ['seven business days over Chuseok', korea(2026, 9, 21, 12), 7, korea(2026, 10, 3)],
  ])('%s', (_rule, ms, count, endMs) => {
    expect(koreanBusinessDaysLater(ms, count)).toBe(endMs);
  });

  it('no business day is guessed in a year whose holidays are not known', () => {
    expect(koreanBusinessDaysLater(HOLIDAYS_KNOWN_UNTIL_MS - DAY_MS / 2, 1)).toBeUndefined();
    expect(koreanBusinessDaysLater(korea(2025, 12, 30), 1)).toBeUndefined();
    expect(koreanBatchThursday(HOLIDAYS_KNOWN_UNTIL_MS + DAY_MS)).toBeUndefined();
  });

  it('the holidays are known for half a year at least: write those of the next year into korea-time.ts', () => {
    expect(HOLIDAYS_KNOWN_UNTIL_MS - Date.now()).toBeGreaterThan(183 * DAY_MS);
  });

  it('a business day is never on a weekend', () => {
    const known = fc.integer({ min: korea(2026, 1, 1), max: HOLIDAYS_KNOWN_UNTIL_MS - 40 * DAY_MS });
    fc.assert(
      fc.property(known, fc.integer({ min: 1, max: 10 }), (ms, count) => {
        const endMs = koreanBusinessDaysLater(ms, count);
        if (endMs === undefined) throw new Error('Bug: the holidays are known');
        const weekday = new Date(`${dateOf(endMs - 1)}T00:00:00Z`).getUTCDay();
        expect([1, 2, 3, 4, 5]).toContain(weekday);
        expect(koreanBusinessDaysLater(endMs - 1, 1)).toBe(koreanBusinessDaysLater(ms, count + 1));
      }),
    );
  });
});

describe('batches that are paid on Thursdays', () => {
  it.each([
    ['Sunday', korea(2026, 7, 5), korea(2026, 7, 10)],
    ['Tuesday, to its last second', korea(2026, 7, 7, 23, 59, 59), korea(2026, 7, 10)],
    ['Wednesday, from its first', korea(2026, 7, 8), korea(2026, 7, 17)],
    ['Thursday', korea(2026, 7, 9, 12), korea(2026, 7, 17)],
    ['Saturday', korea(2026, 7, 11, 12), korea(2026, 7, 17)],
  ])('the next batch pays a request of %s', (_day, ms, endMs) => {
    expect(koreanBatchThursday(ms)).toBe(endMs);
  });

  it('no rule gives a date when the Thursday is a holiday', () => {
    // 24 September 2026, a Thursday, is the day before Chuseok and a holiday.
    expect(koreanBatchThursday(korea(2026, 9, 22))).toBeUndefined();
  });
});
