import { assertNever } from '../refund/assert-never.ts';
import { toDecimal } from '../refund/money.ts';
import type { Banks } from '../refund/pg/banks.ts';
import { sourceOf, type RuleName } from '../refund/pg/rules.ts';
import type { FieldFault, Refusal, Text } from '../refund/refusals.ts';
import { CODES, titleOf, type ProblemCode } from './codes.ts';
import type { HttpResult } from './http-handler.ts';
import type { Language } from './language.ts';
import {
  paymentSummaryJson,
  providerJson,
  refundJson,
  secondsOf,
  type Json,
  type Viewer,
} from './representation.ts';
import { textOf } from './texts.ts';

interface Extra {
  /** @default the text of the code */
  readonly text?: Text;
  readonly members?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** RFC 9457. `message` repeats `detail`, so that clients can read API Gateway's own errors in the same way. */
export function problem(code: ProblemCode, language: Language, extra: Extra = {}): HttpResult {
  const { status } = CODES[code];
  const detail = (extra.text ?? CODES[code])[language];
  const type = `urn:iamport-refunds:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'content-language': language,
      vary: 'Accept-Language',
      'cache-control': 'no-store',
      ...extra.headers,
    },
    body: JSON.stringify({
      type,
      title: titleOf(code),
      status,
      detail,
      code,
      message: detail,
      ...extra.members,
    }),
  };
}

export function invalidRequest(errors: readonly FieldFault[], language: Language): HttpResult {
  return problem('INVALID_REQUEST', language, { members: errorsJson(errors, language) });
}

function errorsJson(errors: readonly FieldFault[], language: Language): Json {
  return { errors: errors.map(({ pointer, message }) => ({ pointer, message: message[language] })) };
}

export function refusalProblem(refusal: Refusal, language: Language, viewer: Viewer): HttpResult {
  return problem(refusal.code, language, {
    text: textOf(refusal),
    members: membersOf(refusal, language, viewer),
    headers: 'retryAfterSeconds' in refusal ? { 'retry-after': String(refusal.retryAfterSeconds) } : {},
  });
}

function membersOf(refusal: Refusal, language: Language, viewer: Viewer): Json {
  switch (refusal.code) {
    case 'INVALID_REQUEST':
      return errorsJson(refusal.errors, language);
    case 'AMOUNT_EXCEEDS_CANCELABLE':
    case 'CHECKSUM_MISMATCH':
      return {
        cancelable_amount: toDecimal(refusal.cancelable, refusal.currency),
        ...('rejected' in refusal && refusal.rejected ? refusedJson(refusal.rejected, viewer) : {}),
      };
    case 'CANCEL_REJECTED':
    case 'ALREADY_CANCELLED_AT_PG':
    case 'NOT_EXECUTED':
      return refusedJson(refusal, viewer);
    case 'POSSIBLE_DUPLICATE':
    case 'IDEMPOTENCY_KEY_REUSED':
      return { refund: refundJson(refusal.refund, refusal.payment, viewer) };
    case 'PROPOSAL_DIFFERS':
      return { proposed_by: refusal.proposedBy, verdict: onTheWire(refusal.verdict) };
    case 'REFUND_NOT_ALLOWED':
      return { ...ruleJson(refusal.rule), possible_from: secondsOf(refusal.possibleFromMs) };
    case 'REFUND_ACCOUNT_REQUIRED':
      return { ...ruleJson(refusal.rule), ...errorsJson(refusal.fields.map(needed), language) };
    case 'INVALID_REFUND_BANK': {
      const fault = { pointer: '/refund_bank', message: rightBank(refusal) };
      return { ...ruleJson(refusal.rule), ...errorsJson([fault], language) };
    }
    case 'SEVERAL_PAYMENTS':
      return { payments: refusal.payments.map(paymentSummaryJson) };
    case 'REFUND_IN_PROGRESS':
    case 'PROVIDER_UNAVAILABLE':
    case 'STORE_UNAVAILABLE':
    case 'TOO_MANY_REFUNDS':
    case 'ALREADY_FULLY_REFUNDED':
    case 'FORBIDDEN':
    case 'PERSON_CLAIM_MISSING':
    case 'PAYMENT_NOT_FOUND':
    case 'REFUND_NOT_FOUND':
    case 'FINDING_NOT_FOUND':
    case 'PAYMENT_NOT_PAID':
    case 'PAYMENT_MISMATCH':
    case 'STILL_RESOLVABLE':
      return {};
    default:
      return assertNever(refusal);
  }
}

/** An executed refund without a listed entry is `executed` on the wire, with `listed: false`. */
function onTheWire(verdict: string): string {
  return verdict === 'executed_unlisted' ? 'executed' : verdict;
}

function needed(field: string): FieldFault {
  const message = { en: 'is required for this payment', ko: '이 결제에 필요한 값입니다.' };
  return { pointer: `/${field}`, message };
}

/** The name is for `rulesOff`; the source is where the rule is published. */
function ruleJson(rule: RuleName): Json {
  return { rule, source: sourceOf(rule) };
}

type Refused = Extract<Refusal, { code: 'CANCEL_REJECTED' | 'NOT_EXECUTED' | 'ALREADY_CANCELLED_AT_PG' }>;

function refusedJson({ refund, payment }: Pick<Refused, 'refund' | 'payment'>, viewer: Viewer): Json {
  return { provider: providerJson(refund.answer, payment), refund: refundJson(refund, payment, viewer) };
}

/** Names the codes that may be meant, otherwise all codes of the PG. What the caller sent is neither quoted nor changed. */
function rightBank({ meant, banks }: Extract<Refusal, { code: 'INVALID_REFUND_BANK' }>): Text {
  if (Object.keys(meant).length > 0) {
    const right = listed(meant);
    return {
      en: `is another PG's; here it is ${right}`,
      ko: `다른 PG사의 코드입니다. 여기서는 ${right}입니다.`,
    };
  }
  const all = listed(banks);
  return { en: `must be one of ${all}`, ko: `다음 중 하나여야 합니다: ${all}` };
}

function listed(banks: Banks): string {
  return Object.entries(banks)
    .map(([code, bank]) => `${code} (${bank})`)
    .join(', ');
}
