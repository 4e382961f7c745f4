import { refundAnswer } from './http/answers.ts';
import { behindToken, httpDoor } from './http/http-handler.ts';
import { invalidRequest, problem } from './http/problem.ts';
import { viewerOf } from './http/representation.ts';
import { askedAt, namedPayment, namedRefund } from './http/requests.ts';
import { readRefund } from './protocol/read.ts';
import { omitMissing } from './refund/omit-missing.ts';
import { live } from './runtime/live.ts';

/** `GET /payments/{merchant_uid}/refunds/{refund_id}`, with every dependency passed in. */
export const handleGetRefund = behindToken(async ({ event, deadlineMs, world, language, actor }) => {
  const asked = askedAt(event);
  if (!asked.ok) return invalidRequest(asked.errors, language);
  const named = namedPayment(event);
  if (named === undefined) return problem('PAYMENT_NOT_FOUND', language);
  const refundId = namedRefund(event);
  if (refundId === undefined) return problem('REFUND_NOT_FOUND', language);
  const wanted = { ...named, actor, refundId, ...omitMissing({ askedAtMs: asked.value }) };
  return refundAnswer(await readRefund(wanted, deadlineMs, world), language, viewerOf(actor, world));
});

export const handler = await httpDoor('getRefund', live, handleGetRefund);
