import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { cancelEvent, context } from './events.ts';

/** One execution environment of one side, which stays warm: asked for so many refunds it says what they took. Its log goes nowhere, but is written. */
type Handler = (event: object, context: object) => Promise<{ readonly statusCode?: number }>;

export interface Block {
  /** The median, ms a refund. */
  readonly wallMs: number;
  /** Processor time of this process, ms a refund. */
  readonly cpuMs: number;
}

const [file = ''] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(file).href)) as { readonly handler: Handler };

let order = 0;
async function refund(): Promise<number> {
  const event = cancelEvent(`bench-${process.pid}-${(order += 1)}`);
  const fromMs = performance.now();
  const { statusCode } = await handler(event, context());
  const tookMs = performance.now() - fromMs;
  if (statusCode !== 200) throw new Error(`a refund was answered by ${statusCode}`);
  return tookMs;
}

process.on('message', (count: number) => void block(count));

async function block(count: number): Promise<void> {
  const wall: number[] = [];
  const before = process.cpuUsage();
  for (let each = 0; each < count; each += 1) wall.push(await refund());
  const { user, system } = process.cpuUsage(before);
  const wallMs = wall.toSorted((a, b) => a - b)[Math.floor(count / 2)] ?? NaN;
  process.send?.({ wallMs, cpuMs: (user + system) / 1000 / count } satisfies Block);
}
