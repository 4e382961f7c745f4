import { spawn } from 'node:child_process';

export interface Ended {
  /** Exit status; null when it was killed, or could not be started. */
  readonly status: number | null;
  /** It was killed because its time was up. */
  readonly isOutOfTime: boolean;
  readonly stdout: string;
  /** Both outputs as they came. */
  readonly output: string;
}

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After this long it is killed, with everything that it has started. @default 10 minutes */
  readonly limitMs?: number;
}

/** Runs a command to its end. A command that is not there has ended without a status. */
export async function command(
  name: string,
  args: readonly string[],
  { cwd, env, limitMs = 600_000 }: CommandOptions = {},
): Promise<Ended> {
  const child = spawn(name, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: who is killed alone leaves its compilers at work.
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  });
  let stdout = '';
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  let isOutOfTime = false;
  // Not `spawn`'s own time limit, which goes on waiting for a command that was never there.
  const limit = setTimeout(() => {
    isOutOfTime = true;
    kill();
  }, limitMs);
  process.once('exit', kill);
  child.once('error', (error) => {
    output += error.message;
    resolve(null);
  });
  child.once('close', resolve);
  const status = await promise;
  clearTimeout(limit);
  process.off('exit', kill);
  return { status, isOutOfTime, stdout, output };
}
