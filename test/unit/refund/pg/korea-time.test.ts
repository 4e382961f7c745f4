import { describe, expect, it } from 'vitest';
import {
  koreanBatchThursday,
  koreanBusinessDaysLater,
  koreanDaysLater,
  koreanMonthEnd,
  koreanMonthsLater,
  nextKoreanHour,
  periodIn,
} from '../../../../functions/refund/korea-time.ts';
import { korea } from './cases.ts';

type Row = [rule: string, ms: number | undefined, expectedMs: number | undefined];

describe('the Korean calendar', () => {
  it.each<Row>([
    ['a month begins at 15:00 UTC', koreanMonthEnd(Date.UTC(2026, 0, 31, 15)), korea(2026, 3, 1)],
    ['a month ends with its last second', koreanMonthEnd(korea(2026, 12, 31, 23, 59, 59)), korea(2027, 1, 1)],
    ['a day counts from its first hour', koreanDaysLater(korea(2028, 2, 28), 1), korea(2028, 3, 1)],
    ['a day counts to its last hour', koreanDaysLater(korea(2028, 2, 28, 23, 59), 1), korea(2028, 3, 1)],
    ['no days later is the end of today', koreanDaysLater(korea(2027, 2, 28), 0), korea(2027, 3, 1)],
    ['a month ends on the same day', koreanMonthsLater(korea(2026, 7, 1), 6), korea(2027, 1, 2)],
    ['a month of another length, too', koreanMonthsLater(korea(2028, 2, 29), 6), korea(2028, 8, 30)],
    ['or on its last day', koreanMonthsLater(korea(2026, 8, 31, 23, 59, 59), 6), korea(2027, 3, 1)],
    ['or on its last day in a leap year', koreanMonthsLater(korea(2027, 8, 31), 6), korea(2028, 3, 1)],
    ['the 30th day', koreanMonthsLater(korea(2026, 3, 31), 6), korea(2026, 10, 1)],
    ['six in the morning is tomorrow', nextKoreanHour(korea(2026, 8, 31, 23), 6), korea(2026, 9, 1, 6)],
    ['six in the morning is today', nextKoreanHour(korea(2026, 9, 1, 5, 59), 6), korea(2026, 9, 1, 6)],
    ['six in the morning is not now', nextKoreanHour(korea(2026, 9, 1, 6), 6), korea(2026, 9, 2, 6)],
  ])('%s', (_rule, ms, expectedMs) => {
    expect(ms).toBe(expectedMs);
  });

  it.each([
    ['2026-11-25', korea(2026, 11, 25), korea(2026, 11, 26)],
    ['2026-11-25T20:30:00+0900', korea(2026, 11, 25, 20, 30), korea(2026, 11, 25, 20, 30)],
    ['2026-11-25t11:30z', korea(2026, 11, 25, 20, 30), korea(2026, 11, 25, 20, 30)],
  ])('%s is a Korean day or a moment', (text, beginMs, endMs) => {
    expect(periodIn(text)).toEqual({ beginMs, endMs });
  });

  it.each(['2026-02-30', '2026-11-25T20:30:00', '2026-11-25T25:00Z', '25 November'])(
    '%s is no day',
    (text) => {
      expect(periodIn(text)).toBeUndefined();
    },
  );
});

const later = koreanBusinessDaysLater;

describe('business days in Korea', () => {
  it.each<Row>([
    ['the one after a Friday is Monday', later(korea(2026, 1, 16, 12), 1), korea(2026, 1, 20)],
    ['the one after Sunday, 15:00 UTC is Tuesday', later(Date.UTC(2026, 0, 18, 15), 1), korea(2026, 1, 21)],
    ['a day in lieu of a Sunday holiday is none', later(korea(2027, 10, 1, 12), 1), korea(2027, 10, 6)],
    ['seven business days over Chuseok', later(korea(2026, 9, 21, 12), 7), korea(2026, 10, 3)],
    ['none is guessed after the known years', later(korea(2027, 12, 31, 12), 1), undefined],
    ['none is guessed before the known years', later(korea(2025, 12, 30), 1), undefined],
    ['the first known year begins with a holiday', later(korea(2025, 12, 31, 12), 1), korea(2026, 1, 3)],
  ])('%s', (_rule, ms, expectedMs) => {
    expect(ms).toBe(expectedMs);
  });

  it('the holidays are known for half a year at least: write those of the next year into korea-time.ts', () => {
    expect(koreanBusinessDaysLater(Date.now() + 183 * 86_400_000, 1)).toBeDefined();
  });

  it.each([
    ['Sunday', korea(2026, 7, 5), korea(2026, 7, 10)],
    ['Tuesday, to its last second', korea(2026, 7, 7, 23, 59, 59), korea(2026, 7, 10)],
    ['Wednesday, from its first', korea(2026, 7, 8), korea(2026, 7, 17)],
    ['Saturday', korea(2026, 7, 11, 12), korea(2026, 7, 17)],
    // 24 September 2026, a Thursday, is a holiday: no rule gives a date.
    ['the week of Chuseok', korea(2026, 9, 22), undefined],
    ['a year whose holidays are not known', korea(2028, 1, 4), undefined],
  ])('a batch on a Thursday pays a request of %s', (_day, ms, endMs) => {
    expect(koreanBatchThursday(ms)).toBe(endMs);
  });
});
