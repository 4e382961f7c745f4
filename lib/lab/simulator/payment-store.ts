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
import { type LedgerPayment, type PaymentStatus, updatedAt } from './payment.ts';

/** All payments in the order of addition; a stored payment survives `kill -9`. */
export interface PaymentStore {
  readonly payments: ReadonlyMap<string, LedgerPayment>;
  readonly index: PaymentIndex;
  /** Returns when the payment is written. If it cannot be written, throws and changes nothing. */
  put(payment: LedgerPayment): void;
  /** The state at that time, or the oldest known state; states before this start are not known. */
  stateAt(payment: LedgerPayment, atMs: number): LedgerPayment;
  /** The state before the newest cancel was booked. */
  beforeLastCancel(payment: LedgerPayment): LedgerPayment;
  end(): void;
}

interface PastState {
  readonly payment: LedgerPayment;
  /** Simulated time (ms since the epoch) at which the next state replaced it. */
  readonly untilMs: number;
}

/** Stale looks are only minutes old, so older states are not kept. */
const PAST_STATES = 50;

/** Payments in memory and, with a directory, in a journal there. */
export function openPaymentStore(directory: string | undefined, nowMs: () => number): PaymentStore {
  const payments = new Map<string, LedgerPayment>();
  const past = new Map<string, readonly PastState[]>();
  const index = new PaymentIndex(payments);
  const hold = (payment: LedgerPayment): void => {
    index.changed(payment, !payments.has(payment.impUid));
    payments.set(payment.impUid, payment);
  };
  const pastOf = ({ impUid }: LedgerPayment): readonly PastState[] => past.get(impUid) ?? [];
  const journal = directory === undefined ? undefined : openJournal(directory, hold, payments);
  return {
    payments,
    index,
    put: (payment) => {
      journal?.append(payment);
      const before = payments.get(payment.impUid);
      if (before !== undefined) {
        const states = [...pastOf(payment), { payment: before, untilMs: nowMs() }];
        past.set(payment.impUid, states.slice(-PAST_STATES));
      }
      hold(payment);
    },
    stateAt: (payment, atMs) => pastOf(payment).find(({ untilMs }) => untilMs > atMs)?.payment ?? payment,
    beforeLastCancel: (payment) =>
      pastOf(payment).findLast((state) => state.payment.cancels.length < payment.cancels.length)?.payment ??
      payment,
    end: () => journal?.end(),
  };
}

/** The sort keys of a list of payments, in UNIX seconds. */
export const SORT_TIMES = {
  started: (payment: LedgerPayment): number => payment.startedAtSeconds,
  paid: (payment: LedgerPayment): number => payment.paidAtSeconds,
  updated: updatedAt,
} as const;

export type SortField = keyof typeof SORT_TIMES;

/** smartro_v2 keeps this many characters of an order number; a payment is found by either form. */
const KEPT_ORDER_NUMBER = 40;

/** Finds payments by order, and in the order of their times. */
class PaymentIndex {
  readonly #payments: ReadonlyMap<string, LedgerPayment>;
  readonly #orders = new Map<string, readonly string[]>();
  /** Sorted lists, kept until the next change: paging through 100,000 payments asks for the same list each time. */
  readonly #lists = new Map<string, readonly LedgerPayment[]>();

  constructor(payments: ReadonlyMap<string, LedgerPayment>) {
    this.#payments = payments;
  }

  /** Attempts of an order, newest first; with the same start second, the one added later counts as newer. */
  attempts(merchantUid: string): readonly LedgerPayment[] {
    const impUids = this.#orders.get(merchantUid) ?? [];
    const found = impUids.flatMap((impUid) => this.#payments.get(impUid) ?? []);
    return found.toReversed().toSorted((a, b) => b.startedAtSeconds - a.startedAtSeconds);
  }

  /** Oldest first; with the same second, in the order of addition. */
  sorted(status: PaymentStatus | 'all', field: SortField): readonly LedgerPayment[] {
    const key = `${status} ${field}`;
    const kept = this.#lists.get(key);
    if (kept !== undefined) return kept;
    const timeOf = SORT_TIMES[field];
    const list = [...this.#payments.values()]
      .filter((payment) => status === 'all' || payment.status === status)
      .toSorted((a, b) => timeOf(a) - timeOf(b));
    this.#lists.set(key, list);
    return list;
  }

  changed({ merchantUid, impUid }: LedgerPayment, isNew: boolean): void {
    this.#lists.clear();
    if (!isNew) return;
    const cut = merchantUid.slice(0, KEPT_ORDER_NUMBER);
    for (const key of new Set([merchantUid, cut, merchantUid.trim()]))
      this.#orders.set(key, [...(this.#orders.get(key) ?? []), impUid]);
  }
}

const FILE_NAME = 'iamport-payments.jsonl';
/** The file contains personal data, so only its owner may read it. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** An append-only file; each line is the whole payment after a change. */
interface Journal {
  append(payment: LedgerPayment): void;
  end(): void;
}

/**
 * Starts a new journal with one line per payment and renames it: a crash leaves the complete old or new journal.
 * @param hold is called with every earlier line, oldest first
 */
function openJournal(
  directory: string,
  hold: (payment: LedgerPayment) => void,
  payments: ReadonlyMap<string, LedgerPayment>,
): Journal {
  mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  const path = join(directory, FILE_NAME);
  for (const payment of readJournal(path)) hold(payment);
  const next = writeNext(`${path}.next`, payments.values());
  renameSync(`${path}.next`, path);
  let file: number | undefined = next.file;
  let { size } = next;
  return {
    append: (payment) => {
      // After closing, the file descriptor may belong to another file.
      if (file === undefined) throw new Error(`${path} is closed`);
      size = appendLine(file, size, payment);
    },
    end: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** Returns the new size once the operating system has the data, which survives the end of this process. */
function appendLine(file: number, size: number, payment: LedgerPayment): number {
  try {
    return size + writeAll(file, lineOf(payment));
  } catch (error) {
    // Remove the partial line, or the next line would be appended to it.
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
  // An existing file keeps its old mode, so set it.
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
  // A line without a line end was cut by a kill: its change was never acknowledged, so ignore it.
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

/** Detects a damaged or older file, not every wrong field, because this program wrote the lines. */
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
