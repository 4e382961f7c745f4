import { closeAnswer } from './http/answers.ts';
import { readBody } from './http/body.ts';
import { callerOf, personOf } from './http/caller.ts';
import { httpDoor, languageFor, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { invalidRequest, problem } from './http/problem.ts';
import { viewerOf } from './http/representation.ts';
import { namedPayment, namedRefund, saidIn } from './http/requests.ts';
import { closeRules } from './http/schemas.ts';
import { closeRefund } from './protocol/close.ts';
import type { Surroundings } from './protocol/ports.ts';
import { live } from './runtime/live.ts';

export interface CloseOptions {
  /** The claim that names the person, for an issuer other than Cognito. */
  readonly personClaim?: string | undefined;
}

/** `POST /payments/{merchant_uid}/refunds/{refund_id}/close`, with every dependency passed in. */
export async function handleClose(
  event: HttpEvent,
  deadlineMs: number,
  world: Surroundings,
  { personClaim }: CloseOptions = {},
): Promise<HttpResult> {
  const language = languageFor(event);
  const actor = callerOf(event);
  // Checked before any look-up, so that only staff can learn that an order exists.
  if (actor?.kind !== 'staff') return problem('FORBIDDEN', language);
  const body = readBody(event, closeRules);
  if (!body.ok) return invalidRequest(body.errors, language);
  const named = namedPayment(event);
  if (named === undefined) return problem('PAYMENT_NOT_FOUND', language);
  const refundId = namedRefund(event);
  if (refundId === undefined) return problem('REFUND_NOT_FOUND', language);
  const person = personOf(event, personClaim);
  const { evidence } = body.value;
  const request = { ...named, refundId, actor, person, said: saidIn(body.value), evidence };
  const result = await closeRefund(request, deadlineMs, world);
  return closeAnswer(result, { language, viewer: viewerOf(actor, world), named });
}

export const handler = await httpDoor('closeRefund', live, handleClose, { asksProvider: true });
