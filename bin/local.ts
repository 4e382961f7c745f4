import { enableCompileCache } from 'node:module';
import path from 'node:path';

import { inOneLine, LocalRunError } from '../lib/lab/local/errors.ts';
import { type Log, readSettings } from '../lib/lab/local/options.ts';

/** `npm start`: plays the stack on this machine until Ctrl-C or SIGTERM. */

/** Progress and the functions' lines are for somebody who watches; in a pipe they would be noise between the addresses. */
const log: Log = (kind, line) => {
  if (kind === 'notice' || kind === 'fault') console.error(line);
  else if (process.stdout.isTTY) console.log(kind === 'progress' ? `${line} …` : `  ${line}`);
};

/** A Ctrl-C under npm arrives twice, from the terminal and from npm; a second one of the user's comes later. */
const SAME_SIGNAL_MS = 1000;

/** Often enough that a stopped `npm start` has gone within a second. */
const LOOK_FOR_PARENT_MS = 250;

/** Aborted by the first signal; one that comes while that is being obeyed ends the process at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let firstAtMs: number | undefined;
  const stop = (): void => {
    firstAtMs ??= Date.now();
    if (Date.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(1);
    stopping.abort(new LocalRunError('Stopped'));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithParent(() => stopping.abort());
  return stopping.signal;
}

/** npm hands a SIGTERM on to the shell between us, which dies of it and tells nobody. */
function stopWithParent(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), LOOK_FOR_PARENT_MS).unref();
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  // What it writes is its owner's alone: tokens' keys, payments, logs, also where a library does the writing.
  process.umask(0o077);
  // Everything below is loaded from the cache of the last start.
  enableCompileCache(path.resolve(settings.directory, 'compile-cache'));
  const [{ startLocalRun }, { refundCommand }] = await Promise.all([
    import('../lib/lab/local/runner.ts'),
    import('../lib/lab/local/demonstration.ts'),
  ]);
  const run = await startLocalRun({ ...settings, log, signal });
  try {
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
    console.log(await refundCommand(run));
    if (!signal.aborted) await stopped;
    log('progress', 'Stopping');
  } finally {
    await run.end();
  }
}

const signal = stopSignal();

// What a library throws where nobody can catch it: a database file that is damaged, for one.
process.on('uncaughtException', (error) => {
  const isOfTheTable = 'code' in error && String(error.code).startsWith('LEVEL_');
  // The emulator was too long at a request to be waited for, and its database is closed by now.
  if (isOfTheTable && signal.aborted) return;
  console.error(
    isOfTheTable
      ? `The tables' files cannot be read (${error.message}): delete the local directory and start again`
      : inOneLine(error),
  );
  process.exit(1);
});

try {
  await main();
  process.exitCode = 0;
} catch (error) {
  console.error(error instanceof LocalRunError ? error.message : inOneLine(error));
  process.exitCode = 1;
}
