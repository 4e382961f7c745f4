import { refundCommand } from '../lib/local/demonstration.ts';
import { LocalRunError } from '../lib/local/errors.ts';
import type { Log } from '../lib/local/options.ts';
import { startLocalRun } from '../lib/local/runner.ts';
import { readSettings } from '../lib/local/settings.ts';

/** `npm start`: plays the stack on this machine until Ctrl-C or SIGTERM. */

/** Progress and the functions' lines are for somebody who watches; in a pipe they would be noise between the addresses. */
const log: Log = (kind, line) => {
  if (kind === 'notice') console.error(line);
  else if (process.stdout.isTTY) console.log(kind === 'progress' ? `${line} …` : `  ${line}`);
};

/** Resolves at the first of the signals; a second one kills, as ever. */
function stopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  return promise;
}

async function main(): Promise<void> {
  const stop = stopped();
  const settings = readSettings(process.env);
  const run = await startLocalRun({ ...settings, log });
  try {
    console.log(await refundCommand(run));
    await stop;
    log('progress', 'Stopping');
  } finally {
    await run.end();
  }
}

try {
  await main();
  process.exitCode = 0;
} catch (error) {
  console.error(error instanceof LocalRunError ? error.message : error);
  process.exitCode = 1;
}
