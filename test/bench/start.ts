import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { projectFile } from '../../lib/stack/bundle.ts';
import { temporaryDirectory } from '../support/local-run.ts';
import { sideOf, type Side } from './stats.ts';

export interface Starts {
  /** ms from the command to the line that says it is ready. */
  readonly first: number;
  readonly again: Side;
}

const AGAIN = 5;

/** `npm start` in a directory of its own: the first time with a synthesis, then with nothing changed. */
export async function benchStart(tell: (text: string) => void): Promise<Starts> {
  const directory = await temporaryDirectory();
  tell('npm start, the first time');
  const first = await start(directory);
  const again: number[] = [];
  for (let run = 0; run < AGAIN; run += 1) {
    tell(`npm start, again: ${run} of ${AGAIN}`);
    again.push(await start(directory));
  }
  await rm(directory, { recursive: true, force: true });
  return { first, again: sideOf(again) };
}

async function start(directory: string): Promise<number> {
  const fromMs = performance.now();
  const child = spawn(process.execPath, ['bin/local.ts'], {
    cwd: projectFile(''),
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: '0',
      LOCAL_DIRECTORY: directory,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = new Promise<void>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Ctrl-C')) resolve();
    });
  });
  await Promise.race([ready, ended.then(() => Promise.reject(new Error('npm start ended')))]);
  const tookMs = performance.now() - fromMs;
  child.kill('SIGTERM');
  await ended;
  return tookMs;
}
