import { impKey } from '../../../functions/ledger/keys.ts';
import { paymentToItem } from '../../../functions/ledger/payment-item.ts';
import { refundToItem } from '../../../functions/ledger/refund-item.ts';
import type { Orders } from '../../../functions/protocol/ports.ts';
import type { Payment } from '../../../functions/refund/payment.ts';
import type { LedgerItem } from '../../../functions/refund/refund.ts';
import type { LedgerReads } from '../../../lib/cli/tables.ts';
import { FakeTable } from '../../support/fake-table.ts';
import { refunds, type Console } from '../../../lib/cli/refunds.ts';

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
  /** The output with the broken lines joined again. */
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
  const printed = out.join('\n');
  return { status, out: printed, err: err.join('\n'), text: joined(printed) };
}

/** Joins continuation lines, which are indented by four more columns. */
function joined(text: string): string {
  const lines: { readonly margin: number; readonly text: string }[] = [];
  for (const line of text.split('\n')) {
    const margin = /^ */.exec(line)?.[0].length ?? 0;
    const last = lines.at(-1);
    if (last !== undefined && margin === last.margin + 4 && isFull(last.text))
      lines[lines.length - 1] = { ...last, text: `${last.text} ${line.trim()}` };
    else lines.push({ margin, text: line });
  }
  return lines.map((line) => line.text).join('\n');
}

/** A Korean character takes two columns. */
function isFull(line: string): boolean {
  return line.length + (line.match(/[\u1100-\uffdc]/g)?.length ?? 0) > 60;
}

/** Splits a line into words as a shell does; quotes keep a word together. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
