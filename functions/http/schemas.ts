import * as v from 'valibot';
import type { ACCOUNT_FIELDS, PassedOnWire } from '../refund/intent.ts';
import {
  amount,
  blankOr,
  flag,
  name,
  pattern,
  printable,
  printableText,
  rule,
  uid,
  visible,
  visibleText,
} from './fields.ts';

export const merchantUid = uid(40, 'Order number of the shop.');
export const impUid = uid(
  32,
  "i'mport's number of the payment; wins over merchant_uid, even when it is wrong.",
);

/** What is handed on to i'mport as it is: a field of `PASSED_ON` that is forgotten here does not compile. */
const passedOn = {
  tax_free: v.optional(amount('Tax-free part of the amount; only with cancel_request_amount.')),
  vat_amount: v.optional(amount('Value-added tax within the amount; only with cancel_request_amount.')),
  retain_promotion: v.optional(
    flag('Whether a promotion keeps its discount (i’mport’s `retain_promotion`).'),
  ),
  escrow_confirmed: v.optional(flag('Cancels although the buyer has confirmed an escrow purchase.')),
} satisfies Readonly<Record<PassedOnWire, v.GenericSchema>>;

const refundAccount = {
  refund_holder: v.optional(
    v.pipe(
      pattern(16, visible, blankOr(printable)),
      v.description('Holder of the account to refund to (virtual accounts).'),
    ),
  ),
  refund_bank: v.optional(name(4, 'Bank code of the account, in the codes of the payment’s PG.')),
  refund_account: v.optional(
    v.pipe(
      pattern(16, /^-*[0-9][0-9-]*$/, 'digits'),
      v.description('Number of the account to refund to: digits and hyphens.'),
    ),
  ),
  refund_tel: v.optional(
    v.pipe(
      pattern(16, /^\+?[0-9-]+$/, 'telephone'),
      v.description('Telephone of the holder, where the PG wants it.'),
    ),
  ),
} satisfies Readonly<Record<(typeof ACCOUNT_FIELDS)[keyof typeof ACCOUNT_FIELDS], v.GenericSchema>>;

const cancelFields = v.strictObject({
  merchant_uid: v.optional(merchantUid),
  imp_uid: v.optional(impUid),
  cancel_request_amount: v.optional(
    v.pipe(
      v.number(rule('amount')),
      v.finite(rule('finite')),
      v.gtValue(0, rule('amount_zero')),
      v.description(
        'Amount to cancel, in the major unit of the payment (won, dollars). Absent: everything that is left.',
      ),
    ),
  ),
  checksum: v.optional(
    amount('The balance the caller believes is left; the cancel is refused with 409 when it is not.'),
  ),
  ...passedOn,
  reason: v.optional(
    v.pipe(
      v.string(rule('text')),
      v.maxLength(256, rule('too_long')),
      v.regex(printableText, rule('control')),
      v.description('Why. Our record keeps it whole, but for digits of the account of the same request.'),
    ),
  ),
  ...refundAccount,
});

type CancelFields = v.InferOutput<typeof cancelFields>;
const isAbsentWithoutAmount = (field: 'tax_free' | 'vat_amount') => (body: Partial<CancelFields>) =>
  body[field] === undefined || body.cancel_request_amount !== undefined;

/**
 * Body of `POST /payments/cancel`. Strict: an unknown field is refused, because a misspelt amount would otherwise
 * mean "everything that is left".
 */
export const CancelBody = v.pipe(
  cancelFields,
  v.forward(
    v.partialCheck(
      [['merchant_uid'], ['imp_uid']],
      ({ merchant_uid, imp_uid }) => merchant_uid !== undefined || imp_uid !== undefined,
      rule('uid_missing'),
    ),
    ['merchant_uid'],
  ),
  v.forward(
    v.partialCheck(
      [['tax_free'], ['cancel_request_amount']],
      isAbsentWithoutAmount('tax_free'),
      rule('needs_amount'),
    ),
    ['tax_free'],
  ),
  v.forward(
    v.partialCheck(
      [['vat_amount'], ['cancel_request_amount']],
      isAbsentWithoutAmount('vat_amount'),
      rule('needs_amount'),
    ),
    ['vat_amount'],
  ),
);

/** Body of `POST /payments/{merchant_uid}/refunds/{refund_id}/close`, the same for the one who proposes and the one who approves. */
export const CloseBody = v.pipe(
  v.strictObject(
    {
      verdict: v.pipe(
        v.picklist(['executed', 'not_executed'], rule('verdict')),
        v.description('What became of the refund at the PG.'),
      ),
      cancellation_id: v.optional(
        name(64, 'The entry of cancel_history that is this refund; only with `executed`.'),
      ),
      evidence: v.pipe(
        pattern(500, visibleText, blankOr(printableText)),
        v.description('How it is known: whom you asked, what the PG shows.'),
      ),
    },
    rule('required'),
  ),
  v.forward(
    v.partialCheck(
      [['verdict'], ['cancellation_id']],
      ({ verdict, cancellation_id }) => verdict !== 'executed' || cancellation_id !== undefined,
      rule('entry_missing'),
    ),
    ['cancellation_id'],
  ),
  v.forward(
    v.partialCheck(
      [['verdict'], ['cancellation_id']],
      ({ verdict, cancellation_id }) => verdict !== 'not_executed' || cancellation_id === undefined,
      rule('entry_foreign'),
    ),
    ['cancellation_id'],
  ),
);

/** i'mport's webhook; it may grow, and its other fields may be anything, because only `imp_uid` matters. */
export const WebhookBody = v.object(
  {
    imp_uid: v.pipe(
      v.union([v.string(), v.pipe(v.number(), v.safeInteger(), v.transform(String))], rule('text')),
      v.transform((value) => value.trim()),
      impUid,
    ),
  },
  rule('required'),
);
