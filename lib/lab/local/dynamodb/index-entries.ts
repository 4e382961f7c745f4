import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What is used of the database that dynalite keeps its tables in, and which it brings along. */
export interface LevelDatabase {
  readonly open: () => Promise<void>;
  readonly clear: (range: { readonly gte: string; readonly lt: string }) => Promise<void>;
  readonly iterator: (range: {
    readonly gte: string;
    readonly lt: string;
  }) => AsyncIterable<readonly [string, string]>;
  readonly put: (key: string, value: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Every key of an index entry begins with `index-`. */
export const INDEX_ENTRIES = { gte: 'index-', lt: 'index.' } as const;

/** Only while no dynalite has it open. */
export function levelDatabase(directory: string): LevelDatabase {
  const ofDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  const { Level } = ofDynalite('level') as { readonly Level: new (place: string) => LevelDatabase };
  return new Level(directory);
}

/**
 * Drops all entries of all indexes, which are to be rebuilt then. dynalite writes an item and its index entries one after the
 * other, so a `kill -9` in between can leave an entry of what the item no longer says: a refund that has its end, and would
 * be listed as open for ever.
 */
export async function dropIndexEntries(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const database = levelDatabase(directory);
  try {
    await database.open();
  } catch {
    // dynalite cannot open it either, and says what to do.
    return;
  }
  await database.clear(INDEX_ENTRIES);
  await database.close();
}
