import type { RefusalCode, Text } from '../refund/refusals.ts';

/**
 * Every code of an answer: its HTTP status and text. Problem documents, the API description and the browser client read
 * this table. A text says what the reader can do next. It says that nothing was sent or cancelled only when that is known. It
 * never quotes what the caller sent.
 */
export interface Code extends Text {
  readonly status: number;
}

/** `INTERNAL_ERROR` is no refusal: no decision makes it. */
export type ProblemCode = RefusalCode | 'INTERNAL_ERROR';

export const CODES = {
  INVALID_REQUEST: {
    status: 400,
    en: 'The request breaks one or more rules. Correct what errors names and send it again.',
    ko: '요청 내용이 올바르지 않습니다. errors에 표시된 항목을 고쳐 다시 보내 주세요.',
  },
  ALREADY_FULLY_REFUNDED: {
    status: 400,
    en: 'This order has already been fully refunded.',
    ko: '이미 전액 환불된 주문입니다.',
  },
  AMOUNT_EXCEEDS_CANCELABLE: {
    status: 400,
    en: 'The amount is more than what is left to cancel. Ask for cancelable_amount or less.',
    ko: '취소 요청 금액이 취소 가능 금액보다 큽니다. cancelable_amount 이하로 요청해 주세요.',
  },
  REFUND_ACCOUNT_REQUIRED: {
    status: 400,
    en: 'This payment is refunded to a bank account; name one.',
    ko: '환불받을 계좌 정보(예금주, 은행, 계좌번호)가 필요한 결제입니다.',
  },
  INVALID_REFUND_BANK: {
    status: 400,
    en: "The bank code is not one of this payment's PG. Use one of those that errors lists.",
    ko: '이 결제의 PG사에서 사용하는 은행 코드가 아닙니다. errors에 있는 코드 중 하나를 보내 주세요.',
  },
  FORBIDDEN: {
    status: 403,
    en: 'This token does not allow it. Sign in with an account that may do this and send its access token, or ask the shop.',
    ko: '이 작업을 할 권한이 없는 토큰입니다. 권한이 있는 계정으로 로그인해 액세스 토큰을 보내거나 판매자에게 문의해 주세요.',
  },
  PERSON_CLAIM_MISSING: {
    status: 403,
    en: 'Closing a refund needs the token of a person, and this token names none. Sign in as a person. If you have, the setting personClaim must name the claim that holds the name.',
    ko: '환불을 종결하려면 사람의 토큰이 필요하지만 이 토큰에는 이름이 없습니다. 개인 계정으로 로그인해 주세요. 이미 그랬다면 personClaim 설정에 이름이 담긴 클레임을 지정해야 합니다.',
  },
  PAYMENT_NOT_FOUND: {
    status: 404,
    en: 'There is no such payment. Check its number, and with which account you are signed in.',
    ko: '결제 내역을 찾을 수 없습니다. 결제 번호와 로그인한 계정을 확인해 주세요.',
  },
  REFUND_NOT_FOUND: {
    status: 404,
    en: 'There is no such refund: nothing was sent for it, and nothing will be. If you have asked for it, ask again with the same Idempotency-Key.',
    ko: '해당 환불이 없습니다. 취소 요청이 전달되지 않았고 앞으로도 전달되지 않습니다. 환불을 요청했다면 같은 Idempotency-Key로 다시 요청해 주세요.',
  },
  FINDING_NOT_FOUND: {
    status: 404,
    en: 'The last reports name no such finding. Read the reports again: what has been put right is not in them any more.',
    ko: '최근 대사 결과에 없는 항목입니다. 결과를 다시 조회해 주세요. 해결된 항목은 더 이상 표시되지 않습니다.',
  },
  REFUND_IN_PROGRESS: {
    status: 409,
    en: 'Another refund of this payment is in progress; try again shortly.',
    ko: '이 결제의 다른 환불이 진행 중입니다. 잠시 후 다시 시도해 주세요.',
  },
  POSSIBLE_DUPLICATE: {
    status: 409,
    en: 'The same refund was asked for less than a minute ago; refund says what has become of it. If you want a second one, ask for it with an Idempotency-Key of its own.',
    ko: '1분 안에 같은 환불이 이미 요청되었습니다. refund에서 결과를 확인해 주세요. 한 번 더 환불하려면 새 Idempotency-Key로 요청해 주세요.',
  },
  CHECKSUM_MISMATCH: {
    status: 409,
    en: 'The balance is not what was expected, so this request has cancelled nothing. Check what is left, then ask again.',
    ko: '취소 가능 금액이 달라져 이 요청으로는 취소되지 않았습니다. 남은 금액을 확인한 뒤 다시 요청해 주세요.',
  },
  PAYMENT_NOT_PAID: {
    status: 409,
    en: 'The payment has not been paid, so there is nothing to refund. Ask again when it has been paid.',
    ko: '결제가 완료되지 않아 환불할 금액이 없습니다. 결제가 완료된 뒤 다시 요청해 주세요.',
  },
  SEVERAL_PAYMENTS: {
    status: 409,
    en: 'Several payments of this order have money left; name one by imp_uid.',
    ko: '이 주문에는 환불할 수 있는 결제가 여러 건 있습니다. imp_uid로 결제를 지정해 주세요.',
  },
  PAYMENT_MISMATCH: {
    status: 409,
    en: "The payment at i'mport is not what the shop or our ledger holds, so nothing was sent. The shop has been told; please contact it.",
    ko: '주문이나 저장된 결제 정보가 포트원의 결제 정보와 달라 취소를 요청하지 않았습니다. 담당자에게 알렸으니 판매자에게 문의해 주세요.',
  },
  STILL_RESOLVABLE: {
    status: 409,
    en: 'The service can still settle this refund by itself, or the payment contradicts the verdict. Read the payment again before you decide.',
    ko: '아직 시스템이 결과를 확인할 수 있는 환불이거나, 결제 내역과 맞지 않는 판정입니다. 결제를 다시 조회한 뒤 판단해 주세요.',
  },
  PROPOSAL_DIFFERS: {
    status: 409,
    en: 'Another member of staff has proposed a different verdict: see proposed_by and verdict. Agree on one verdict; a proposal ends after 24 hours.',
    ko: '다른 담당자가 이미 다른 판정을 제안했습니다. proposed_by와 verdict를 확인하고 하나의 판정으로 합의해 주세요. 제안은 24시간 뒤에 사라집니다.',
  },
  CANCEL_REJECTED: {
    status: 422,
    en: 'The payment provider has refused the cancel, so this request has cancelled nothing. When the reason is put right, ask again with a new Idempotency-Key.',
    ko: 'PG사에서 취소를 거절하여 이 요청으로는 취소되지 않았습니다. 거절 사유를 해결한 뒤 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  NOT_EXECUTED: {
    status: 422,
    en: 'The refund was asked for, and the payment provider has not executed it. Ask again with a new Idempotency-Key.',
    ko: '환불을 요청했지만 처리되지 않았습니다. 새 Idempotency-Key로 다시 요청해 주세요.',
  },
  ALREADY_CANCELLED_AT_PG: {
    status: 422,
    en: 'The PG says that it has cancelled this payment already, so the money may have gone back. The shop has been told; please contact it, and do not ask again.',
    ko: 'PG사에서 이미 취소된 거래로 확인되어 환불이 끝났을 수 있습니다. 담당자에게 알렸으니 다시 요청하지 말고 판매자에게 문의해 주세요.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    en: 'This Idempotency-Key was used with another body. Repeat that body, or use a new key for another refund.',
    ko: '이 Idempotency-Key는 다른 내용의 요청에 이미 사용되었습니다. 같은 내용으로 다시 보내거나 새 키를 사용해 주세요.',
  },
  REFUND_NOT_ALLOWED: {
    status: 422,
    en: 'A rule of the payment method forbids this refund. Pay it back in another way.',
    ko: '결제수단의 규정에 따라 환불할 수 없습니다. 다른 방법으로 환불해 주세요.',
  },
  TOO_MANY_REFUNDS: {
    status: 429,
    en: 'Refunds of this payment are being asked for too often; wait a moment.',
    ko: '이 결제의 환불 요청이 너무 잦습니다. 잠시 후 다시 시도해 주세요.',
  },
  INTERNAL_ERROR: {
    status: 500,
    en: 'Something went wrong on our side. Read the payment before you ask for another refund of it.',
    ko: '처리 중 오류가 발생했습니다. 다시 환불을 요청하기 전에 결제 내역을 먼저 확인해 주세요.',
  },
  PROVIDER_UNAVAILABLE: {
    status: 503,
    en: 'The payment provider cannot be reached, and nothing was sent to it by this request. Try again shortly.',
    ko: '결제 서비스(포트원)에 연결할 수 없어 이 요청은 전달되지 않았습니다. 잠시 후 다시 시도해 주세요.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    en: 'Our own records cannot be reached, and nothing was sent to the payment provider by this request. Try again shortly.',
    ko: '환불 기록에 접근할 수 없어 이 요청은 결제 서비스(포트원)에 전달되지 않았습니다. 잠시 후 다시 시도해 주세요.',
  },
} as const satisfies Readonly<Record<ProblemCode, Code>>;

export const PROBLEM_CODES = Object.keys(CODES) as readonly ProblemCode[];

/** `Invalid request` of `INVALID_REQUEST`. */
export function titleOf(code: ProblemCode): string {
  const words = code
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/\bpg\b/, 'PG');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
