import { spawn, type ChildProcess } from 'node:child_process';

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A child process that ends with this process, also after a failed test. */
export function endsWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('close', () => children.delete(child));
}

export interface ServerProcess {
  readonly url: string;
  readonly end: () => Promise<void>;
}

/** A server program on a free port; ready when it prints its address. @throws with its output otherwise */
export async function serverProcess(name: string, args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  endsWithUs(child);
  const ready = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  let said = '';
  const listen = (chunk: Buffer): void => {
    said += chunk.toString();
    const [, url] = /(http:\/\/127\.0\.0\.1:\d+)\s/.exec(said) ?? [];
    if (url !== undefined) ready.resolve(url);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  child.once('error', ready.reject);
  child.once('close', () => {
    ready.reject(new Error(`${name} ended:\n${said}`));
    ended.resolve();
  });
  const url = await ready.promise;
  return {
    url,
    end: async () => {
      child.kill();
      await ended.promise;
    },
  };
}
