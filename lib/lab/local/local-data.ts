import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { LocalRunError } from './errors.ts';
import { isObject, parseJson } from './json.ts';

/** Every answer of the controls has the id of the run, so that another run can check whether it still lives. */
export const RUN_ID_HEADER = 'x-local-run-id';

export interface DirectoryLock {
  readonly end: () => void;
}

export interface Holder {
  readonly runId: string;
  readonly url: string;
}

/** A living run answers at once; a suspended one (Ctrl-Z) does not answer, but still has its files open. */
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Prevents a second local run from using the directory. A killed run leaves its lock, and process ids are reused (often in
 * containers), so the holder of the lock is asked at its address.
 * @throws LocalRunError when it is
 */
export async function lockDirectory(directory: string, holder: Holder): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'lock.json');
  const before = existsSync(file) ? readHolder(file) : undefined;
  if (before !== undefined && (await isAlive(before))) {
    throw new LocalRunError(
      `Another local run (${before.url}) uses ${directory}: stop it, or choose another directory with LOCAL_DIRECTORY=…`,
    );
  }
  writeFileSync(file, JSON.stringify({ runId: holder.runId, url: holder.url }), { mode: 0o600 });
  return { end: () => rmSync(file, { force: true }) };
}

/** undefined if the file was cut by a kill. */
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

/** What is kept between starts; a part that somebody else keeps has no directory here. */
export interface LocalData {
  readonly tableDirectory: string | undefined;
  readonly simulatorDirectory: string | undefined;
  /** Of the events that the ledger's stream has told: beside the table, and gone with it. */
  readonly eventsDirectory: string;
  /** What to do about a table of another definition. */
  readonly remedy: string;
  /** What was deleted and why; undefined: nothing. */
  readonly notice: string | undefined;
}

export interface Kept {
  readonly embedsTable: boolean;
  readonly simulates: boolean;
}

const TABLE = 'dynamodb';
const SIMULATOR = 'iamport';

/**
 * Opens the directories of the combination: the payments of another i'mport are not the simulator's, nor are those of
 * another DynamoDB the embedded one's, so each combination has a place of its own.
 */
export function openLocalData(directory: string, { embedsTable, simulates }: Kept): LocalData {
  if (embedsTable && simulates) return openPair(directory);
  const place = (folder: string, part: string): string => {
    const data = path.join(directory, folder, part, 'data');
    makePrivate(data);
    return data;
  };
  const tableDirectory = embedsTable ? place('external-iamport', TABLE) : undefined;
  return {
    tableDirectory,
    eventsDirectory: eventsBeside(tableDirectory ?? place('external-table', 'dynamodb')),
    simulatorDirectory: simulates ? place('external-table', SIMULATOR) : undefined,
    remedy: remedyFor(tableDirectory),
    notice: undefined,
  };
}

function eventsBeside(tableDirectory: string): string {
  return path.join(path.dirname(tableDirectory), 'events');
}

/** Only the owner may look into it; what was there before with other rights too. */
function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
}

function remedyFor(tableDirectory: string | undefined): string {
  return tableDirectory === undefined
    ? 'delete it there, or use another DynamoDB, and start again'
    : `its payments cannot be taken over; delete ${path.dirname(path.resolve(tableDirectory))} (or choose another directory with LOCAL_DIRECTORY=…) and start again`;
}

/** Of payments at i'mport of which the table knows nothing any more. @returns whether there were some */
export function emptySimulator({ simulatorDirectory }: LocalData): boolean {
  if (simulatorDirectory === undefined || readdirSync(simulatorDirectory).length === 0) return false;
  rmSync(simulatorDirectory, { recursive: true });
  makePrivate(simulatorDirectory);
  return true;
}

/**
 * Table and simulator belong together: refunds in the table that i'mport does not know cannot occur in AWS. So both carry the
 * id of the run that created them, and are kept or emptied together.
 */
function openPair(directory: string): LocalData {
  const parts = [TABLE, SIMULATOR].map((name) => path.join(directory, name));
  const ids = parts.map(idOf);
  const [id, ...others] = ids;
  const areTogether = id !== undefined && others.every((other) => other === id);
  if (!areTogether) begin(parts);
  const [tableDirectory = '', simulatorDirectory = ''] = parts.map((part) => path.join(part, 'data'));
  for (const part of [...parts, tableDirectory, simulatorDirectory]) makePrivate(part);
  const wasThere = ids.some((known) => known !== undefined);
  const notice =
    wasThere && !areTogether
      ? `The table and the simulator's payments in ${directory} were not of the same run (one was deleted or replaced): both were emptied.`
      : undefined;
  const eventsDirectory = eventsBeside(tableDirectory);
  return { tableDirectory, simulatorDirectory, eventsDirectory, remedy: remedyFor(tableDirectory), notice };
}

const ID_FILE = 'run-id';

function idOf(directory: string): string | undefined {
  const file = path.join(directory, ID_FILE);
  // The id alone is not the data: somebody may have deleted what it stood beside.
  return existsSync(file) && existsSync(path.join(directory, 'data'))
    ? readFileSync(file, 'utf8')
    : undefined;
}

function begin(parts: readonly string[]): void {
  const id = randomUUID();
  for (const part of parts) {
    rmSync(part, { recursive: true, force: true });
    makePrivate(path.join(part, 'data'));
    writeFileSync(path.join(part, ID_FILE), id, { mode: 0o600 });
  }
}
