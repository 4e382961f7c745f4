import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { cancelEvent, context } from './events.ts';

/**
 * One execution environment that stays warm. All sides run in it, turn by turn in short blocks, so that whatever else the
 * machine does meets them alike. Its log goes nowhere, but is written.
 */
type Handler = (event: object, context: object) => Promise<{ readonly statusCode?: number }>;

export interface Block {
  readonly side: number;
  /** ms for each refund of the block. */
  readonly wallMs: readonly number[];
  /** Processor time of this process, ms a refund. */
  readonly cpuMs: number;
}

const BLOCK = 40;
const WARM_UP = 400;
const [blocksText = '0', ...files] = process.argv.slice(2);

let order = 0;
async function refund(handler: Handler): Promise<number> {
  const event = cancelEvent(`bench-${process.pid}-${(order += 1)}`);
  const fromMs = performance.now();
  const { statusCode } = await handler(event, context());
  const tookMs = performance.now() - fromMs;
  if (statusCode !== 200) throw new Error(`a refund was answered by ${statusCode}`);
  return tookMs;
}

const handlers: Handler[] = [];
for (const file of files) {
  const { handler } = (await import(pathToFileURL(file).href)) as { readonly handler: Handler };
  handlers.push(handler);
}
for (let count = 0; count < WARM_UP; count += 1) for (const handler of handlers) await refund(handler);
for (let block = 0; block < Number(blocksText); block += 1) {
  for (const [side, handler] of handlers.entries()) {
    const wallMs: number[] = [];
    const before = process.cpuUsage();
    for (let count = 0; count < BLOCK; count += 1) wallMs.push(await refund(handler));
    const { user, system } = process.cpuUsage(before);
    process.send?.({ side, wallMs, cpuMs: (user + system) / 1000 / BLOCK } satisfies Block);
  }
}
process.disconnect?.();
