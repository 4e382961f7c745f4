import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { LocalRunError } from './errors.ts';
import { isObject, parseJson } from './json.ts';

/** A local run says on every answer of its controls which one it is, so that the next one can tell whether it is still there. */
export const RUN_ID_HEADER = 'x-local-run-id';

export interface DirectoryLock {
  /** The run before was killed, maybe in the middle of a write. */
  readonly wasKilled: boolean;
  readonly end: () => void;
}

export interface Holder {
  readonly runId: string;
  readonly url: string;
}

/** A local run that lives answers at once; one that is stopped (Ctrl-Z) does not, and still has its files open. */
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Keeps a second local run out of the directory. A run that was killed leaves its lock behind, and process ids are used
 * again (in a container all the time), so the holder is asked at its address whether it is still the one.
 * @throws LocalRunError when it is
 */
export async function lockDirectory(directory: string, holder: Holder): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'lock.json');
  const wasKilled = existsSync(file);
  const before = wasKilled ? readHolder(file) : undefined;
  if (before !== undefined && (await isAlive(before))) {
    throw new LocalRunError(
      `Another local run (${before.url}) uses ${directory}: stop it, or choose another directory with LOCAL_DIRECTORY=…`,
    );
  }
  writeFileSync(file, JSON.stringify({ runId: holder.runId, url: holder.url }), { mode: 0o600 });
  return { wasKilled, end: () => rmSync(file, { force: true }) };
}

/** undefined when the file was cut short by the end of the run that wrote it. */
function readHolder(file: string): Holder | undefined {
  try {
    const value = parseJson(readFileSync(file, 'utf8'));
    return isObject(value) && typeof value['runId'] === 'string' && typeof value['url'] === 'string'
      ? { runId: value['runId'], url: value['url'] }
      : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive({ runId, url }: Holder): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/_local`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.headers.get(RUN_ID_HEADER) === runId;
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError';
  }
}
