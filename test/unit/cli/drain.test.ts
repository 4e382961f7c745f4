import { describe, expect, it } from 'vitest';
import { drain } from '../../../lib/cli/commands/drain.ts';
import { progressOn } from '../../../lib/cli/progress.ts';

function aBacklog(open: number, perTurn: readonly number[]) {
  let left = open;
  let turns = 0;
  const reports: string[] = [];
  return {
    reports,
    turns: () => turns,
    world: {
      inDoubt: async () => left,
      turn: async () => {
        left -= perTurn[turns] ?? 0;
        turns += 1;
      },
      patience: 3,
      tell: (line: string) => void reports.push(line),
    },
  };
}

describe('drain', () => {
  it('drain runs the resolver until no refund is in doubt, and reports its progress', async () => {
    const { world, reports, turns } = aBacklog(10, [4, 0, 0, 6]);
    expect(await drain(world)).toBe(0);
    expect(turns()).toBe(4);
    expect(reports).toContain('4 of 10 resolved');
  });

  it('drain stops when several runs change nothing, and returns how many refunds are left', async () => {
    const { world, turns } = aBacklog(5, [2]);
    expect(await drain(world)).toBe(3);
    expect(turns()).toBe(4);
  });
});

describe('progress', () => {
  it.each([
    [true, '\r\u001B[2K12 of 300\r\u001B[2K'],
    [false, ''],
  ])(
    'progress is one line that is erased at the end on a terminal (%s), and nothing in a pipe',
    (isTTY, expected) => {
      let written = '';
      const write = (text: string): boolean => {
        written += text;
        return true;
      };
      const progress = progressOn({ write, isTTY, columns: 10 });
      progress.tell('12 of 300 resolved');
      progress.end();
      expect(written).toBe(expected);
    },
  );
});
