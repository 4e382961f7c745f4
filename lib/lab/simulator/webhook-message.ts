import type { Met } from './fault-queue.ts';
import type { WebhookHabit } from './faults.ts';
import type { IamportPayment } from './payment.ts';

/** The whole body: no signature, no amount. A hint, not a fact. */
export interface WebhookNote {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly status: string;
  readonly cancellation_id?: string;
}

export interface WebhookMessage {
  readonly contentType: string;
  readonly body: string;
}

export function noteOf(payment: IamportPayment, cancellationId?: string): WebhookNote {
  const { imp_uid, merchant_uid, status } = payment;
  return {
    imp_uid,
    merchant_uid,
    status,
    ...(cancellationId === undefined ? {} : { cancellation_id: cancellationId }),
  };
}

const BYTE_ORDER_MARK = '\uFEFF';
/** Any number does: the day on which i'mport began to send the field. */
const NUMBER_FOR_ID = 20_240_223;

/** As i'mport would write it, but for its habits. */
export function messageOf(
  note: WebhookNote,
  format: 'json' | 'form',
  habits: readonly Met<WebhookHabit>[],
): WebhookMessage {
  const met = (name: WebhookHabit): Met<WebhookHabit> | undefined =>
    habits.find(({ fault }) => fault === name);
  const fields: Record<string, string | number | null> = { ...note };
  if (met('webhook_numbers') !== undefined) {
    if (/^\d{1,15}$/.test(note.merchant_uid)) fields['merchant_uid'] = Number(note.merchant_uid);
    fields['cancellation_id'] = NUMBER_FOR_ID;
  }
  if (met('webhook_null_id') !== undefined) fields['cancellation_id'] = null;
  const isForm = format === 'form' || met('webhook_form') !== undefined;
  const odd = met('webhook_content_type');
  const mark = met('webhook_bom') === undefined ? '' : BYTE_ORDER_MARK;
  return {
    contentType: odd === undefined ? plainType(isForm) : (odd.text ?? oddType(isForm)),
    body: mark + (isForm ? formOf(fields) : JSON.stringify(fields)),
  };
}

function plainType(isForm: boolean): string {
  return isForm ? 'application/x-www-form-urlencoded' : 'application/json';
}

function oddType(isForm: boolean): string {
  return isForm ? 'Application/X-WWW-Form-Urlencoded;charset=EUC-KR' : 'Application/JSON; Charset=EUC-KR';
}

function formOf(fields: Readonly<Record<string, string | number | null>>): string {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(texts).toString();
}
