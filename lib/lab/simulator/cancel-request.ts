import { isRecord } from './json.ts';

/**
 * `POST /payments/cancel` as it came: amounts are not yet judged, because what is a valid amount depends on the payment.
 * Empty texts count as absent, as typed clients send `imp_uid: ''` for "no imp_uid". Fields i'mport does not know are
 * ignored.
 */
export interface CancelRequest {
  readonly impUid: string | undefined;
  readonly merchantUid: string | undefined;
  readonly amount: unknown;
  readonly checksum: unknown;
  readonly reason: string;
  readonly refundHolder: string | undefined;
  readonly refundBank: string | undefined;
  readonly refundAccount: string | undefined;
  readonly refundTel: string | undefined;
  readonly enableWebhook: boolean;
}

export function readCancelRequest(body: unknown): CancelRequest {
  const fields = isRecord(body) ? body : {};
  return {
    impUid: textOf(fields['imp_uid']),
    merchantUid: textOf(fields['merchant_uid']),
    amount: presentOf(fields['amount']),
    checksum: presentOf(fields['checksum']),
    // Longer texts are cut, as a `varchar(256)` would.
    reason: (textOf(fields['reason']) ?? '').slice(0, 256),
    refundHolder: textOf(fields['refund_holder']),
    refundBank: textOf(fields['refund_bank']),
    refundAccount: textOf(fields['refund_account']),
    refundTel: textOf(fields['refund_tel']),
    enableWebhook: ['true', '1'].includes(textOf(fields['enable_webhook']) ?? ''),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).trim() || undefined
    : undefined;
}

function presentOf(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}
