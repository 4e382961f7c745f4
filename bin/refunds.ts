import { text } from 'node:stream/consumers';
import { refunds } from '../lib/cli/refunds.ts';

/** `npm run refunds --`: the command line for the person on call. */

process.exitCode = await refunds(process.argv.slice(2), {
  env: process.env,
  nowMs: Date.now,
  write: (line) => console.log(line),
  error: (line) => console.error(line),
  stdin: async () => text(process.stdin),
});
