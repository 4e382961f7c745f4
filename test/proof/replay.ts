import { replay } from '../support/replay.ts';

/** `npm run replay -- <number>`: shows the schedule with this number, as a failing test printed it, step by step. */
const [number = ''] = process.argv.slice(2);
if (/^\d+$/.test(number)) {
  const { name, steps, broken } = await replay(number);
  console.log(`${name}\n`);
  for (const [index, step] of steps.entries()) console.log(`${String(index + 1).padStart(4)}  ${step}`);
  console.log(broken === undefined ? '\nevery promise is kept' : `\nBROKEN: ${broken}`);
  process.exitCode = broken === undefined ? 0 : 1;
} else {
  console.error('usage: npm run replay -- <number that a failing schedule has printed>');
  process.exitCode = 2;
}
