import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sharedAssembly, temporaryDirectory } from '../../support/local-run.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** Less than node keeps a connection that nobody uses (5 s): a stop that waits for one is too slow. */
const STOP_MS = 4_500;

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
// The last thing it writes, after its port is closed, is the cache of what it has loaded.
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

interface Started {
  readonly url: string;
  /** Sends SIGTERM to npm alone. */
  readonly stopNpm: () => void;
  /** What Ctrl-C does in a terminal: SIGINT to all of them. */
  readonly interrupt: () => void;
}

/** `npm start` as a shell runs it, with npm's own process between. */
async function npmStart(environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const npm = spawn('npm', ['start'], {
    cwd: PROJECT,
    env: { ...process.env, PORT: '0', LOCAL_DIRECTORY: directory, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: npm.stdout }).on('line', (line) => {
    const [, url] = /API\s+(http:\S+)/.exec(line) ?? [];
    if (url !== undefined) resolve(url);
  });
  return {
    url: await promise,
    stopNpm: () => npm.kill('SIGTERM'),
    interrupt: () => process.kill(-(npm.pid ?? 0), 'SIGINT'),
  };
}

async function isGone(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  );
}

describe('npm start', () => {
  it.each([
    ['SIGTERM to npm', 'stopNpm'],
    ['Ctrl-C', 'interrupt'],
  ] as const)('%s stops everything', async (_, how) => {
    const { url, [how]: stop } = await npmStart({ LOCAL_ASSEMBLY: await sharedAssembly() });
    expect(await isGone(url)).toBe(false);
    stop();
    await expect.poll(() => isGone(url), { timeout: STOP_MS }).toBe(true);
  });
});

describe('a start that is under way', () => {
  it('is given up at once by SIGTERM, synthesis included, with one line', async () => {
    const child = spawn(process.execPath, ['bin/local.ts'], {
      cwd: PROJECT,
      env: { ...process.env, PORT: '0', LOCAL_DIRECTORY: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    const assembly = path.join(directory, 'assembly');
    await expect.poll(() => existsSync(assembly)).toBe(true);
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(errors).toBe('Stopped\n');
    // It was not waited for.
    expect(await readdir(assembly)).not.toContain('manifest.json');
  });
});
