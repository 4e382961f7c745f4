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

/** All payments, in the order in which they were added; what `put` has stored survives `kill -9`. */
export interface PaymentStore {
  readonly payments: ReadonlyMap<string, LedgerPayment>;
  readonly index: PaymentIndex;
  /** Returns when the payment is written. Throws, and changes nothing, when it cannot be. */
  put(payment: LedgerPayment): void;
  /** As it stood then; of what came before this start nothing is known, so the oldest known state stands for it. */
  stateAt(payment: LedgerPayment, atMs: number): LedgerPayment;
  /** As it stood before its newest cancel was booked. */
  beforeLastCancel(payment: LedgerPayment): LedgerPayment;
  end(): void;
}

interface PastState {
  readonly payment: LedgerPayment;
  /** Simulated time, ms since the epoch, at which the next state took its place. */
  readonly untilMs: number;
}

/** A stale look is minutes behind, so older states are not needed. */
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

/** What a list of payments is sorted by; times in UNIX seconds. */
export const SORT_TIMES = {
  started: (payment: LedgerPayment): number => payment.startedAtSeconds,
  paid: (payment: LedgerPayment): number => payment.paidAtSeconds,
  updated: updatedAt,
} as const;

export type SortField = keyof typeof SORT_TIMES;

/** smartro_v2 keeps so many characters of an order number; a payment is found by either form. */
const KEPT_ORDER_NUMBER = 40;

/** Finds payments by order, and in the order of their times. */
class PaymentIndex {
  readonly #payments: ReadonlyMap<string, LedgerPayment>;
  readonly #orders = new Map<string, readonly string[]>();
  /** Each is sorted once between two changes: whoever pages through 100,000 payments asks for the same list each time. */
  readonly #lists = new Map<string, readonly LedgerPayment[]>();

  constructor(payments: ReadonlyMap<string, LedgerPayment>) {
    this.#payments = payments;
  }

  /** Attempts of one order, newest first; of two that started in the same second the one added later is the newer. */
  attempts(merchantUid: string): readonly LedgerPayment[] {
    const impUids = this.#orders.get(merchantUid) ?? [];
    const found = impUids.flatMap((impUid) => this.#payments.get(impUid) ?? []);
    return found.toReversed().toSorted((a, b) => b.startedAtSeconds - a.startedAtSeconds);
  }

  /** Oldest first; of two of the same second the one added first. */
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
/** Names and order numbers of people are in it: nobody else on the machine reads it. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** An append-only file: a line is the whole payment after a change. */
interface Journal {
  append(payment: LedgerPayment): void;
  end(): void;
}

/**
 * Begins with one line per payment, put in place by a rename: a crash leaves the old journal or the new one, never half of it.
 * @param hold gets every line that was written before, oldest first
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
      // The number of a closed file may belong to another one by now.
      if (file === undefined) throw new Error(`${path} is closed`);
      size = appendLine(file, size, payment);
    },
    end: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
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
