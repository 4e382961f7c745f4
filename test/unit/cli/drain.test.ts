import { describe, expect, it } from 'vitest';
import { drain } from '../../../lib/cli/commands/drain.ts';
import { progressOn } from '../../../lib/cli/progress.ts';

function aBacklog(open: number, perTurn: readonly number[]) {
  let left = open;
  let turns = 0;
  const told: string[] = [];
  return {
    told,
    turns: () => turns,
    world: {
      inDoubt: async () => left,
      turn: async () => {
        left -= perTurn[turns] ?? 0;
        turns += 1;
      },
      patience: 3,
      tell: (line: string) => void told.push(line),
      tellEveryMs: 1,
    },
  };
}

describe('draining what is in doubt', () => {
  it('goes on until nothing is left, and tells how far it is', async () => {
    const { world, told, turns } = aBacklog(10, [4, 0, 0, 6]);
    expect(await drain(world)).toBe(0);
    expect(turns()).toBe(4);
    expect(told).toContain('4 of 10 resolved');
  });

  it('gives up when nothing changes any more, and says how many are left', async () => {
    const { world, turns } = aBacklog(5, [2]);
    expect(await drain(world)).toBe(3);
    expect(turns()).toBe(4);
  });

  it('has nothing to do when nothing is in doubt', async () => {
    const { world, turns } = aBacklog(0, []);
    expect(await drain(world)).toBe(0);
    expect(turns()).toBe(0);
  });

  it('ends when a turn fails, with its error', async () => {
    const { world } = aBacklog(5, []);
    const turn = async (): Promise<void> => {
      throw new Error('the resolver did not run');
    };
    await expect(drain({ ...world, turn })).rejects.toThrow('the resolver did not run');
  });
});

describe('progress', () => {
  it.each([
    [true, '\r\u001B[2K12 of 300\r\u001B[2K'],
    [false, ''],
  ])(
    'on a terminal (%s) is one line that leaves nothing behind, in a pipe nothing at all',
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
