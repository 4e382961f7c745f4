import * as v from 'valibot';

/** Letters, digits, punctuation and spaces of any script; no control characters, which no PG takes. */
const printable = /^[^\p{Cc}\p{Cs}]*$/u;
/** Line breaks are fine in a reason that a person types. */
const printableText = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;

function name(max: number, description: string) {
  return v.pipe(
    v.string('must be a string'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(max, `must be at most ${max} characters`),
    v.regex(printable, 'must not contain control characters'),
    v.description(description),
  );
}

function amount(description: string) {
  return v.pipe(
    v.number('must be a number that is exact (not a string, not null)'),
    v.finite('must be finite'),
    v.minValue(0, 'must not be negative'),
    v.description(description),
  );
}

/**
 * Body of `POST /payments/cancel`. Strict: an unknown field is refused, because a misspelt amount would otherwise
 * mean "everything that is left".
 */
export const CancelBody = v.pipe(
  v.strictObject({
    merchant_uid: v.optional(name(40, 'Order number of the shop.')),
    imp_uid: v.optional(
      name(32, "i'mport's number of the payment; wins over merchant_uid, even when it is wrong."),
    ),
    cancel_request_amount: v.optional(
      v.pipe(
        v.number(
          'must be a number that is exact (not a string, not null); leave it out to cancel everything that is left',
        ),
        v.finite('must be finite'),
        v.gtValue(0, 'must be greater than 0; leave it out to cancel everything that is left'),
        v.description(
          'Amount to cancel, in the major unit of the payment (won, dollars). Absent: everything that is left.',
        ),
      ),
    ),
    checksum: v.optional(
      v.pipe(
        v.number('must be a number that is exact (not a string, not null)'),
        v.finite('must be finite'),
        v.minValue(0, 'must not be negative'),
        v.description(
          'The balance the caller believes is left; the cancel is refused with 409 when it is not.',
        ),
      ),
    ),
    tax_free: v.optional(amount('Tax-free part of the amount.')),
    vat_amount: v.optional(amount('Value-added tax within the amount.')),
    reason: v.optional(
      v.pipe(
        v.string('must be a string'),
        v.maxLength(256, 'must be at most 256 characters'),
        v.regex(printableText, 'must not contain control characters'),
        v.description('Why; kept whole in our record.'),
      ),
    ),
    refund_holder: v.optional(name(16, 'Holder of the account to refund to (virtual accounts).')),
    refund_bank: v.optional(name(4, 'Bank code of the account, in the codes of the payment’s PG.')),
    refund_account: v.optional(name(16, 'Number of the account to refund to.')),
    refund_tel: v.optional(name(16, 'Telephone of the holder, where the PG wants it.')),
  }),
  v.forward(
    v.partialCheck(
      [['merchant_uid'], ['imp_uid']],
      ({ merchant_uid, imp_uid }) => merchant_uid !== undefined || imp_uid !== undefined,
      'merchant_uid or imp_uid is required',
    ),
    ['merchant_uid'],
  ),
);

/** i'mport's webhook; it may grow. */
export const WebhookBody = v.object(
  {
    imp_uid: name(32, "i'mport's number of the payment."),
    merchant_uid: v.optional(v.string('must be a string')),
    status: v.optional(v.string('must be a string')),
    cancellation_id: v.optional(v.string('must be a string')),
  },
  (issue) => (issue.path === undefined ? 'The body must be an object.' : 'is required'),
);
