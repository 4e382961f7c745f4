import { describe, expect, it } from 'vitest';
import { timeOf, toSeconds } from '../../../functions/refund/unix-seconds.ts';

const AT = Date.UTC(2026, 0, 15, 9);

describe('reading a time that others wrote', () => {
  it.each([
    ['Unix seconds', AT / 1000, AT],
    ['Unix seconds as text', ` ${AT / 1000} `, AT],
    ['milliseconds', AT, AT],
    ['milliseconds as text', String(AT), AT],
    ['a date with its zone', '2026-01-15T18:00:00+09:00', AT],
    ['never', 0, undefined],
    // The time zone could change the month.
    ['a date without a zone', '2026-01-15 18:00:00', undefined],
    ['no time', 'yesterday', undefined],
    ['a number after all valid times', 1e30, undefined],
    ['a number before all valid times', -5, undefined],
    ['no number', Number.NaN, undefined],
    ['nothing', null, undefined],
  ])('a time is read or refused: %s', (_what, value, ms) => {
    expect(timeOf(value)).toBe(ms);
  });

  it('any time that is read can be shown as a date and written as seconds', () => {
    const last = timeOf(8.64e15) ?? 0;
    expect(new Date(last).getTime()).toBe(last);
    expect(Number.isSafeInteger(toSeconds(last))).toBe(true);
  });
});
