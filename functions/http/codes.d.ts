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
export declare const CODES: {
    readonly INVALID_REQUEST: {
        readonly status: 400;
        readonly title: 'Invalid request';
        readonly en: 'The request breaks one or more rules; see errors.';
        readonly ko: '요청 내용이 올바르지 않습니다. errors를 확인해 주세요.';
    };
    readonly ALREADY_FULLY_REFUNDED: {
        readonly status: 400;
        readonly title: 'Already fully refunded';
        readonly en: 'This order has already been fully refunded.';
        readonly ko: '이미 전액 환불된 주문입니다.';
    };
    readonly AMOUNT_EXCEEDS_CANCELABLE: {
        readonly status: 400;
        readonly title: 'Amount exceeds what is left';
        readonly en: 'The amount is more than what is left to cancel.';
        readonly ko: '취소 요청 금액이 취소 가능 금액보다 큽니다.';
    };
    readonly REFUND_ACCOUNT_REQUIRED: {
        readonly status: 400;
        readonly title: 'Refund account required';
        readonly en: 'This payment is refunded to a bank account; name one.';
        readonly ko: '환불받을 계좌 정보(예금주, 은행, 계좌번호)가 필요한 결제입니다.';
    };
    readonly INVALID_REFUND_BANK: {
        readonly status: 400;
        readonly title: 'Invalid bank code';
        readonly en: "The bank code is not one of this payment's PG.";
        readonly ko: '이 결제의 PG사에서 사용하는 은행 코드가 아닙니다.';
    };
    readonly FORBIDDEN: {
        readonly status: 403;
        readonly title: 'Forbidden';
        readonly en: 'The caller may not do this.';
        readonly ko: '이 작업을 할 권한이 없습니다.';
    };
    readonly PAYMENT_NOT_FOUND: {
        readonly status: 404;
        readonly title: 'Payment not found';
        readonly en: 'There is no such payment.';
        readonly ko: '결제 내역을 찾을 수 없습니다.';
    };
    readonly REFUND_IN_PROGRESS: {
        readonly status: 409;
        readonly title: 'Refund in progress';
        readonly en: 'Another refund of this payment is in progress; try again shortly.';
        readonly ko: '이 결제의 다른 환불이 진행 중입니다. 잠시 후 다시 시도해 주세요.';
    };
    readonly CHECKSUM_MISMATCH: {
        readonly status: 409;
        readonly title: 'Balance has changed';
        readonly en: 'The balance is not what was expected, so this request has cancelled nothing. Check what is left, then ask again.';
        readonly ko: '취소 가능 금액이 달라져 이 요청으로는 취소되지 않았습니다. 남은 금액을 확인한 뒤 다시 요청해 주세요.';
    };
    readonly PAYMENT_NOT_PAID: {
        readonly status: 409;
        readonly title: 'Payment not paid';
        readonly en: 'The payment has not been paid, so there is nothing to refund.';
        readonly ko: '결제가 완료되지 않아 환불할 금액이 없습니다.';
    };
    readonly REFUND_LIMIT_REACHED: {
        readonly status: 409;
        readonly title: 'Refund limit reached';
        readonly en: 'This payment has reached the number of refunds it can have. Everything that is left can still be refunded at once.';
        readonly ko: '이 결제에서 요청할 수 있는 환불 횟수를 모두 사용했습니다. 남은 금액 전체는 한 번에 환불할 수 있습니다.';
    };
    readonly SEVERAL_PAYMENTS: {
        readonly status: 409;
        readonly title: 'Several payments';
        readonly en: 'Several payments of this order have money left; name one by imp_uid.';
        readonly ko: '이 주문에는 환불할 수 있는 결제가 여러 건 있습니다. imp_uid로 결제를 지정해 주세요.';
    };
    readonly PAYMENT_MISMATCH: {
        readonly status: 409;
        readonly title: 'Payment does not match';
        readonly en: "What we hold of this payment is not what i'mport holds, so nothing was sent. The shop has been told.";
        readonly ko: '저장된 결제 정보가 아임포트의 결제 정보와 달라 취소를 요청하지 않았습니다. 담당자에게 알렸습니다.';
    };
    readonly STILL_RESOLVABLE: {
        readonly status: 409;
        readonly title: 'Still resolvable';
        readonly en: 'The service can still settle this refund by itself, or the payment contradicts the verdict; read it again.';
        readonly ko: '아직 시스템이 결과를 확인할 수 있는 환불이거나, 결제 내역과 맞지 않는 판정입니다. 결제를 다시 조회해 주세요.';
    };
    readonly CANCEL_REJECTED: {
        readonly status: 422;
        readonly title: 'Cancel rejected';
        readonly en: 'The payment provider has refused the cancel, so this request has cancelled nothing.';
        readonly ko: 'PG사에서 취소를 거절하여 이 요청으로는 취소되지 않았습니다.';
    };
    readonly NOT_EXECUTED: {
        readonly status: 422;
        readonly title: 'Not executed';
        readonly en: 'The refund was asked for, but has not been carried out. Please ask again.';
        readonly ko: '환불을 요청했지만 처리되지 않았습니다. 다시 요청해 주세요.';
    };
    readonly ALREADY_CANCELLED_AT_PG: {
        readonly status: 422;
        readonly title: 'Already cancelled at the PG';
        readonly en: 'The PG says that it has cancelled this payment already, so the money may have gone back. The shop has been told; do not ask again.';
        readonly ko: 'PG사에서 이미 취소된 거래로 확인되어 환불이 끝났을 수 있습니다. 담당자에게 알렸으니 다시 요청하지 마세요.';
    };
    readonly IDEMPOTENCY_KEY_REUSED: {
        readonly status: 422;
        readonly title: 'Idempotency key reused';
        readonly en: 'This Idempotency-Key was used with another body.';
        readonly ko: '이 Idempotency-Key는 다른 내용의 요청에 이미 사용되었습니다.';
    };
    readonly REFUND_NOT_ALLOWED: {
        readonly status: 422;
        readonly title: 'Refund not allowed';
        readonly en: 'A rule of the payment method forbids this refund.';
        readonly ko: '결제수단의 규정에 따라 환불할 수 없습니다.';
    };
    readonly TOO_MANY_REFUNDS: {
        readonly status: 429;
        readonly title: 'Too many refunds';
        readonly en: 'Refunds of this payment are being asked for too often; wait a moment.';
        readonly ko: '이 결제의 환불 요청이 너무 잦습니다. 잠시 후 다시 시도해 주세요.';
    };
    readonly INTERNAL_ERROR: {
        readonly status: 500;
        readonly title: 'Internal error';
        readonly en: 'Something went wrong on our side. Read the payment before you ask for another refund of it.';
        readonly ko: '처리 중 오류가 발생했습니다. 다시 환불을 요청하기 전에 결제 내역을 먼저 확인해 주세요.';
    };
    readonly PROVIDER_UNAVAILABLE: {
        readonly status: 503;
        readonly title: 'Provider unavailable';
        readonly en: 'The payment provider cannot be reached, and nothing was sent to it by this request. Try again shortly.';
        readonly ko: '결제 대행 서비스에 연결할 수 없어 이 요청은 전달되지 않았습니다. 잠시 후 다시 시도해 주세요.';
    };
};
export declare const PROBLEM_CODES: readonly ProblemCode[];
