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

/** A stale look is minutes behind; older states of a payment are for nobody. */
const PAST_STATES = 50;

/** Payments in memory and, with a directory, in a journal there. */
export function openPaymentStore(directory: string | undefined, nowMs: () => number): PaymentStore {
  const payments = new Map<string, LedgerPayment>();
  const past = new Map<string, readonly PastState[]>();
  const index = new PaymentIndex(payments);
  const hold = (payment: LedgerPayment): void => {
    index.replace(payments.get(payment.impUid), payment);
    payments.set(payment.impUid, payment);
  };
  const pastOf = ({ impUid }: LedgerPayment): readonly PastState[] => past.get(impUid) ?? [];
  const journal = directory === undefined ? undefined : openJournal(directory, hold);
  journal?.rewrite(payments.values());
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
      if (journal?.isBloated() === true) journal.rewrite(payments.values());
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

/** Finds payments by order, and in the order of their times, without looking at all of them. */
class PaymentIndex {
  readonly #payments: ReadonlyMap<string, LedgerPayment>;
  readonly #orders = new Map<string, readonly string[]>();
  readonly #sequence = new Map<string, number>();
  readonly #lists = new Map<string, SortedPayments>();

  constructor(payments: ReadonlyMap<string, LedgerPayment>) {
    this.#payments = payments;
  }

  /** Attempts of one order, newest first; of two that started in the same second the one added later is the newer. */
  attempts(merchantUid: string): readonly LedgerPayment[] {
    const impUids = this.#orders.get(merchantUid) ?? [];
    const found = impUids.flatMap((impUid) => this.#payments.get(impUid) ?? []);
    return found.toReversed().toSorted((a, b) => b.startedAtSeconds - a.startedAtSeconds);
  }

  /** Oldest first; live. */
  sorted(status: PaymentStatus | 'all', field: SortField): readonly LedgerPayment[] {
    const key = `${status} ${field}`;
    const kept = this.#lists.get(key);
    if (kept !== undefined) return kept.items;
    const list = new SortedPayments(SORT_TIMES[field], (impUid) => this.#sequence.get(impUid) ?? 0, status);
    list.fill(this.#payments.values());
    this.#lists.set(key, list);
    return list.items;
  }

  /** Called before the map of payments is changed. */
  replace(before: LedgerPayment | undefined, after: LedgerPayment): void {
    if (before === undefined) {
      this.#sequence.set(after.impUid, this.#sequence.size);
      const { merchantUid, impUid } = after;
      const cut = merchantUid.slice(0, KEPT_ORDER_NUMBER);
      for (const key of new Set([merchantUid, cut, merchantUid.trim()])) {
        this.#orders.set(key, [...(this.#orders.get(key) ?? []), impUid]);
      }
    }
    for (const list of this.#lists.values()) list.replace(before, after);
  }
}

/** A list that is sorted once, when it is first asked for, and kept so. */
class SortedPayments {
  readonly items: LedgerPayment[] = [];
  readonly #timeOf: (payment: LedgerPayment) => number;
  readonly #sequenceOf: (impUid: string) => number;
  readonly #status: PaymentStatus | 'all';

  constructor(
    timeOf: (payment: LedgerPayment) => number,
    sequenceOf: (impUid: string) => number,
    status: PaymentStatus | 'all',
  ) {
    this.#timeOf = timeOf;
    this.#sequenceOf = sequenceOf;
    this.#status = status;
  }

  fill(payments: Iterable<LedgerPayment>): void {
    for (const payment of payments) if (this.#belongs(payment)) this.items.push(payment);
    this.items.sort((a, b) => this.#compare(a, b));
  }

  replace(before: LedgerPayment | undefined, after: LedgerPayment): void {
    if (before !== undefined && this.#belongs(before)) this.items.splice(this.#place(before), 1);
    if (this.#belongs(after)) this.items.splice(this.#place(after), 0, after);
  }

  #belongs({ status }: LedgerPayment): boolean {
    return this.#status === 'all' || status === this.#status;
  }

  #compare(a: LedgerPayment, b: LedgerPayment): number {
    return this.#timeOf(a) - this.#timeOf(b) || this.#sequenceOf(a.impUid) - this.#sequenceOf(b.impUid);
  }

  /** Where it stands, or belongs: found by halving. */
  #place(payment: LedgerPayment): number {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const there = this.items[middle];
      if (there !== undefined && this.#compare(there, payment) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const FILE_NAME = 'iamport-payments.jsonl';
/** Names and order numbers of people are in it: nobody else on the machine reads it. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** Below this a journal is not worth shortening. */
const LEAST_BYTES = 4 * 1024 * 1024;

/** An append-only file: a line is the whole payment after a change. */
interface Journal {
  append(payment: LedgerPayment): void;
  /** More than half of it is older states of payments. */
  isBloated(): boolean;
  /** One line per payment, put in place by a rename: a crash leaves the old journal or the new one, never half of it. */
  rewrite(payments: Iterable<LedgerPayment>): void;
  end(): void;
}

/** @param hold gets every line that was written before, oldest first */
function openJournal(directory: string, hold: (payment: LedgerPayment) => void): Journal {
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
