import { describe, expect, it } from 'vitest';
import { FIRST_LOOK_AFTER_MS, pauseAfter, waitsOf } from '../../../functions/refund/times.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe('how long is waited', () => {
  it('after looks that decided nothing: 5 s, then twice as long each time, at most 5 minutes', () => {
    const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 40].map((checks) => pauseAfter(checks) / SECOND);
    expect(seconds).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('before the first look: until a live worker is done', () => {
    expect(FIRST_LOOK_AFTER_MS).toBe(30 * SECOND);
  });

  it('before a request counts as dead: the window to send it, the quiet period, and two clocks (PROTOCOL, "after G")', () => {
    expect(waitsOf(3 * MINUTE)).toEqual({
      sendWindowMs: 10 * SECOND,
      clockSkewMs: 5 * SECOND,
      deadAfterMs: 195 * SECOND,
      driftAfterMs: 15 * MINUTE,
    });
  });

  it('with the full allowances wherever a deployer can set the quiet period', () => {
    for (const quietMs of [MINUTE, 10 * MINUTE, 60 * MINUTE]) {
      const { sendWindowMs, clockSkewMs } = waitsOf(quietMs);
      expect([sendWindowMs, clockSkewMs]).toEqual([10 * SECOND, 5 * SECOND]);
    }
  });
});
