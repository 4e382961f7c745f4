import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { LocalRunError } from './errors.ts';
import { isObject, parseJson } from './json.ts';

/** Every answer of the controls has the id of the run, so that another run can check whether it still lives. */
export const RUN_ID_HEADER = 'x-local-run-id';

/** A living run answers at once; a suspended one (Ctrl-Z) does not answer, but still has its files open. */
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Prevents a second local run from using the directory. A killed run leaves its lock, and process ids are reused (often in
 * containers), so the holder of the lock is asked at its address.
 * @throws LocalRunError when another run uses it
 */
export async function lockDirectory(
  directory: string,
  { runId, url }: { readonly runId: string; readonly url: string },
): Promise<{ readonly end: () => void }> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'lock.json');
  const holder = await livingHolder(file);
  if (holder !== undefined) {
    throw new LocalRunError(
      `Another local run (${holder}) uses ${directory}: stop it, or choose another directory with LOCAL_DIRECTORY=…`,
    );
  }
  writeFileSync(file, JSON.stringify({ runId, url }), { mode: 0o600 });
  return { end: () => rmSync(file, { force: true }) };
}

/** The address of the run that holds the lock, if it is alive. */
async function livingHolder(file: string): Promise<string | undefined> {
  const { runId, url } = readHolder(file);
  if (typeof url !== 'string') return undefined;
  try {
    const answer = await fetch(`${url}/_local`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await answer.arrayBuffer();
    return answer.headers.get(RUN_ID_HEADER) === runId ? url : undefined;
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError' ? url : undefined;
  }
}

/** Empty if there is no lock, or a kill has cut the file. */
function readHolder(file: string): { readonly runId?: unknown; readonly url?: unknown } {
  try {
    const value = parseJson(readFileSync(file, 'utf8'));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

interface Kept {
  readonly embedsTable: boolean;
  readonly simulates: boolean;
}

/**
 * Opens the directories of the combination: the payments of another i'mport are not the simulator's, nor are those of
 * another DynamoDB the embedded one's, so each combination has a place of its own.
 */
export function openLocalData(directory: string, { embedsTable, simulates }: Kept) {
  const folder = !embedsTable ? 'external-table' : !simulates ? 'external-iamport' : '';
  const table = path.join(directory, folder, 'dynamodb');
  const tableDirectory = embedsTable ? path.join(table, 'data') : undefined;
  const simulatorDirectory = simulates ? path.join(directory, folder, 'iamport', 'data') : undefined;
  const both = [tableDirectory, simulatorDirectory].filter((each) => each !== undefined);
  // Refunds in the table that i'mport does not know cannot occur in AWS, so one is not kept without the other.
  const isHalf = both.some((each) => existsSync(each)) && !both.every((each) => existsSync(each));
  for (const each of both) {
    if (isHalf) rmSync(path.dirname(each), { recursive: true, force: true });
    makePrivate(each);
  }
  return {
    /** undefined for data that is kept elsewhere. */
    tableDirectory,
    simulatorDirectory,
    /** Of the events that the ledger's stream has sent: beside the table, and deleted with it. */
    eventsDirectory: path.join(table, 'events'),
    /** What to do about a table of another definition. */
    remedy: embedsTable
      ? `its payments cannot be taken over; delete ${path.resolve(table)} (or choose another directory with LOCAL_DIRECTORY=…) and start again`
      : 'delete it there, or use another DynamoDB, and start again',
    /** What was deleted and why. */
    notice: isHalf
      ? `The table or the simulator's payments in ${directory} had been deleted: both were emptied.`
      : undefined,
  };
}

/** Only the owner may look into it; also if it had other rights before. */
function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
}

/** Deletes the simulator's payments of which the table knows nothing any more. @returns whether there were some */
export function emptySimulator(simulatorDirectory: string | undefined): boolean {
  if (simulatorDirectory === undefined || readdirSync(simulatorDirectory).length === 0) return false;
  rmSync(simulatorDirectory, { recursive: true });
  makePrivate(simulatorDirectory);
  return true;
}
