import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ourBundle, rivalBundle } from './bundles.ts';
import { recordCalls } from './recorded.ts';
import { byLot, pairOf, type Pair } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import type { Block } from './warm-process.ts';

/** Rounds begin with new processes, since each compiles a little differently; in a round the sides take turns, block by block. */
const ROUNDS = 5;
const BLOCKS = 8;
const BLOCK = 40;
const WARM_UP = 400;
const PROCESS = fileURLToPath(new URL('warm-process.ts', import.meta.url));

/** A warm refund against the protocol by hand and against the floor, in wall time and in processor time. */
export async function benchWarm(tell: (text: string) => void): Promise<readonly Pair[]> {
  const stubs = await startStubs();
  const ours = await ourBundle('cancel-payment');
  const recording = await recordCalls(ours, stubs);
  const files = [ours, await rivalBundle('by-hand', 'as_ours'), await rivalBundle('floor', 'as_ours')];
  const took: Block[][] = files.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const sides = files.map((file, side) => {
      const options = { env: { ...environmentFor(stubs.url), ...recording }, silent: false } as const;
      return {
        side,
        child: fork(PROCESS, [file], { ...options, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
      };
    });
    for (const { child } of byLot(sides)) await block(child, WARM_UP);
    for (let turn = 0; turn < BLOCKS; turn += 1) {
      tell(`warm: ${round * BLOCKS + turn} of ${ROUNDS * BLOCKS} blocks`);
      for (const { side, child } of byLot(sides)) took[side]?.push(await block(child, BLOCK));
    }
    for (const { child } of sides) child.kill();
  }
  stubs.end();
  const of = (side: number, measure: keyof Block) => (took[side] ?? []).map((each) => each[measure]);
  const pair = (
    what: string,
    measure: keyof Block,
    [side, name]: readonly [number, string],
    target?: number,
  ) =>
    pairOf(
      { what: `A warm refund, ${what}`, unit: 'ms', name, ...(target === undefined ? {} : { target }) },
      of(0, measure),
      of(side, measure),
    );
  return [
    pair('processor', 'cpuMs', [1, 'by hand'], 1.2),
    pair('wall', 'wallMs', [1, 'by hand']),
    pair('processor', 'cpuMs', [2, 'floor']),
    pair('wall', 'wallMs', [2, 'floor']),
  ];
}

async function block(child: ChildProcess, count: number): Promise<Block> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error('a side ended without an answer'));
    child.once('close', died);
    child.once('message', (told: Block) => {
      child.off('close', died);
      resolve(told);
    });
    child.send(count);
  });
}
