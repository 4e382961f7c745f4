import { readFileSync } from 'node:fs';
import { ourBundle } from './bundles.ts';
import { byLot, pairOf, pairsFound, type Found, type Tell } from './stats.ts';
import { environmentFor, startStubs } from './stubs.ts';
import { throttleTo } from './throttle.ts';
import { warmSide } from './warm-side.ts';

/** Lambda gives a whole processor to 1,769 MB (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
const WHOLE_MB = 1_769;
const SIZES = [256, 512] as const;
const BLOCKS = 12;
const BLOCK = 20;
const WARM_UP = 400;

/** Compares a warm refund at half the memory (and processor share) with one at the deployed memory, and tells the peak memory. */
export async function benchMemory(tell: Tell): Promise<Found> {
  const stubs = await startStubs();
  const file = await ourBundle('cancel-payment');
  const sides = SIZES.map((mb) => ({
    mb,
    throttle: throttleTo(mb / WHOLE_MB, String(mb)),
    side: warmSide(file, environmentFor(stubs.url), heapOf(mb)),
    wallMs: [] as number[],
  }));
  for (const { side } of sides) await side.block({ count: WARM_UP });
  for (const { side, throttle } of sides) throttle?.slow(side.pid);
  const isThrottled = sides.every(({ throttle }) => throttle !== undefined);
  for (let turn = 0; turn < (isThrottled ? BLOCKS : 0); turn += 1) {
    tell(`memory: ${turn} of ${BLOCKS} blocks`);
    for (const { side, wallMs } of byLot(sides)) wallMs.push((await side.block({ count: BLOCK })).wallMs);
  }
  const peaksMb = sides.map(({ side }) => peakOf(side.pid));
  for (const { side } of sides) await side.end();
  for (const { throttle } of sides) throttle?.end();
  stubs.end();
  if (!isThrottled)
    return { lines: ['256 MB was NOT measured: no control group may be made here.'], figures: {} };
  const [small, large] = sides;
  const about = { what: "A warm refund with 256 MB's processor", unit: 'ms', name: "with 512 MB's" };
  const { lines, figures } = pairsFound([pairOf(about, small?.wallMs ?? [], large?.wallMs ?? [])]);
  const peaks = `the function that cancels has held ${peaksMb.join(' and ')} MB at most`;
  return { lines: [...lines, peaks], figures: { figures, peaksMb } };
}

/** Lambda's options for Node: a tenth of the memory for the young generation, the rest for the old. */
function heapOf(mb: number): readonly string[] {
  const young = Math.floor(mb / 10);
  return [`--max-semi-space-size=${Math.floor(young / 2)}`, `--max-old-space-size=${mb - young}`];
}

function peakOf(pid: number): number {
  const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kb) / 1024);
}
