import { readBody } from './http/body.ts';
import { callerOf } from './http/caller.ts';
import { closeAnswer } from './http/close-answer.ts';
import { httpHandler, languageFor, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { namedPayment } from './http/named-payment.ts';
import { invalidRequest, problem } from './http/problem.ts';
import { CloseBody } from './http/schemas.ts';
import { viewerOf } from './http/viewer.ts';
import { closeRefund } from './protocol/close.ts';
import type { Surroundings } from './protocol/ports.ts';
import { omitMissing } from './refund/omit-missing.ts';
import { live } from './runtime/live.ts';
import { builtOnce, prewarm } from './runtime/start.ts';

/**
 * `POST /payments/{merchant_uid}/refunds/{refund_id}/close` with everything it needs of the world given. `?imp_uid=` wins over
 * the order in the path, which cannot carry every number: the gateway decodes %2F before it routes.
 */
export async function handleClose(
  event: HttpEvent,
  deadlineMs: number,
  world: Surroundings,
): Promise<HttpResult> {
  const language = languageFor(event);
  const actor = callerOf(event);
  // Before anything is looked up: nobody but the staff learns here that an order exists.
  if (actor?.kind !== 'staff') return problem('FORBIDDEN', language);
  const body = readBody(event, CloseBody);
  if (!body.ok) return invalidRequest(body.errors, language);
  const named = namedPayment(event);
  const refundId = event.pathParameters?.['refund_id'] ?? '';
  if (named === undefined || refundId === '') return problem('PAYMENT_NOT_FOUND', language);
  const { verdict, evidence, cancellation_id: cancellationId } = body.value;
  const closing = { ...named, refundId, actor, verdict, evidence, ...omitMissing({ cancellationId }) };
  const result = await closeRefund(closing, deadlineMs, world);
  return closeAnswer(result, language, viewerOf(actor, world));
}

const built = builtOnce(live);
await prewarm(built, { asksProvider: true });

export const handler = httpHandler('closeRefund', async (event, deadlineMs) =>
  handleClose(event, deadlineMs, built().world),
);
