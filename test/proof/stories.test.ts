import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromNumber, inBursts, playOne, type Run } from '../support/explorer.ts';
import { STORY, told } from '../support/replay.ts';
import { story } from '../support/stories.ts';

/** The long run (npm run test:exhaustive) has more stories. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 1_000);
/** Enough digits for every choice of the longest story. */
const LONGEST = 2n ** 1_000n;

describe('any story of cancels, time-outs, late deliveries, crashes, webhooks, people, other programs and clock jumps', () => {
  it(
    'every story ends with every won explained, nothing open and every answer true',
    { timeout: 3_600_000 },
    async () => {
      const seen = { answers: 0, crashes: 0, strayed: 0 };
      const tell = (run: Run): void => {
        seen.answers += run.answers.size;
        seen.crashes += 2 - run.crashesLeft;
        seen.strayed += run.story.filter((step) => step.startsWith('  (')).length;
      };
      await fc.assert(
        // A story is a number, so that a failing one can be repeated; smaller numbers give shorter stories.
        fc.asyncProperty(fc.bigInt({ min: 0n, max: LONGEST }), async (number) => {
          try {
            const choices = number % 2n === 0n ? fromNumber(number / 2n) : inBursts(number / 2n);
            tell(await playOne(story(), choices));
          } catch (error) {
            throw told(error, STORY);
          }
        }),
        { numRuns: RUNS },
      );
      const { answers, crashes, strayed } = seen;
      console.log(`${RUNS} stories, ${answers} answers and ends, ${crashes} crashes, ${strayed} misfortunes`);
      // Stories without any event would prove nothing.
      expect(answers).toBeGreaterThan(RUNS);
      expect(crashes).toBeGreaterThan(RUNS / 20);
      expect(strayed).toBeGreaterThan(RUNS / 2);
    },
  );
});
