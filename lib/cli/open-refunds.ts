import { openRefunds } from '../../functions/protocol/list.ts';
import type { OpenRefund } from '../../functions/protocol/ports.ts';
import type { Payment } from '../../functions/refund/payment.ts';
import type { RefundKey, RequestedRefund } from '../../functions/refund/refund.ts';
import { OperationsError } from './command.ts';
import type { LedgerReads } from './tables.ts';

export interface InDoubt {
  readonly payment: Payment;
  readonly refund: RequestedRefund;
}

/** A refund that cannot be read, so the resolver cannot handle it. */
export interface Unreadable extends RefundKey {
  readonly why: string;
}

export interface Open {
  /** The oldest first. */
  readonly inDoubt: readonly InDoubt[];
  readonly unreadable: readonly Unreadable[];
}

interface Looking {
  /** Only this payment. */
  readonly impUid: string | undefined;
  /** Reports the progress. */
  readonly tell: (line: string) => void;
}

/** Refunds that are read at the same time; thousands one after another would take minutes. */
const READS_AT_ONCE = 16;

/** Reads every refund that is not final. A refund that cannot be read is returned with the error, and the others are still read. */
export async function openOnes(ledger: LedgerReads, { impUid, tell }: Looking): Promise<Open> {
  const all = await listed(ledger, impUid);
  let read = 0;
  const seen = await atOnce(all, READS_AT_ONCE, async (open) => {
    const found = await readOne(open, ledger);
    read += 1;
    tell(`${read} of ${all.length} read`);
    return found;
  });
  const inDoubt = seen.filter((each) => each !== undefined && 'refund' in each);
  return {
    inDoubt: inDoubt.toSorted((a, b) => a.refund.requestedAtMs - b.refund.requestedAtMs),
    unreadable: seen.filter((each) => each !== undefined && 'why' in each),
  };
}

/** Undefined: the refund has become final meanwhile. */
async function readOne(open: OpenRefund, ledger: LedgerReads): Promise<InDoubt | Unreadable | undefined> {
  try {
    const [payment, refund] = [await ledger.payment(open), await ledger.refund(open)];
    return payment !== undefined && refund?.status === 'requested' ? { payment, refund } : undefined;
  } catch (error) {
    if (error instanceof OperationsError) throw error;
    return { ...open, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Counts the refunds that are not final, from the index alone. */
export async function countInDoubt(ledger: LedgerReads, impUid?: string): Promise<number> {
  return (await listed(ledger, impUid)).length;
}

async function listed(ledger: LedgerReads, impUid: string | undefined): Promise<readonly OpenRefund[]> {
  const all = await openRefunds(ledger);
  return impUid === undefined ? all : all.filter((open) => open.impUid === impUid);
}

/** Runs `work` on each item, some at the same time; the results keep the order of the items. */
async function atOnce<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}
