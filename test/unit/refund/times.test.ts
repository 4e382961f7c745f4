import { describe, expect, it } from 'vitest';
import { nextLookAt } from '../../../functions/protocol/doubt.ts';
import { waitsOf } from '../../../functions/refund/times.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const QUIET = 3 * MINUTE;

describe('how long is waited', () => {
  it('after G: the window to send it, the quiet period, and the difference of two clocks', () => {
    expect(waitsOf(QUIET)).toEqual({
      clockSkewMs: 5 * SECOND,
      deadAfterMs: 195 * SECOND,
      betweenLooksMs: 30 * SECOND,
      driftAfterMs: 15 * MINUTE,
      unreadableForMs: 60 * MINUTE,
    });
  });

  it('in full wherever a deployer can set the quiet period; below a minute the allowances shrink, the window never', () => {
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

  it('is due ten seconds after the last, but sooner at the first moment after G and when the second look may decide', () => {
    expect(nextLookAt(claim, 0, QUIET)).toBe(10 * SECOND);
    expect(nextLookAt(claim, 190 * SECOND, QUIET)).toBe(195 * SECOND + 1);
    const lookedAtMs = 196 * SECOND;
    expect(nextLookAt({ ...claim, lookedAtMs }, 220 * SECOND, QUIET)).toBe(226 * SECOND);
    expect(nextLookAt({ ...claim, lookedAtMs }, 226 * SECOND, QUIET)).toBe(236 * SECOND);
  });
});
