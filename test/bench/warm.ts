import { ourBundle, rivalBundle } from './bundles.ts';
import { recordCalls } from './recorded.ts';
import { byLot, pairOf, pairsFound, type Found, type Tell } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import type { Block } from './warm-process.ts';
import { warmSide } from './warm-side.ts';

/** Rounds begin with new processes, since each compiles a little differently; in a round the sides take turns, block by block. */
const ROUNDS = 5;
const BLOCKS = 8;
const BLOCK = 40;
const WARM_UP = 400;

/** A warm refund against the protocol by hand and against the floor, in wall time and in processor time. */
export async function benchWarm(tell: Tell): Promise<Found> {
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
  const pairs = (
    [
      ['cpuMs', 'processor', 1, 'by hand', { target: 1.2 }],
      ['wallMs', 'wall', 1, 'by hand', {}],
      ['cpuMs', 'processor', 2, 'floor', {}],
      ['wallMs', 'wall', 2, 'floor', {}],
    ] as const
  ).map(([measure, what, side, name, target]) => {
    const of = (index: number) => (took[index] ?? []).map((each) => each[measure]);
    return pairOf({ what: `A warm refund, ${what}`, unit: 'ms', name, ...target }, of(0), of(side));
  });
  return pairsFound(pairs);
}
