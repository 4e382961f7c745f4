import * as v from 'valibot';
import { assertNever } from '../refund/assert-never.ts';
import { ATTRIBUTIONS, DECIDED_BY, type FinalRefund } from '../refund/payment.ts';
import { omitMissing } from '../refund/omit-missing.ts';
import { REJECTION_CODES } from '../refund/rejection.ts';
import { closingFromItem, ClosingItem, closingToItem } from './closing-item.ts';
import {
  Intent,
  intentFromItem,
  intentToItem,
  number,
  optionalNumber,
  optionalText,
  parsed,
  text,
  type Attributes,
} from './intent-item.ts';

const Finished = {
  ...Intent,
  finished_at: number,
  decided_by: v.picklist(DECIDED_BY),
  closing: v.optional(ClosingItem),
};

const Final = v.variant('status', [
  v.object({
    ...Finished,
    status: v.literal('cancelled'),
    attribution: v.picklist(ATTRIBUTIONS),
    cancellation_id: optionalText,
    receipt_url: optionalText,
    cancelled_at: optionalNumber,
    corrected: v.boolean(),
  }),
  v.object({
    ...Finished,
    status: v.literal('rejected'),
    code: v.picklist(REJECTION_CODES),
    provider: v.optional(v.object({ code: number, message: text })),
  }),
  v.object({ ...Finished, status: v.literal('not_executed'), cause: text }),
]);

/** Takes its fields by name: nothing that only the pending refund may hold can slip into the finished record. */
export function finalToItem(refund: FinalRefund, currency: string): Attributes {
  const finished = {
    ...intentToItem(refund, currency),
    status: refund.status,
    finished_at: refund.finishedAtMs,
    decided_by: refund.decidedBy,
    closing: closingToItem(refund.closing),
  };
  switch (refund.status) {
    case 'cancelled':
      return omitMissing({
        ...finished,
        attribution: refund.attribution,
        cancellation_id: refund.cancellationId,
        receipt_url: refund.receiptUrl,
        cancelled_at: refund.cancelledAtMs,
        corrected: refund.corrected,
      });
    case 'rejected': {
      const { code, provider } = refund.rejection;
      return omitMissing({
        ...finished,
        code,
        provider: provider && { code: provider.code, message: provider.message },
      });
    }
    case 'not_executed':
      return omitMissing({ ...finished, cause: refund.cause });
    default:
      return assertNever(refund);
  }
}

export function finalFromItem(name: string, value: unknown, currency: string): FinalRefund {
  const stored = parsed(`refund_records.${name}`, Final, value);
  const { closing } = stored;
  const finished = {
    ...intentFromItem(stored, currency),
    finishedAtMs: stored.finished_at,
    decidedBy: stored.decided_by,
    ...omitMissing({ closing: closing && closingFromItem(closing) }),
  };
  switch (stored.status) {
    case 'cancelled': {
      const { attribution, corrected } = stored;
      const receipt = omitMissing({
        cancellationId: stored.cancellation_id,
        receiptUrl: stored.receipt_url,
        cancelledAtMs: stored.cancelled_at,
      });
      return { ...finished, status: 'cancelled', attribution, corrected, ...receipt };
    }
    case 'rejected': {
      const { code, provider } = stored;
      return { ...finished, status: 'rejected', rejection: { code, ...omitMissing({ provider }) } };
    }
    case 'not_executed':
      return { ...finished, status: 'not_executed', cause: stored.cause };
    default:
      return assertNever(stored);
  }
}
