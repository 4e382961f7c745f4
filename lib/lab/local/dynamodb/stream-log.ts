import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { JsonObject } from '../json.ts';
import type { BatchOperation, Database, Item, Range, Store, Table } from './dynalite.ts';
import { itemSize } from './item-size.ts';
import type { Change } from './planned-write.ts';

/** A table whose changes are recorded. */
export type StreamedTable = Table &
  Required<Pick<Table, 'LatestStreamArn' | 'LatestStreamLabel' | 'StreamSpecification'>>;

/** A record as it is answered, and kept. */
export interface KeptRecord {
  readonly dynamodb: { readonly SequenceNumber: string } & JsonObject;
  readonly [name: string]: unknown;
}

/** As long as the real service keeps them. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** Sequence numbers have 21 digits at least, and grow with the time. */
const NUMBERS_A_MS = 100_000_000n;
const DIGITS = 21;
export const BEFORE_ALL = '0'.repeat(DIGITS);

export function sequenceNumberAt(ms: number): string {
  return digits(BigInt(Math.floor(ms)) * NUMBERS_A_MS);
}

function digits(number: bigint): string {
  return number.toString().padStart(DIGITS, '0');
}

function prefixOf({ TableName, LatestStreamLabel }: StreamedTable): string {
  return `stream-${TableName}~${LatestStreamLabel}~`;
}

function rangeOf(table: StreamedTable, from: string): Range {
  return { gte: `${prefixOf(table)}${from}`, lt: `${prefixOf(table)}:` };
}

export function isStreamed(table: Table | undefined): table is StreamedTable {
  return table?.LatestStreamArn !== undefined;
}

/** The records of all streams, in the database that holds the tables: a write and its records are one batch. */
export class StreamLog {
  readonly #db: Database;
  readonly #region: string;
  readonly #now: () => number;
  /** The last number that was given, and the last one that is written. */
  #given = 0n;
  #written = 0n;
  readonly #horizons = new Map<string, string>();

  private constructor({ db, tableDb }: Store, now: () => number) {
    this.#db = db;
    this.#region = tableDb.awsRegion;
    this.#now = now;
  }

  static async open(store: Store, streamed: readonly StreamedTable[], now: () => number): Promise<StreamLog> {
    const log = new StreamLog(store, now);
    for (const table of streamed) {
      const newest = BigInt(await log.#newest(table));
      // Also where the clock was put back, no number comes twice.
      if (newest > log.#given) log.#given = newest;
    }
    log.#written = log.#given;
    return log;
  }

  /** Writes a record for each change in one step with what `write` writes. */
  async recorded(
    changes: readonly Change[],
    tables: ReadonlyMap<string, Table>,
    write: (records: readonly BatchOperation[]) => Promise<void>,
  ): Promise<void> {
    const records = changes.flatMap((change) => {
      const table = tables.get(change.tableName);
      return isStreamed(table) && isChange(change) ? [this.#record(change, table)] : [];
    });
    const given = this.#given;
    await write(records);
    this.#written = given;
  }

  #record(change: Change, table: StreamedTable): BatchOperation {
    const nowMs = this.#now();
    const floor = BigInt(sequenceNumberAt(nowMs));
    this.#given = this.#given < floor ? floor : this.#given + 1n;
    const SequenceNumber = digits(this.#given);
    const ApproximateCreationDateTime = Math.floor(nowMs / 1000);
    const value: KeptRecord = {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: eventName(change),
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#region,
      dynamodb: { ApproximateCreationDateTime, ...imagesOf(change, table), SequenceNumber },
    };
    return { type: 'put', key: `${prefixOf(table)}${SequenceNumber}`, value };
  }

  /** Records behind a sequence number, oldest first. */
  async after(table: StreamedTable, number: string, limit: number): Promise<readonly KeptRecord[]> {
    const range = { ...rangeOf(table, digits(BigInt(number) + 1n)), limit };
    const records: KeptRecord[] = [];
    for await (const [, value] of this.#db.iterator(range)) records.push(value as KeptRecord);
    return records;
  }

  /** Whatever is written from now on has a higher number. */
  latest(): string {
    return digits(this.#written);
  }

  /** What was dropped of a stream because of its age had lower numbers. */
  horizon({ LatestStreamArn }: StreamedTable): string {
    return this.#horizons.get(LatestStreamArn) ?? BEFORE_ALL;
  }

  /** Drops what is a day older than the newest, so that nothing grows old while the database is off. */
  async trim(table: StreamedTable): Promise<void> {
    const newestMs = Number(BigInt(await this.#newest(table)) / NUMBERS_A_MS);
    const horizon = sequenceNumberAt(Math.max(0, newestMs - KEPT_MS));
    this.#horizons.set(table.LatestStreamArn, horizon);
    await this.#db.clear({ ...rangeOf(table, ''), lt: `${prefixOf(table)}${horizon}` });
  }

  async drop(tableName: string): Promise<void> {
    await this.#db.clear({ gte: `stream-${tableName}~`, lt: `stream-${tableName}\u007f` });
  }

  async #newest(table: StreamedTable): Promise<string> {
    for await (const [key] of this.#db.iterator({ ...rangeOf(table, ''), reverse: true, limit: 1 })) {
      return key.slice(prefixOf(table).length);
    }
    return BEFORE_ALL;
  }
}

/** A write that changes nothing has no record, as with the real service. */
function isChange({ old, new: written }: Change): boolean {
  // What is to be written may hold objects of another kind than what was read.
  const asRead: unknown = written === undefined ? undefined : JSON.parse(JSON.stringify(written));
  return !isDeepStrictEqual(old, asRead);
}

function eventName({ old, new: written }: Change): 'INSERT' | 'MODIFY' | 'REMOVE' {
  if (written === undefined) return 'REMOVE';
  return old === undefined ? 'INSERT' : 'MODIFY';
}

function imagesOf(
  { old, new: written }: Change,
  { KeySchema, StreamSpecification }: StreamedTable,
): JsonObject {
  const { StreamViewType } = StreamSpecification;
  const item: Item = written ?? old ?? {};
  const Keys = Object.fromEntries(
    KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]),
  ) as Item;
  const NewImage = StreamViewType.includes('NEW') ? written : undefined;
  const OldImage = StreamViewType.includes('OLD') ? old : undefined;
  const SizeBytes = itemSize(Keys) + itemSize(NewImage ?? {}) + itemSize(OldImage ?? {});
  return { Keys, ...(NewImage && { NewImage }), ...(OldImage && { OldImage }), SizeBytes, StreamViewType };
}
