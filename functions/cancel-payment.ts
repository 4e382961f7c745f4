import { parseBody, validateCancelBody, type CancelBodyFields } from './http/body.ts';
import { callerOf } from './http/caller.ts';
import { cancelAnswer } from './http/cancel-answer.ts';
import { header, httpHandler, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { readIdempotencyKey } from './http/idempotency-key.ts';
import { problem } from './http/problem.ts';
import { cancelPayment } from './protocol/cancel.ts';
import type { CancelRequest } from './refund/decide.ts';
import type { Actor } from './refund/payment.ts';
import { present } from './refund/present.ts';
import type { Surroundings } from './protocol/ports.ts';
import { live } from './runtime/live.ts';

/** `POST /payments/cancel` with everything it needs of the world given. */
export async function handleCancel(
  event: HttpEvent,
  deadlineMs: number,
  world: Surroundings,
): Promise<HttpResult> {
  const actor = callerOf(event);
  if (actor === undefined) return problem('FORBIDDEN');
  const key = readIdempotencyKey(header(event, 'idempotency-key'));
  const parsed = parseBody(event);
  const body = parsed.ok ? validateCancelBody(parsed.value) : parsed;
  if (!key.ok || !body.ok) {
    const errors = [...(key.ok ? [] : key.errors), ...(body.ok ? [] : body.errors)];
    return problem('INVALID_REQUEST', { members: { errors } });
  }
  return cancelAnswer(await cancelPayment(toRequest(body.value, key.value, actor), deadlineMs, world));
}

/** The one place where the wire's names become ours. */
function toRequest(body: CancelBodyFields, idempotencyKey: string | undefined, actor: Actor): CancelRequest {
  const account = {
    holder: body.refund_holder,
    bank: body.refund_bank,
    account: body.refund_account,
    tel: body.refund_tel,
  };
  const fields = {
    merchantUid: body.merchant_uid,
    impUid: body.imp_uid,
    amount: body.cancel_request_amount,
    checksum: body.checksum,
    taxFree: body.tax_free,
    vatAmount: body.vat_amount,
    reason: body.reason,
    idempotencyKey,
  };
  return { ...present(fields), account: present(account), actor };
}

const { world } = live();

export const handler = httpHandler(async (event, deadlineMs) => handleCancel(event, deadlineMs, world));
