import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isRecord, parseJson } from './json.ts';
import type { LedgerPayment } from './payment.ts';

const FILE_NAME = 'iamport-payments.jsonl';
/** Names and order numbers of people are in it: nobody else on the machine reads it. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** Below this a journal is not worth shortening. */
const LEAST_BYTES = 4 * 1024 * 1024;

/** An append-only file: a line is the whole payment after a change. */
export interface Journal {
  append(payment: LedgerPayment): void;
  /** More than half of it is older states of payments. */
  isBloated(): boolean;
  /** One line per payment, put in place by a rename: a crash leaves the old journal or the new one, never half of it. */
  rewrite(payments: Iterable<LedgerPayment>): void;
  end(): void;
}

/** @param hold gets every line that was written before, oldest first */
export function openJournal(directory: string, hold: (payment: LedgerPayment) => void): Journal {
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  const path = join(directory, FILE_NAME);
  for (const payment of readJournal(path)) hold(payment);
  let file: number | undefined;
  let size = 0;
  let rewrittenSize = 0;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    append: (payment) => {
      // The number of a closed file may belong to another one by now.
      if (file === undefined) throw new Error(`${path} is closed`);
      size = appendLine(file, size, payment);
    },
    isBloated: () => size > 2 * Math.max(rewrittenSize, LEAST_BYTES),
    rewrite: (payments) => {
      const next = writeNext(`${path}.next`, payments);
      renameSync(`${path}.next`, path);
      close();
      file = next.file;
      size = next.size;
      rewrittenSize = next.size;
    },
    end: close,
  };
}

/** Written when the system has it, which outlives this process; returns the new size. */
function appendLine(file: number, size: number, payment: LedgerPayment): number {
  try {
    return size + writeAll(file, lineOf(payment));
  } catch (error) {
    // Half a line would swallow the next one.
    ftruncateSync(file, size);
    throw error;
  }
}

function lineOf(payment: LedgerPayment): string {
  return `${JSON.stringify(payment)}\n`;
}

function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written);
  }
  return bytes.length;
}

function writeNext(
  path: string,
  payments: Iterable<LedgerPayment>,
): { readonly file: number; readonly size: number } {
  closeSync(openSync(path, 'w', FILE_MODE));
  const file = openSync(path, 'a', FILE_MODE);
  // One that was left behind keeps the mode it had.
  fchmodSync(file, FILE_MODE);
  let size = 0;
  for (const payment of payments) size += writeAll(file, lineOf(payment));
  fsyncSync(file);
  return { file, size };
}

function readJournal(path: string): readonly LedgerPayment[] {
  if (!existsSync(path)) {
    return [];
  }
  // A line without its end is one whose writer was killed: nobody was told that it is done, so it is not.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const payment = parseJson(line);
    if (!isStored(payment)) {
      throw new Error(
        `${path}: line ${index + 1} is not a payment; remove the file to start without payments`,
      );
    }
    return payment;
  });
}

/** The lines are this program's own: this finds a damaged or an older file, not every wrong field. */
function isStored(payment: unknown): payment is LedgerPayment {
  return (
    isRecord(payment) &&
    typeof payment['impUid'] === 'string' &&
    Number.isSafeInteger(payment['amount']) &&
    Array.isArray(payment['cancels']) &&
    Array.isArray(payment['pending']) &&
    isRecord(payment['details'])
  );
}
