import { spawn } from 'node:child_process';

export interface Ended {
  /** Exit status; null when it was killed, or could not be started. */
  readonly status: number | null;
  /** Whether it was killed at its time limit. */
  readonly isOutOfTime: boolean;
  readonly stdout: string;
  /** stdout and stderr in the order of arrival. */
  readonly output: string;
}

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The time limit; then the command and its child processes are killed. @default 10 minutes */
  readonly limitMs?: number;
}

/** Runs a command to its end. For a missing command the status is null. */
export async function command(
  name: string,
  args: readonly string[],
  { cwd, env, limitMs = 600_000 }: CommandOptions = {},
): Promise<Ended> {
  const child = spawn(name, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that a kill also ends its child processes, such as compilers.
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
  // `spawn`'s own time limit would keep waiting for a missing command.
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
