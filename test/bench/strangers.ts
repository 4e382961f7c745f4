import { startService } from '../support/service.ts';
import { WAYS } from '../support/strangers.ts';
import { pairOf, pairsFound, type Found, type Pair, type Tell } from './stats.ts';

const ROUNDS = 220;
/** The first rounds warm up. */
const COUNTED_FROM = 20;

/**
 * How long what is somebody else's takes to be refused, against what is unknown. That both ask the same of table and
 * provider is held by `test/fault/service.test.ts`; this shows what is left: microseconds of reading an item.
 */
export async function benchStrangers(tell: Tell): Promise<Found> {
  const service = await startService();
  await service.order('theirs');
  const pairs: Pair[] = [];
  for (const [way, ask] of WAYS) {
    const times = { theirs: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      tell(`strangers, ${way}: round ${round + 1} of ${ROUNDS}`);
      const turns = ['theirs', 'unknown'] as const;
      for (const name of round % 2 === 0 ? turns : turns.toReversed()) {
        const fromMs = performance.now();
        const { status } = await ask(service, name);
        if (status !== 404) throw new Error(`${name} was answered by ${status}`);
        if (round >= COUNTED_FROM) times[name].push(performance.now() - fromMs);
      }
    }
    pairs.push(
      pairOf(
        { what: `Somebody else's payment refused, ${way}`, unit: 'ms', name: 'unknown' },
        times.theirs,
        times.unknown,
      ),
    );
  }
  await service.end();
  return pairsFound(pairs);
}
