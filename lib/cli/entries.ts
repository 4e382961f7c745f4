import { heldBy } from '../../functions/refund/evidence.ts';
import { entryKey, idsIn } from '../../functions/refund/identity.ts';
import { toDecimal, ZERO } from '../../functions/refund/money.ts';
import type { CancelEntry, Payment } from '../../functions/refund/payment.ts';
import type { LedgerItem } from '../../functions/refund/refund.ts';
import { toSeconds } from '../../functions/refund/unix-seconds.ts';
import { clock, money, named, quoted, shellWord } from './words.ts';

type Nameable = Partial<Pick<CancelEntry, 'cancellationId' | 'cancelledAtMs' | 'amount'>>;

/** By its id, or by time and amount, as `close` takes them. */
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

/** Entries of i'mport's history that no refund and no foreign cancel holds: what people name when they close a refund. */
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
    tags.length === 0
      ? ''
      : `; LOOK: it bears the tag of ${tags.map((id) => tagWords(id, items)).join(', ')}`;
  const toClose =
    cancellationId === undefined
      ? `--entry ${entryName(entry, currency)}`
      : `--cancellation-id ${shellWord(cancellationId)}`;
  return `${when}${money(amount, currency)}${words}${tag} (close: ${toClose})`;
}

function tagWords(id: string, items: readonly LedgerItem[]): string {
  const status = items.find(({ refundId }) => refundId === id)?.status;
  return status === undefined ? `${id}, which the ledger does not know` : `${id}, which is ${status} here`;
}
