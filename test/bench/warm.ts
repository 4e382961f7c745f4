import { ourBundle, rivalBundle } from './bundles.ts';
import { recordCalls } from './recorded.ts';
import { byLot, pairOf, type Pair } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import type { Block } from './warm-process.ts';
import { warmSide } from './warm-side.ts';

/** Rounds begin with new processes, since each compiles a little differently; in a round the sides take turns, block by block. */
const ROUNDS = 5;
const BLOCKS = 8;
const BLOCK = 40;
const WARM_UP = 400;

/** A warm refund against the protocol by hand and against the floor, in wall time and in processor time. */
export async function benchWarm(tell: (text: string) => void): Promise<readonly Pair[]> {
  const stubs = await startStubs();
  const ours = await ourBundle('cancel-payment');
  const recording = await recordCalls(ours, stubs);
  const files = [ours, await rivalBundle('by-hand', 'as_ours'), await rivalBundle('floor', 'as_ours')];
  const took: Block[][] = files.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const environment = { ...environmentFor(stubs.url), ...recording };
    const sides = files.map((file, index) => ({ index, side: warmSide(file, environment) }));
    for (const { side } of byLot(sides)) await side.block({ count: WARM_UP });
    for (let turn = 0; turn < BLOCKS; turn += 1) {
      tell(`warm: ${round * BLOCKS + turn} of ${ROUNDS * BLOCKS} blocks`);
      for (const { index, side } of byLot(sides)) took[index]?.push(await side.block({ count: BLOCK }));
    }
    for (const { side } of sides) await side.end();
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
