import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LedgerPayment } from './payment.ts';
import { isRecord } from './wire.ts';

const FILE_NAME = 'iamport-payments.jsonl';

/** All payments, in the order in which they were added; what `put` has stored survives `kill -9`. */
export interface PaymentStore {
  readonly payments: ReadonlyMap<string, LedgerPayment>;
  /** Returns when the payment is on disk. Throws, and changes nothing, when it cannot be written. */
  put(payment: LedgerPayment): void;
  end(): void;
}

/** Payments in memory and, with a directory, in an append-only journal: a line is the whole payment after a change. */
export function openPaymentStore(directory: string | undefined): PaymentStore {
  const payments = new Map<string, LedgerPayment>();
  if (directory === undefined) {
    return { payments, put: (payment) => void payments.set(payment.impUid, payment), end: () => undefined };
  }
  mkdirSync(directory, { recursive: true });
  const path = join(directory, FILE_NAME);
  for (const payment of readJournal(path)) {
    payments.set(payment.impUid, payment);
  }
  let file: number | undefined = rewriteJournal(path, payments.values());
  return {
    payments,
    put: (payment) => {
      // The number of a closed file may belong to another one by now.
      if (file === undefined) {
        throw new Error(`${path} is closed`);
      }
      appendLine(file, payment);
      payments.set(payment.impUid, payment);
    },
    end: () => {
      if (file !== undefined) {
        closeSync(file);
        file = undefined;
      }
    },
  };
}

function appendLine(file: number, payment: LedgerPayment): void {
  const sizeBefore = fstatSync(file).size;
  try {
    writeAll(file, lineOf(payment));
    fsyncSync(file);
  } catch (error) {
    // Half a line would swallow the next one.
    ftruncateSync(file, sizeBefore);
    throw error;
  }
}

function lineOf(payment: LedgerPayment): string {
  return `${JSON.stringify(payment)}\n`;
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) {
    written += writeSync(file, bytes, written);
  }
}

function readJournal(path: string): readonly LedgerPayment[] {
  if (!existsSync(path)) {
    return [];
  }
  // A line without its end is one whose writer was killed: nobody was told that it is done, so it is not.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const payment = parseLine(line);
    if (payment === undefined) {
      throw new Error(
        `${path}: line ${index + 1} is not a payment; remove the file to start without payments`,
      );
    }
    return payment;
  });
}

function parseLine(line: string): LedgerPayment | undefined {
  try {
    const payment: unknown = JSON.parse(line);
    return isStored(payment) ? payment : undefined;
  } catch {
    return undefined;
  }
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

/** One line per payment, put in place by a rename: a crash leaves the old journal or the new one, never half of it. */
function rewriteJournal(path: string, payments: Iterable<LedgerPayment>): number {
  const next = `${path}.next`;
  const file = openSync(next, 'w');
  writeAll(file, [...payments].map(lineOf).join(''));
  fsyncSync(file);
  closeSync(file);
  renameSync(next, path);
  return openSync(path, 'a');
}
