import { heldBy } from '../../functions/refund/evidence.ts';
import { entryKey, idsIn } from '../../functions/refund/identity.ts';
import { toDecimal, ZERO } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment } from '../../functions/refund/payment.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import { toSeconds } from '../../functions/refund/unix-seconds.ts';
import { clock, money, named, quoted, shellWord } from './words.ts';

type Nameable = Partial<Pick<CancelEntry, 'cancellationId' | 'cancelledAtMs' | 'amount'>>;

/** The name of an entry as `close` expects it: its id, or time and amount. */
export function entryName(
  { cancellationId, cancelledAtMs, amount = ZERO }: Nameable,
  currency: string,
): string {
  return cancellationId === undefined
    ? `${toSeconds(cancelledAtMs)}/${toDecimal(amount, currency)}`
    : named(cancellationId);
}

export interface LooseEntry {
  readonly entry: CancelEntry;
  readonly text: string;
}

/** Entries of i'mport's history that belong to no refund and to no cancel made elsewhere; `close` names them. */
export function looseEntries(payment: Payment, items: readonly LedgerItem[]): readonly LooseEntry[] {
  const held = heldBy(items, '');
  const { currency, cancelHistory } = payment;
  const loose = new Map(cancelHistory.map((entry) => [entryKey(entry), entry]));
  return [...loose]
    .filter(([key]) => !held.has(key))
    .map(([, entry]) => ({ entry, text: looseWords(entry, currency, items) }));
}

function looseWords(entry: CancelEntry, currency: string, items: readonly LedgerItem[]): string {
  const { amount, cancelledAtMs, reason, cancellationId } = entry;
  const when = cancelledAtMs === undefined ? '' : `${clock(cancelledAtMs)}  `;
  const words = reason === undefined ? '' : `, ${quoted(reason)}`;
  const tags = idsIn(reason);
  const tag =
    tags.length === 0 ? '' : `; NOTE: it has the tag of ${tags.map((id) => tagWords(id, items)).join(', ')}`;
  const toClose =
    cancellationId === undefined
      ? `--entry ${entryName(entry, currency)}`
      : `--cancellation-id ${shellWord(cancellationId)}`;
  return `${when}${money(amount, currency)}${words}${tag} (close: ${toClose})`;
}

function tagWords(id: string, items: readonly LedgerItem[]): string {
  const status = items.find(({ refundId }) => refundId === id)?.status;
  return status === undefined ? `${id}, which is not in the ledger` : `${id}, which is ${status} here`;
}
