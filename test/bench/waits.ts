import { ourBundle } from './bundles.ts';
import type { Span } from './stub-process.ts';
import { environmentFor, startStubs, waitsInARow } from './stubs.ts';
import { warmSide } from './warm-side.ts';

/** Long enough that what is asked at the same time overlaps on any machine. */
const ANSWER_MS = 100;

export interface Waits {
  readonly when: string;
  readonly waits: number;
  /** Reads of the owner while the look is under way, which takes longer: they are in no wait's way. */
  readonly besideTheLook: number;
  /** Each call by its name, in the order of their answers: the secret, the tables' and i'mport's (token, look, cancel). */
  readonly calls: readonly string[];
}

/** How many answers a refund waits for one after the other: the first of an environment, with that one's start, and the next. */
export async function benchWaits(): Promise<readonly Waits[]> {
  const stubs = await startStubs();
  await stubs.turn(ANSWER_MS);
  const side = warmSide(await ourBundle('cancel-payment'), environmentFor(stubs.url));
  const told = (when: string, spans: readonly Span[]): Waits => {
    const look = spans.find(({ name }) => name === 'look');
    const isBeside = ({ name, fromMs, toMs }: Span): boolean =>
      name === 'GetItem' && look !== undefined && fromMs >= look.fromMs && toMs <= look.toMs;
    const waits = waitsInARow(spans.filter((span) => !isBeside(span)));
    const calls = spans.map(({ name }) => name);
    return { when, waits, besideTheLook: spans.filter(isBeside).length, calls };
  };
  await side.block({ count: 1 });
  const first = told('first, with the start', await stubs.turn(ANSWER_MS));
  await side.block({ count: 1 });
  const next = told('next', await stubs.turn(0));
  await side.end();
  stubs.end();
  return [first, next];
}
