import * as v from 'valibot';
import { described, optional } from './described.ts';
import type { ACCOUNT_FIELDS, PassedOnWire } from '../refund/intent.ts';
import type { FieldFault } from '../refund/refusals.ts';
import { fault, type BodyRules } from './body.ts';
import type { FaultName } from './faults.ts';

/** A schema's message is the name of a rule in `faults.ts`. */
export const rule = (broken: FaultName): FaultName => broken;

/**
 * Letters, digits, punctuation and spaces of any script. Not allowed: control characters and half surrogates, which no PG
 * accepts; invisible and direction-changing characters (`Cf`, line and paragraph separators, zero-width fillers and joiners),
 * which make one text look like another.
 */
const NO_WIDTH = String.raw`\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFFA0`;
const NO_CONTROLS = String.raw`[^\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}${NO_WIDTH}]`;
/** Line breaks are allowed in the notes of staff. */
const WITH_BREAKS = String.raw`(?:${NO_CONTROLS}|[\n\r\t])`;
/** At least one visible character; U+2800 (empty Braille cell) is none. */
const VISIBLE = String.raw`(?=[\s\S]*[^\s\u2800])`;

const printable = new RegExp(`^${NO_CONTROLS}*$`, 'u');
const visible = new RegExp(`^${VISIBLE}${NO_CONTROLS}*$`, 'u');
const visibleText = new RegExp(`^${VISIBLE}${WITH_BREAKS}*$`, 'u');
/** `.` and `..` would be steps in a path, here and at i'mport. */
const identifying = new RegExp(String.raw`^(?!\.{1,2}$)${NO_CONTROLS}*$`, 'u');

function pattern(max: number, regex: RegExp, broken: FaultName | ((text: string) => FaultName)) {
  return v.pipe(
    v.string(rule('text')),
    v.minLength(1, rule('empty')),
    v.maxLength(max, rule('too_long')),
    v.regex(regex, ({ input }) => (typeof broken === 'string' ? broken : broken(input))),
  );
}

export function name(max: number, description: string) {
  return described(pattern(max, printable, 'control'), description);
}

/** A note of staff. */
function written(description: string) {
  return described(pattern(500, visibleText, blankOrControlText), description);
}

const blankOrControlText = (text: string): FaultName =>
  printable.test(text.replaceAll(/[\n\r\t]/g, '')) ? 'blank' : 'control_text';
const orControl = (other: FaultName) => (text: string) => (printable.test(text) ? other : 'control');

function uid(max: number, description: string) {
  return described(pattern(max, identifying, orControl('dots')), description);
}

function amount(description: string) {
  return v.pipe(v.number(rule('number')), v.minValue(0, rule('negative')), v.description(description));
}

function positiveAmount(description: string, number: FaultName = 'number', positive: FaultName = 'positive') {
  return v.pipe(v.number(number), v.gtValue(0, positive), v.description(description));
}

function flag(description: string) {
  return described(v.boolean(rule('flag')), description);
}

export const merchantUid = uid(255, 'Order number of the shop.');
export const impUid = uid(
  32,
  "i'mport's number of the payment; wins over merchant_uid, even when it is wrong.",
);

/** Fields passed on to i'mport unchanged: a field of `PASSED_ON` that is missing here does not compile. */
const passedOn = {
  tax_free: v.optional(amount('Tax-free part of the amount; only with cancel_request_amount.')),
  vat_amount: v.optional(amount('Value-added tax within the amount; only with cancel_request_amount.')),
  retain_promotion: v.optional(
    flag('Whether a promotion keeps its discount (i’mport’s `retain_promotion`).'),
  ),
  escrow_confirmed: v.optional(flag('Cancels although the buyer has confirmed an escrow purchase.')),
} satisfies Readonly<Record<PassedOnWire, v.GenericSchema>>;

/** Digits with hyphens anywhere; a PG accepts 6 to 20 digits. */
const ACCOUNT_NUMBER = /^-*(?:[0-9]-*){6,20}$/;

const refundAccount = {
  refund_holder: optional(
    pattern(50, visible, orControl('blank')),
    'Holder of the account to refund to (virtual accounts).',
  ),
  refund_bank: v.optional(name(4, 'Bank code of the account, in the codes of the payment’s PG.')),
  refund_account: optional(
    pattern(32, ACCOUNT_NUMBER, (text) => (/^[0-9-]*$/.test(text) ? 'account' : 'digits')),
    'Number of the account to refund to: 6 to 20 digits, with or without hyphens.',
  ),
  refund_tel: optional(
    pattern(20, /^\+?-*[0-9][0-9-]*$/, 'telephone'),
    'Telephone of the holder, where the PG wants it.',
  ),
} satisfies Readonly<Record<(typeof ACCOUNT_FIELDS)[keyof typeof ACCOUNT_FIELDS], v.GenericSchema>>;

/**
 * Body of `POST /payments/cancel`. Strict: an unknown field is refused, because a misspelt amount would otherwise mean
 * "everything that is left".
 */
export const CancelBody = v.strictObject({
  merchant_uid: v.optional(merchantUid),
  imp_uid: v.optional(impUid),
  cancel_request_amount: v.optional(
    positiveAmount(
      'Amount to cancel, in the major unit of the payment (won, dollars). Absent: everything that is left.',
      'amount',
      'amount_zero',
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
      v.regex(printable, rule('control')),
      v.description(
        'The reason. Our record keeps the whole text, except digits of the account in the same request.',
      ),
    ),
  ),
  reference: optional(
    pattern(100, visible, orControl('blank')),
    'The shop’s own number of the refund (a return, a ticket): kept, in lists and events; not sent to i’mport.',
  ),
  ...refundAccount,
});

export const cancelRules: BodyRules<v.InferOutput<typeof CancelBody>> = {
  schema: CancelBody,
  together: (body) => {
    const has = (field: keyof typeof CancelBody.entries) => body[field] !== undefined;
    const faults: FieldFault[] = [];
    if (!has('merchant_uid') && !has('imp_uid')) faults.push(fault('/merchant_uid', 'uid_missing'));
    for (const part of ['tax_free', 'vat_amount'] as const) {
      if (has(part) && !has('cancel_request_amount')) faults.push(fault(`/${part}`, 'needs_amount'));
    }
    return faults;
  },
};

/** A PG splits a refund into a few entries; this limit leaves room. */
const MOST_ENTRIES = 50;

const cancellationId = name(64, 'The entry of cancel_history that is this refund.');

/** An entry as in `cancel_history`. */
export const EntryById = v.strictObject({ cancellation_id: cancellationId });
/** An entry without an id. */
export const EntryByTime = v.strictObject({
  cancelled_at: v.pipe(
    v.number(rule('seconds')),
    v.safeInteger(rule('seconds')),
    v.minValue(1, rule('seconds')),
    v.description('Unix seconds.'),
  ),
  amount: positiveAmount('In the major unit of the payment.'),
});

/** Body of `POST /payments/{merchant_uid}/refunds/{refund_id}/close`, the same for a proposal and its approval. */
export const CloseBody = v.strictObject(
  {
    verdict: described(
      v.picklist(['executed', 'not_executed', 'undone'], rule('verdict')),
      'What became of the refund at the PG. `undone`: it was cancelled, and the PG has undone it.',
    ),
    cancellation_id: v.optional(cancellationId),
    entries: v.optional(
      v.pipe(
        v.array(v.union([EntryById, EntryByTime], rule('entry')), rule('list')),
        v.minLength(1, rule('empty')),
        v.maxLength(MOST_ENTRIES, rule('too_many')),
        v.description('The entries that are this refund: several, or one without a `cancellation_id`.'),
      ),
    ),
    listed: optional(
      v.literal(false, rule('listed')),
      'The PG has executed the refund, but i’mport shows no entry. Requires `amount`.',
    ),
    amount: v.optional(positiveAmount('What the PG says that it has cancelled; only with `listed: false`.')),
    evidence: written('How it is known: whom you asked, what the PG shows.'),
  },
  rule('required'),
);

export const closeRules: BodyRules<v.InferOutput<typeof CloseBody>> = {
  schema: CloseBody,
  together: (body) => {
    const has = (field: keyof typeof CloseBody.entries) => body[field] !== undefined;
    if (body['verdict'] !== 'executed') {
      const isSaid = body['verdict'] === 'not_executed' || body['verdict'] === 'undone';
      const foreign = (['cancellation_id', 'entries', 'listed', 'amount'] as const).filter(has);
      return isSaid ? foreign.map((field) => fault(`/${field}`, 'executed_only')) : [];
    }
    const named = has('cancellation_id') || has('entries');
    const faults: FieldFault[] = [];
    if (has('cancellation_id') && has('entries')) faults.push(fault('/entries', 'entry_twice'));
    if (has('listed') && named) faults.push(fault('/listed', 'listed_alone'));
    if (has('listed') && !has('amount')) faults.push(fault('/amount', 'listed_amount'));
    if (has('amount') && !has('listed')) faults.push(fault('/amount', 'amount_listed'));
    if (!named && !has('listed')) faults.push(fault('/cancellation_id', 'entry_missing'));
    return faults;
  },
};

/** Body of `POST /reconciliation/findings/{id}/acknowledge`. */
export const AcknowledgeBody = v.strictObject(
  { note: written('What has been found out, and why nothing else has to be done.') },
  rule('required'),
);

/** i'mport's webhook. Other fields are ignored and may be anything, because only `imp_uid` matters. */
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
