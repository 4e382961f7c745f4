import type { FinalRefund, Payment, PendingRefund } from './payment.ts';
import { PROVIDER_TEXT_MAX_CHARACTERS } from './redact.ts';

/** DynamoDB's limit of an item, and what is kept back for the shop's own attributes and for names. */
const ITEM_LIMIT_BYTES = 400 * 1024;
const KEPT_BACK_BYTES = 40 * 1024;

/** Three bytes hold any character of Korean text in UTF-8; two UTF-16 units of a rarer one take four. */
const BYTES_PER_CHARACTER = 3;
/** Names and numbers of a record, of one attempt's note, and of an entry of the history, measured through the codec and rounded up. */
const RECORD_BYTES = 700;
const ATTEMPT_BYTES = 120;
const ENTRY_BYTES = 160;

function textBytes(...texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text?.length ?? 0) * BYTES_PER_CHARACTER, 0);
}

function recordBytes(refund: FinalRefund | PendingRefund): number {
  const outcome = 'status' in refund ? refund : undefined;
  const told = outcome?.status === 'rejected' ? outcome.rejection.provider?.message : undefined;
  const receipt = outcome?.status === 'cancelled' ? outcome.receiptUrl : undefined;
  const closing = outcome?.closing ?? ('proposal' in refund ? refund.proposal : undefined);
  const notes = refund.attempts.reduce((sum, note) => sum + ATTEMPT_BYTES + textBytes(note.answer), 0);
  const people = closing === undefined ? 0 : ATTEMPT_BYTES + textBytes(closing.evidence, closing.proposedBy);
  return (
    RECORD_BYTES +
    notes +
    people +
    textBytes(refund.reason, refund.actor.sub, refund.fingerprint, told, receipt)
  );
}

/** Upper estimate of what a payment's own item takes, in bytes: what stands beside it is not counted. */
export function itemBytes({ refunds, pending, cancelHistory, stored }: Payment): number {
  const own = [...refunds.values()].filter(({ refundId }) => stored.archive?.records.has(refundId) !== true);
  const records = own.reduce((sum, refund) => sum + recordBytes(refund), 0);
  const history = cancelHistory
    .slice(stored.historyFrom ?? 0)
    .reduce((sum, entry) => sum + ENTRY_BYTES + textBytes(entry.reason, entry.receiptUrl), 0);
  return records + history + (pending === undefined ? 0 : recordBytes(pending));
}

/** What this refund may still grow by: ten attempts with their answers, the provider's words, a closing, its entry. */
const GROWTH_BYTES =
  10 * (ATTEMPT_BYTES + textBytes('x'.repeat(PROVIDER_TEXT_MAX_CHARACTERS))) +
  6 * textBytes('x'.repeat(PROVIDER_TEXT_MAX_CHARACTERS)) +
  RECORD_BYTES +
  2 * ENTRY_BYTES;

/** Whether the record of this refund will find room: a claim that leaves none is refused before anything is sent. */
export function roomFor(payment: Payment, pending: PendingRefund): boolean {
  return itemBytes({ ...payment, pending }) + GROWTH_BYTES <= ITEM_LIMIT_BYTES - KEPT_BACK_BYTES;
}
