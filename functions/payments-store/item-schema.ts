import * as v from 'valibot';

const text = v.string();
const optionalText = v.optional(v.nullable(v.string()));
const optionalNumber = v.optional(v.nullable(v.number()));

export const HistoryEntry = v.object({
  amount: v.number(),
  cancelled_at: optionalNumber,
  reason: optionalText,
  receipt_url: optionalText,
  cancellation_id: optionalText,
  pg_tid: optionalText,
});

export const Attempts = v.array(
  v.object({ attempt: v.number(), sent_at: v.number(), answered_at: optionalNumber, answer: optionalText }),
);

const Intent = {
  refund_id: text,
  fingerprint: optionalText,
  amount: v.number(),
  checksum: v.number(),
  tax_free: optionalNumber,
  vat_amount: optionalNumber,
  reason: optionalText,
  actor: v.object({ kind: v.picklist(['customer', 'staff']), sub: text }),
  requested_at: v.number(),
  attempt: v.number(),
  attempts: Attempts,
};

const Account = v.object({
  holder: optionalText,
  bank: optionalText,
  account: optionalText,
  tel: optionalText,
});

export const Pending = v.object({
  ...Intent,
  claim_id: text,
  claimed_at: v.number(),
  accepted: v.boolean(),
  checks: v.number(),
  resolve_at: v.number(),
  account: v.optional(Account),
});

const Finished = { ...Intent, finished_at: v.number(), decided_by: v.picklist(['answer', 'read_back']) };

export const Final = v.variant('status', [
  v.object({
    ...Finished,
    status: v.literal('cancelled'),
    attribution: v.picklist(['tag', 'position']),
    cancellation_id: optionalText,
    receipt_url: optionalText,
    cancelled_at: optionalNumber,
    corrected: v.boolean(),
  }),
  v.object({
    ...Finished,
    status: v.literal('rejected'),
    code: v.picklist(['CHECKSUM_MISMATCH', 'CANCEL_REJECTED']),
    provider: v.optional(v.object({ code: v.number(), message: text })),
  }),
]);

/** What a shop's checkout may leave out has a default; what it writes must be right. Unknown attributes are the shop's own. */
export const Item = v.object({
  merchant_uid: text,
  imp_uid: optionalText,
  customer_id: optionalText,
  status: v.optional(text, 'paid'),
  pay_method: optionalText,
  pg_provider: optionalText,
  currency: v.optional(text, 'KRW'),
  amount: v.number(),
  cancel_amount: v.optional(v.number(), 0),
  paid_at: optionalNumber,
  cancelled_at: optionalNumber,
  cancel_reason: optionalText,
  receipt_url: optionalText,
  cancel_history: v.optional(v.array(HistoryEntry), []),
  pending_refund: v.optional(Pending),
  refunds: v.optional(v.record(text, Final), {}),
});
