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

/** `after`: all of one order, which has had so many refunds before the first that is counted. */
export interface Asking {
  readonly count: number;
  readonly after?: number;
}

let order = 0;
async function refund(nth?: number): Promise<number> {
  if (nth === undefined || nth === 0) order += 1;
  const event = cancelEvent(`bench-${process.pid}-${order}`, nth);
  const fromMs = performance.now();
  const { statusCode } = await handler(event, context());
  const tookMs = performance.now() - fromMs;
  if (statusCode !== 200) throw new Error(`a refund was answered by ${statusCode}`);
  return tookMs;
}

process.on('message', (asking: Asking) => void block(asking));

async function block({ count, after }: Asking): Promise<void> {
  const wall: number[] = [];
  for (let nth = 0; nth < (after ?? 0); nth += 1) await refund(nth);
  const before = process.cpuUsage();
  for (let each = 0; each < count; each += 1)
    wall.push(await refund(after === undefined ? undefined : after + each));
  const { user, system } = process.cpuUsage(before);
  const wallMs = wall.toSorted((a, b) => a - b)[Math.floor(count / 2)] ?? NaN;
  process.send?.({ wallMs, cpuMs: (user + system) / 1000 / count } satisfies Block);
}
