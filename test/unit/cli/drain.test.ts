import { describe, expect, it } from 'vitest';
import { drain } from '../../../lib/cli/commands/drain.ts';

describe('drain', () => {
  it.each([
    [
      'runs the resolver until no refund is in doubt',
      10,
      [4, 0, 0, 6],
      0,
      ['4 of 10 resolved', '10 of 10 resolved'],
    ],
    ['stops when several runs change nothing', 5, [2], 3, ['2 of 5 resolved']],
  ])(
    'drain %s, reports its progress, and returns how many are left',
    async (_what, open, turns, left, told) => {
      let inDoubt = open;
      let turn = 0;
      const notices: string[] = [];
      const resolve = async (): Promise<void> => {
        inDoubt -= turns[turn] ?? 0;
        turn += 1;
      };
      const tell = (line: string): void => void notices.push(line);
      const world = { inDoubt: async () => inDoubt, turn: resolve, patience: 3, tell };
      expect(await drain(world)).toBe(left);
      expect(turn).toBe(4);
      expect(notices).toEqual(told);
    },
  );
});
