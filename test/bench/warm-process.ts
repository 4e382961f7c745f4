import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { cancelEvent, context } from './events.ts';

/** One warm execution environment of one side: asked for a number of refunds, it answers how long they took. Its log is written to nowhere. */
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
  order += 1;
  const event = cancelEvent(`bench-${process.pid}-${order}`);
  const fromMs = performance.now();
  const { statusCode } = await handler(event, context());
  const tookMs = performance.now() - fromMs;
  if (statusCode !== 200) throw new Error(`a refund was answered by ${statusCode}`);
  return tookMs;
}

async function block(count: number): Promise<void> {
  const wall: number[] = [];
  const before = process.cpuUsage();
  for (let each = 0; each < count; each += 1) wall.push(await refund());
  const { user, system } = process.cpuUsage(before);
  const wallMs = wall.toSorted((a, b) => a - b)[Math.floor(count / 2)] ?? NaN;
  process.send?.({ wallMs, cpuMs: (user + system) / 1000 / count } satisfies Block);
}

process.on('message', (count: number) => void block(count));
