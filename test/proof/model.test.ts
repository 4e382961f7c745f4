import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Run } from '../support/explorer.ts';
import { progressOf } from '../support/progress.ts';
import { ProtocolWorld, type Fate } from '../support/protocol-world.ts';

/** The long form (npm run test:exhaustive) asks for more. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 2_000);

type Deed =
  | { readonly does: 'cancel'; readonly key: string; readonly amount: number | undefined }
  | { readonly does: 'resolve' | 'webhook' | 'time' }
  | { readonly does: 'console'; readonly amount: number };

const PAID = 9;
const amount = fc.integer({ min: 1, max: 5 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('cancel' as const),
      key: fc.constantFrom('k1', 'k2', 'k3'),
      amount: fc.option(amount, { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('resolve' as const, 'webhook' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('time' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('console' as const), amount }) },
);

/** Some hours at the shop: rounds of deeds at the same time, one round after the other. */
const story = fc.record({
  rounds: fc.array(fc.array(deed, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
  choices: fc.array(fc.nat({ max: 60 }), { maxLength: 120 }),
  crashes: fc.nat({ max: 2 }),
  misfortunes: fc.nat({ max: 4 }),
});

const FATES: readonly Fate[] = ['answered', 'answer_lost', 'lost', 'late', 'not_sent', 'refused_by_pg'];

function begin(world: ProtocolWorld, each: Deed, name: string): void {
  switch (each.does) {
    case 'cancel':
      world.caller(name, each.key, each.amount);
      break;
    case 'resolve':
      world.resolver(name);
      break;
    case 'webhook':
      world.webhook(name);
      break;
    case 'time':
      world.timePasses(name);
      break;
    case 'console':
      world.consoleCancel(each.amount);
      break;
  }
}

describe('any story of cancels, time-outs, late deliveries, crashes, webhooks, console cancels and clock jumps', () => {
  it('ends with every won explained, nothing open and nobody lied to', { timeout: 3_600_000 }, async () => {
    let told = 0;
    let crashed = 0;
    let stories = 0;
    const progress = progressOf('stories so far');
    await fc.assert(
      fc.asyncProperty(story, async ({ rounds, choices, crashes, misfortunes }) => {
        const run = new Run(choices, crashes);
        const world = new ProtocolWorld(run, { fates: FATES, misfortunes, paid: PAID });
        for (const [round, deeds] of rounds.entries()) {
          for (const [index, each] of deeds.entries()) begin(world, each, `${each.does} ${round}.${index}`);
          await run.play(() => world.state(), new Set());
        }
        told += run.answers.size;
        crashed += crashes - run.crashesLeft;
        await world.promisesAreKept();
        stories += 1;
        progress(stories);
      }),
      { numRuns: RUNS },
    );
    console.log(`${RUNS} stories, ${told} answers and ends, ${crashed} crashes`);
    // Stories in which nothing happens would prove nothing.
    expect(told).toBeGreaterThan(RUNS);
    expect(crashed).toBeGreaterThan(RUNS / 20);
  });
});
