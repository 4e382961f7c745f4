import { impKey } from '../../../functions/ledger/keys.ts';
import { paymentToItem } from '../../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Orders } from '../../../functions/protocol/ports.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import type { LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { refunds, type Console } from '../../../lib/cli/refunds.ts';
import { wrapped } from '../../../lib/cli/words.ts';

/** The answer of a local run, used when the tables are in memory. */
const LOCAL_RUN = {
  dynamodb: '',
  tables: { orders: '', ledger: '' },
  region: '',
  quiet_period_seconds: 180,
};

export interface Said {
  readonly status: number;
  /** The output as printed, with lines broken at 80 columns. */
  readonly out: string;
  readonly err: string;
  /** The output as one line. */
  readonly text: string;
}

/** Half past nine in the evening, Korea time. */
export const NOW_MS = Date.parse('2026-11-25T12:30:00Z');

/** A ledger that holds this payment and its items, besides what `table` already holds. */
export function holding(
  payment: Payment,
  items: readonly LedgerItem[] = [],
  table: FakeTable = new FakeTable(),
): LedgerReads {
  table.put({ ...impKey(payment.impUid), merchant_uid: payment.merchantUid });
  table.put(paymentToItem(payment));
  for (const item of items) table.put(refundToItem(item));
  return table.ledger();
}

interface InMemory {
  readonly ledger?: LedgerReads;
  readonly orders?: Orders;
}

/** Runs `refunds` with these words, against tables in memory if a ledger is given. */
export async function type(
  words: string,
  { ledger, orders, ...world }: InMemory & Partial<Console> = {},
): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const tables = ledger && { ledger, ...(orders === undefined ? {} : { orders }) };
  const status = await refunds(wordsOf(words), {
    env: {},
    nowMs: () => NOW_MS,
    write: (line) => out.push(line),
    error: (line) => err.push(line),
    stdin: async () => '',
    ...(tables === undefined ? {} : { openTables: async () => tables, localInfo: async () => LOCAL_RUN }),
    ...world,
  });
  const whole = out.join('\n');
  return { status, out: whole, err: err.join('\n'), text: whole.replaceAll(/\n */g, ' ') };
}

/** These lines as `refunds` prints them. */
export function printed(lines: readonly string[]): string {
  return lines.flatMap((line) => wrapped(line)).join('\n');
}

/** Splits a line into words as a shell does; quotes keep a word together. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
