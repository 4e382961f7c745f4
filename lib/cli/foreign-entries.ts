import { idsIn } from '../../functions/refund/attribution.ts';
import type { CancelEntry, Payment } from '../../functions/refund/payment.ts';

/** An entry of i'mport's history that no cancelled refund of ours explains. */
export interface ForeignEntry {
  readonly entry: CancelEntry;
  /** What its text says of us, where it says anything: an entry with a tag is never hidden. */
  readonly odd?: string;
}

/** Entries that were made in i'mport's console, straight at the PG, or by a refund that our table does not hold as cancelled. */
export function foreignEntries(payment: Payment): readonly ForeignEntry[] {
  const cancelled = [...payment.refunds.values()].filter(({ status }) => status === 'cancelled');
  const ids = new Set(cancelled.map(({ refundId }) => refundId));
  const cancellations = new Set(cancelled.map(cancellationOf).filter((id) => id !== undefined));
  // Entries of before 2024-02 have no id of their own (IAMPORT 3): one for each record of that amount without one.
  const nameless = cancelled.filter((refund) => cancellationOf(refund) === undefined);
  return payment.cancelHistory.flatMap((entry): readonly ForeignEntry[] => {
    const tags = idsIn(entry.reason);
    if (tags.some((id) => ids.has(id))) return [];
    if (tags.length > 0) return [{ entry, odd: oddity(tags, payment) }];
    if (entry.cancellationId !== undefined && cancellations.has(entry.cancellationId)) return [];
    const index = nameless.findIndex(({ amount }) => amount === entry.amount);
    if (index === -1) return [{ entry }];
    nameless.splice(index, 1);
    return [];
  });
}

function cancellationOf(refund: object): string | undefined {
  const id = 'cancellationId' in refund ? refund.cancellationId : undefined;
  return typeof id === 'string' ? id : undefined;
}

function oddity(tags: readonly string[], { pending, refunds }: Payment): string {
  const names = tags.join(', ');
  if (tags.some((id) => id === pending?.refundId)) return `bears the tag of ${names}, which is in doubt here`;
  const known = tags.map((id) => refunds.get(id)?.status).find((status) => status !== undefined);
  return known === undefined
    ? `bears the tag of ${names}, which this payment does not know`
    : `bears the tag of ${names}, which stands here as ${known}`;
}
