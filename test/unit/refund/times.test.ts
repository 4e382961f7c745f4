import { describe, expect, it } from 'vitest';
import { nextLookAt } from '../../../functions/protocol/doubt.ts';
import { koreanBatchThursday, koreanBusinessDaysLater } from '../../../functions/refund/korea-time.ts';
import { waitsOf } from '../../../functions/refund/times.ts';
import { timeOf } from '../../../functions/refund/unix-seconds.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const QUIET = 3 * MINUTE;

describe('the waiting times', () => {
  it('a look may decide after G, the send window and the clock difference; below a minute only the send window stays', () => {
    expect(waitsOf(QUIET)).toEqual({
      clockSkewMs: 5 * SECOND,
      deadAfterMs: 195 * SECOND,
      betweenLooksMs: 30 * SECOND,
      driftAfterMs: 15 * MINUTE,
      unreadableForMs: 60 * MINUTE,
    });
    expect(waitsOf(MINUTE)).toMatchObject({ clockSkewMs: 5 * SECOND, betweenLooksMs: 30 * SECOND });
    expect(waitsOf(6 * SECOND)).toMatchObject({
      clockSkewMs: SECOND / 2,
      betweenLooksMs: 3 * SECOND,
      deadAfterMs: 16.5 * SECOND,
    });
  });

  it.each([
    ['ten seconds after the last', undefined, 0, 10 * SECOND],
    ['at the first moment after G', undefined, 190 * SECOND, 195 * SECOND + 1],
    ['when the second look may decide', 196 * SECOND, 220 * SECOND, 226 * SECOND],
    ['ten seconds after that', 196 * SECOND, 226 * SECOND, 236 * SECOND],
  ])('the next look is due %s (row 7)', (_when, lookedAtMs, nowMs, dueMs) => {
    const claim = { claimedAtMs: 0, ...(lookedAtMs !== undefined && { lookedAtMs }) };
    expect(nextLookAt(claim, nowMs, QUIET)).toBe(dueMs);
  });
});

const AT = Date.UTC(2026, 0, 15, 9);

describe('a time that others wrote', () => {
  it.each([
    ['Unix seconds', AT / 1000, AT],
    ['Unix seconds as text', ` ${AT / 1000} `, AT],
    ['milliseconds as text', String(AT), AT],
    ['a date with its zone', '2026-01-15T18:00:00+09:00', AT],
    ['never', 0, undefined],
    // The time zone could change the month.
    ['a date without a zone', '2026-01-15 18:00:00', undefined],
    ['a number after all valid times', 1e30, undefined],
    ['a number before all valid times', -5, undefined],
    ['nothing', null, undefined],
  ])('a time is read or refused: %s', (_what, value, ms) => {
    expect(timeOf(value)).toBe(ms);
  });

  it('a year of five digits is not read, because no list, answer or business day can be made of it', () => {
    const last = Date.UTC(9999, 11, 1) - 1;
    expect(timeOf(last)).toBe(last);
    expect(timeOf(last + 1)).toBeUndefined();
    expect(koreanBusinessDaysLater(last, 10)).toBeUndefined();
    expect(koreanBatchThursday(last)).toBeUndefined();
  });
});
