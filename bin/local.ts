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

/** A Ctrl-C under npm arrives twice, from the terminal and from npm; a second one of the user's comes later. */
const SAME_SIGNAL_MS = 1000;

/** Resolves at the first signal; one that comes while that is being obeyed ends the process at once. */
function stopped(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAtMs: number | undefined;
  const stop = (): void => {
    firstAtMs ??= Date.now();
    if (Date.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(1);
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
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
