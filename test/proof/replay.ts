import { BrokenPromise, fromNumber, playOne } from '../support/explorer.ts';
import { readNumber } from '../support/replay.ts';

/** `npm run replay -- <number>`: shows the schedule with this number, as a failing test printed it, step by step. */
const [number = ''] = process.argv.slice(2);
if (/^\d+$/.test(number)) {
  const { name, scenario, schedule } = readNumber(BigInt(number));
  console.log(name);
  try {
    const { story } = await playOne(scenario, fromNumber(schedule));
    console.log(`\nschedule:\n  ${story.join('\n  ')}\n\nevery promise is kept`);
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    console.log(`\nBROKEN: ${error.message}`);
    process.exitCode = 1;
  }
} else {
  console.error('usage: npm run replay -- <number that a failing schedule has printed>');
  process.exitCode = 2;
}
