import { text } from 'node:stream/consumers';
import { progressOn } from '../lib/cli/progress.ts';
import { refunds } from '../lib/cli/refunds.ts';

/** `npm run refunds --`: the command line for the person on call. */

const progress = progressOn(process.stderr);

process.exitCode = await refunds(process.argv.slice(2), {
  env: process.env,
  nowMs: Date.now,
  write: (line) => console.log(line),
  error: (line) => console.error(line),
  progress: (line) => (line === '' ? progress.end() : progress.tell(line)),
  stdin: async () => text(process.stdin),
});
