import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The table and what the simulator holds belong together: a table that knows of refunds at an i'mport that has forgotten
 * them is a state that cannot occur in the cloud. So both carry the id of the run that began them, and are kept or begun
 * anew together.
 */
export interface LocalData {
  readonly tableDirectory: string;
  readonly simulatorDirectory: string;
  /** Set when something was thrown away; says what and why. */
  readonly notice: string | undefined;
}

const ID_FILE = 'run-id';

export function openLocalData(directory: string): LocalData {
  const parts = ['dynamodb', 'iamport'].map((name) => path.join(directory, name));
  const ids = parts.map(idOf);
  const [id, ...others] = ids;
  const areTogether = id !== undefined && others.every((other) => other === id);
  if (!areTogether) begin(parts);
  const wasThere = ids.some((known) => known !== undefined);
  const notice =
    wasThere && !areTogether
      ? `The table and the simulator's payments in ${directory} were not of the same run (one was deleted or replaced): both were emptied.`
      : undefined;
  const [tableDirectory = '', simulatorDirectory = ''] = parts.map((part) => path.join(part, 'data'));
  return { tableDirectory, simulatorDirectory, notice };
}

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
    mkdirSync(path.join(part, 'data'), { recursive: true });
    writeFileSync(path.join(part, ID_FILE), id);
  }
}
