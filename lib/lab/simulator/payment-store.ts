import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, parseJson } from './json.ts';
import type { LedgerPayment } from './payment.ts';

/** smartro_v2 keeps this many characters of an order number; a payment is found by either form. */
export const KEPT_ORDER_NUMBER = 40;

/** All payments in the order of addition; with a directory a stored payment survives `kill -9`. */
export class PaymentStore {
  readonly #payments: Map<string, LedgerPayment>;
  readonly #journal: string | undefined;

  /** @param directory in which the payments are kept; without it they are only in memory */
  constructor(directory: string | undefined) {
    this.#journal = directory === undefined ? undefined : join(directory, FILE_NAME);
    const kept = directory === undefined ? [] : openJournal(directory);
    this.#payments = new Map(kept.map((payment) => [payment.impUid, payment]));
  }

  get payments(): ReadonlyMap<string, LedgerPayment> {
    return this.#payments;
  }

  /** Returns when the payment is written. If it cannot be written, throws and changes nothing. */
  put(payment: LedgerPayment): void {
    if (this.#journal !== undefined) appendFileSync(this.#journal, lineOf(payment));
    this.#payments.set(payment.impUid, payment);
  }

  /** Attempts of an order, newest first; with the same start second, the one added later counts as newer. */
  attempts(wanted: string): readonly LedgerPayment[] {
    return [...this.#payments.values()]
      .filter(({ merchantUid }) =>
        [merchantUid, merchantUid.trim(), merchantUid.slice(0, KEPT_ORDER_NUMBER)].includes(wanted),
      )
      .toReversed()
      .toSorted((a, b) => b.startedAtSeconds - a.startedAtSeconds);
  }
}

/** An append-only file; each line is the whole payment after a change. */
const FILE_NAME = 'iamport-payments.jsonl';

/** Reads the payments, and starts a new journal with one line each. A crash leaves the complete old or new journal. */
function openJournal(directory: string): readonly LedgerPayment[] {
  // The file contains personal data, so only its owner may read it.
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE_NAME);
  const newest = new Map(readJournal(path).map((payment) => [payment.impUid, payment]));
  const payments = [...newest.values()];
  writeFileSync(`${path}.next`, payments.map(lineOf).join(''), { mode: 0o600 });
  renameSync(`${path}.next`, path);
  return payments;
}

function lineOf(payment: LedgerPayment): string {
  return `${JSON.stringify(payment)}\n`;
}

function readJournal(path: string): readonly LedgerPayment[] {
  if (!existsSync(path)) return [];
  // A line without a line end was cut by a kill: its change was never acknowledged, so ignore it.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const payment = parseJson(line);
    if (!isStored(payment))
      throw new Error(
        `${path}: line ${index + 1} is not a payment; remove the file to start without payments`,
      );
    return payment;
  });
}

/** Detects a damaged or foreign file, not every wrong field, because this program wrote the lines. */
function isStored(payment: unknown): payment is LedgerPayment {
  return isRecord(payment) && typeof payment['impUid'] === 'string' && Array.isArray(payment['cancels']);
}
