import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Asking, Block } from './warm-process.ts';

/** A process of one side, which stays warm. */
export interface WarmSide {
  readonly pid: number;
  /** Asks for refunds, one after the other; resolves to what they took. */
  readonly block: (asking: Asking) => Promise<Block>;
  readonly end: () => Promise<void>;
}

const PROCESS = fileURLToPath(new URL('warm-process.ts', import.meta.url));

export function warmSide(
  file: string,
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): WarmSide {
  const child = fork(PROCESS, [file], {
    env,
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return {
    pid: child.pid ?? 0,
    block: async (asking) =>
      new Promise((resolve, reject) => {
        const died = (): void => reject(new Error('a side ended without an answer'));
        child.once('close', died);
        child.once('message', (told: Block) => {
          child.off('close', died);
          resolve(told);
        });
        child.send(asking);
      }),
    end: async () => {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill();
      await ended;
    },
  };
}
