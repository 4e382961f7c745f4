import { describe, expect, it } from 'vitest';
import { nextLookAt } from '../../../functions/protocol/doubt.ts';
import { waitsOf } from '../../../functions/refund/times.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const QUIET = 3 * MINUTE;

describe('the waiting times', () => {
  it('G is followed by the send window and the clock difference before a look may decide', () => {
    expect(waitsOf(QUIET)).toEqual({
      clockSkewMs: 5 * SECOND,
      deadAfterMs: 195 * SECOND,
      betweenLooksMs: 30 * SECOND,
      driftAfterMs: 15 * MINUTE,
      unreadableForMs: 60 * MINUTE,
    });
  });

  it('every quiet period of a minute or more has full allowances; below that they shrink, but the send window does not', () => {
    for (const quietMs of [MINUTE, 10 * MINUTE, 60 * MINUTE])
      expect(waitsOf(quietMs)).toMatchObject({ clockSkewMs: 5 * SECOND, betweenLooksMs: 30 * SECOND });
    expect(waitsOf(6 * SECOND)).toMatchObject({
      clockSkewMs: SECOND / 2,
      betweenLooksMs: 3 * SECOND,
      deadAfterMs: 16.5 * SECOND,
    });
  });
});

describe('the next look (row 7)', () => {
  const claim = { claimedAtMs: 0 };

  it('the next look is due ten seconds after the last, but at the first moment after G and when the second look may decide', () => {
    expect(nextLookAt(claim, 0, QUIET)).toBe(10 * SECOND);
    expect(nextLookAt(claim, 190 * SECOND, QUIET)).toBe(195 * SECOND + 1);
    const lookedAtMs = 196 * SECOND;
    expect(nextLookAt({ ...claim, lookedAtMs }, 220 * SECOND, QUIET)).toBe(226 * SECOND);
    expect(nextLookAt({ ...claim, lookedAtMs }, 226 * SECOND, QUIET)).toBe(236 * SECOND);
  });
});
