import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { byLot, compared } from './stats.ts';
import { BY_HAND, bundled, environmentFor, SERVICE, startStubs } from './stubs.ts';
import type { Span } from './stub-process.ts';
import type { Block } from './warm-process.ts';

/** A process of one side, which stays warm. */
interface WarmSide {
  /** Makes this number of refunds, one after the other. */
  readonly block: (count: number) => Promise<Block>;
  readonly end: () => Promise<void>;
}

function warmSide(file: string, env: Readonly<Record<string, string>>): WarmSide {
  const child = fork(fileURLToPath(new URL('warm-process.ts', import.meta.url)), [file], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    block: async (count) =>
      new Promise((resolve, reject) => {
        const died = (): void => reject(new Error('a side ended without an answer'));
        child.once('close', died);
        child.once('message', (told: Block) => {
          child.off('close', died);
          resolve(told);
        });
        child.send(count);
      }),
    end: async () => {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill();
      await ended;
    },
  };
}

/** Each round has new processes, because each compiles a little differently; in a round the sides take turns, block by block. */
const ROUNDS = 5;
const BLOCKS = 8;
const BLOCK = 40;
const WARM_UP = 400;

/** A warm refund compared with the hand-written protocol, in processor time and in wall time. */
export async function benchWarm(): Promise<readonly string[]> {
  const stubs = await startStubs();
  const files = [await bundled(SERVICE), await bundled(BY_HAND)];
  const took: Block[][] = files.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const sides = files.map((file, index) => ({ index, side: warmSide(file, environmentFor(stubs.url)) }));
    for (const { side } of byLot(sides)) await side.block(WARM_UP);
    for (let turn = 0; turn < BLOCKS; turn += 1) {
      for (const { index, side } of byLot(sides)) took[index]?.push(await side.block(BLOCK));
    }
    for (const { side } of sides) await side.end();
  }
  stubs.end();
  const [ours = [], others = []] = took;
  const timesOf = (measure: keyof Block) => ({
    than: 'by hand',
    ours: ours.map((block) => block[measure]),
    others: others.map((block) => block[measure]),
  });
  return [
    compared({ what: 'A warm refund, processor', ...timesOf('cpuMs'), target: 1.2 }),
    compared({ what: 'A warm refund, wall', ...timesOf('wallMs') }),
  ];
}

/** Long enough that requests that are sent in parallel overlap on any machine. */
const ANSWER_MS = 100;

/**
 * How many answers a refund waits for one after the other: the first refund of an environment, including its start, and the
 * next one. A read of the owner during the look, which takes longer, is no wait.
 */
export async function benchWaits(): Promise<readonly string[]> {
  const stubs = await startStubs();
  await stubs.turn(ANSWER_MS);
  const side = warmSide(await bundled(SERVICE), environmentFor(stubs.url));
  const lines: string[] = [];
  for (const which of ['first, with the start', 'next']) {
    await side.block(1);
    const spans = await stubs.turn(ANSWER_MS);
    const look = spans.find(({ name }) => name === 'look');
    const isBeside = ({ name, fromMs, toMs }: Span): boolean =>
      name === 'GetItem' && look !== undefined && fromMs >= look.fromMs && toMs <= look.toMs;
    const waits = consecutiveWaits(spans.filter((span) => !isBeside(span)));
    const calls = spans.map(({ name }) => name).join(', ');
    lines.push(
      `A refund, the ${which}: ${waits} consecutive waits, ${spans.filter(isBeside).length} read in parallel with the look (${calls})`,
    );
  }
  await side.end();
  stubs.end();
  return lines;
}

/** The longest chain of requests of which each begins only after the one before has been answered. */
function consecutiveWaits(spans: readonly Span[]): number {
  const sorted = spans.toSorted((a, b) => a.toMs - b.toMs);
  const depths: number[] = [];
  for (const [index, { fromMs }] of sorted.entries()) {
    const before = sorted.slice(0, index).map((other, at) => (other.toMs <= fromMs ? (depths[at] ?? 0) : 0));
    depths.push(1 + Math.max(0, ...before));
  }
  return Math.max(0, ...depths);
}
