import { enableCompileCache } from 'node:module';
import path from 'node:path';

import { inOneLine, LocalRunError } from '../lib/lab/local/errors.ts';
import { type Log, readSettings } from '../lib/lab/local/options.ts';

/** `npm start`: plays the stack on this machine until Ctrl-C or SIGTERM. */

/** Progress and the functions' log lines are shown only on a terminal, not between the addresses in a pipe. */
const log: Log = (kind, line) => {
  if (kind === 'notice' || kind === 'fault') console.error(line);
  else if (process.stdout.isTTY) console.log(kind === 'progress' ? `${line} …` : `  ${line}`);
};

/** Under npm one Ctrl-C arrives twice (terminal and npm); a second Ctrl-C of the user comes later than this. */
const SAME_SIGNAL_MS = 1000;

/** Checked often enough that a stopped `npm start` ends within a second. */
const LOOK_FOR_PARENT_MS = 250;

/** The first signal aborts it; a second signal during the stop ends the process at once. */
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

/** npm sends SIGTERM only to the shell between npm and this process, so watch the parent process instead. */
function stopWithParent(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), LOOK_FOR_PARENT_MS).unref();
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  // Only the owner may read what is written (token keys, payments, logs), also by libraries.
  process.umask(0o077);
  // Compile cache: the imports below load faster at the next start.
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

// A library may throw where nothing can catch it, for example for a damaged database file.
process.on('uncaughtException', (error) => {
  const isOfTheTable = 'code' in error && String(error.code).startsWith('LEVEL_');
  // The emulator was still handling a request when the stop timed out, and its database is closed now.
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
