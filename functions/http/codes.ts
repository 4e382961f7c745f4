import type { RefusalCode, Text } from '../refund/refusals.ts';

/**
 * Every code that an answer can carry: its HTTP status, its title and what it tells people. The one table; problem documents,
 * the API description and the browser client read it. A text says that nothing was sent or cancelled only where that is known,
 * and never quotes what the caller sent.
 */
export interface Code extends Text {
  readonly status: number;
  readonly title: string;
}

export type ProblemCode = RefusalCode;

export const CODES = {
  INVALID_REQUEST: {
    status: 400,
    title: 'Invalid request',
    en: 'The request breaks one or more rules; see errors.',
    ko: '요청 내용이 올바르지 않습니다. errors를 확인해 주세요.',
  },
  ALREADY_FULLY_REFUNDED: {
    status: 400,
    title: 'Already fully refunded',
    en: 'This order has already been fully refunded.',
    ko: '이미 전액 환불된 주문입니다.',
  },
  AMOUNT_EXCEEDS_CANCELABLE: {
    status: 400,
    title: 'Amount exceeds what is left',
    en: 'The amount is more than what is left to cancel.',
    ko: '취소 요청 금액이 취소 가능 금액보다 큽니다.',
  },
  REFUND_ACCOUNT_REQUIRED: {
    status: 400,
    title: 'Refund account required',
    en: 'This payment is refunded to a bank account; name one.',
    ko: '환불받을 계좌 정보(예금주, 은행, 계좌번호)가 필요한 결제입니다.',
  },
  INVALID_REFUND_BANK: {
    status: 400,
    title: 'Invalid bank code',
    en: "The bank code is not one of this payment's PG.",
    ko: '이 결제의 PG사에서 사용하는 은행 코드가 아닙니다.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'Forbidden',
    en: 'The caller may not do this.',
    ko: '이 작업을 할 권한이 없습니다.',
  },
  PAYMENT_NOT_FOUND: {
    status: 404,
    title: 'Payment not found',
    en: 'There is no such payment.',
    ko: '결제 내역을 찾을 수 없습니다.',
  },
  REFUND_IN_PROGRESS: {
    status: 409,
    title: 'Refund in progress',
    en: 'Another refund of this payment is in progress; try again shortly.',
    ko: '이 결제의 다른 환불이 진행 중입니다. 잠시 후 다시 시도해 주세요.',
  },
  CHECKSUM_MISMATCH: {
    status: 409,
    title: 'Balance has changed',
    en: 'The balance is not what was expected, so this request has cancelled nothing. Check what is left, then ask again.',
    ko: '취소 가능 금액이 달라져 이 요청으로는 취소되지 않았습니다. 남은 금액을 확인한 뒤 다시 요청해 주세요.',
  },
  PAYMENT_NOT_PAID: {
    status: 409,
    title: 'Payment not paid',
    en: 'The payment has not been paid, so there is nothing to refund.',
    ko: '결제가 완료되지 않아 환불할 금액이 없습니다.',
  },
  REFUND_LIMIT_REACHED: {
    status: 409,
    title: 'Refund limit reached',
    en: 'This payment has reached the number of refunds it can have. Everything that is left can still be refunded at once.',
    ko: '이 결제에서 요청할 수 있는 환불 횟수를 모두 사용했습니다. 남은 금액 전체는 한 번에 환불할 수 있습니다.',
  },
  SEVERAL_PAYMENTS: {
    status: 409,
    title: 'Several payments',
    en: 'Several payments of this order have money left; name one by imp_uid.',
    ko: '이 주문에는 환불할 수 있는 결제가 여러 건 있습니다. imp_uid로 결제를 지정해 주세요.',
  },
  PAYMENT_MISMATCH: {
    status: 409,
    title: 'Payment does not match',
    en: "What we hold of this payment is not what i'mport holds, so nothing was sent. The shop has been told.",
    ko: '저장된 결제 정보가 포트원의 결제 정보와 달라 취소를 요청하지 않았습니다. 담당자에게 알렸습니다.',
  },
  STILL_RESOLVABLE: {
    status: 409,
    title: 'Still resolvable',
    en: 'The service can still settle this refund by itself, or the payment contradicts the verdict; read it again.',
    ko: '아직 시스템이 결과를 확인할 수 있는 환불이거나, 결제 내역과 맞지 않는 판정입니다. 결제를 다시 조회해 주세요.',
  },
  CANCEL_REJECTED: {
    status: 422,
    title: 'Cancel rejected',
    en: 'The payment provider has refused the cancel, so this request has cancelled nothing.',
    ko: 'PG사에서 취소를 거절하여 이 요청으로는 취소되지 않았습니다.',
  },
  NOT_EXECUTED: {
    status: 422,
    title: 'Not executed',
    en: 'The refund was asked for, but has not been carried out. Please ask again.',
    ko: '환불을 요청했지만 처리되지 않았습니다. 다시 요청해 주세요.',
  },
  ALREADY_CANCELLED_AT_PG: {
    status: 422,
    title: 'Already cancelled at the PG',
    en: 'The PG says that it has cancelled this payment already, so the money may have gone back. The shop has been told; do not ask again.',
    ko: 'PG사에서 이미 취소된 거래로 확인되어 환불이 끝났을 수 있습니다. 담당자에게 알렸으니 다시 요청하지 마세요.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'Idempotency key reused',
    en: 'This Idempotency-Key was used with another body.',
    ko: '이 Idempotency-Key는 다른 내용의 요청에 이미 사용되었습니다.',
  },
  REFUND_NOT_ALLOWED: {
    status: 422,
    title: 'Refund not allowed',
    en: 'A rule of the payment method forbids this refund.',
    ko: '결제수단의 규정에 따라 환불할 수 없습니다.',
  },
  TOO_MANY_REFUNDS: {
    status: 429,
    title: 'Too many refunds',
    en: 'Refunds of this payment are being asked for too often; wait a moment.',
    ko: '이 결제의 환불 요청이 너무 잦습니다. 잠시 후 다시 시도해 주세요.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Internal error',
    en: 'Something went wrong on our side. Read the payment before you ask for another refund of it.',
    ko: '처리 중 오류가 발생했습니다. 다시 환불을 요청하기 전에 결제 내역을 먼저 확인해 주세요.',
  },
  PROVIDER_UNAVAILABLE: {
    status: 503,
    title: 'Provider unavailable',
    en: 'The payment provider cannot be reached, and nothing was sent to it by this request. Try again shortly.',
    ko: '결제 서비스(포트원)에 연결할 수 없어 이 요청은 전달되지 않았습니다. 잠시 후 다시 시도해 주세요.',
  },
} as const satisfies Readonly<Record<ProblemCode, Code>>;

export const PROBLEM_CODES = Object.keys(CODES) as readonly ProblemCode[];
