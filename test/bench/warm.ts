import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ourBundle, rivalBundle } from './bundles.ts';
import { pairOf, sideOf, type Pair } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import type { Block } from './warm-process.ts';

const BLOCKS = 20;

/** A warm refund against the floor and against the protocol by hand, in wall time and in processor time. */
export async function benchWarm(tell: (text: string) => void): Promise<readonly Pair[]> {
  const files = [
    await ourBundle('cancel-payment'),
    await rivalBundle('by-hand', { standIns: true }),
    await rivalBundle('floor', { standIns: true }),
  ];
  const stubs = await startStubs();
  const child = fork(fileURLToPath(new URL('warm-process.ts', import.meta.url)), [String(BLOCKS), ...files], {
    env: environmentFor(stubs.url),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const blocks: Block[] = [];
  child.on('message', (block: Block) => {
    blocks.push(block);
    tell(`warm: ${blocks.length} of ${BLOCKS * files.length} blocks`);
  });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  stubs.end();
  if (status !== 0) throw new Error(`the warm process ended with ${status}`);
  const of = (side: number) => blocks.filter((block) => block.side === side);
  const wall = (side: number) => of(side).map(({ wallMs }) => sideOf(wallMs).median);
  const cpu = (side: number) => of(side).map(({ cpuMs }) => cpuMs);
  const about = (what: string, name: string, target?: number) => ({
    what: `A warm refund, ${what}`,
    unit: 'ms',
    name,
    ...(target === undefined ? {} : { target }),
  });
  return [
    pairOf(about('wall', 'by hand', 1.15), wall(0), wall(1)),
    pairOf(about('processor', 'by hand', 1.15), cpu(0), cpu(1)),
    pairOf(about('wall', 'floor'), wall(0), wall(2)),
    pairOf(about('processor', 'floor'), cpu(0), cpu(2)),
  ];
}
