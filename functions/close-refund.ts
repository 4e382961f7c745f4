import { closeAnswer } from './http/answers.ts';
import { readBody } from './http/body.ts';
import { personOf } from './http/caller.ts';
import { behindToken, httpDoor, isStaff } from './http/http-handler.ts';
import { invalidRequest, problem } from './http/problem.ts';
import { viewerOf } from './http/representation.ts';
import { namedPayment, namedRefund, saidIn } from './http/requests.ts';
import { closeRules } from './http/schemas.ts';
import { closeRefund } from './protocol/close.ts';
import { live } from './runtime/live.ts';

/** `POST /payments/{merchant_uid}/refunds/{refund_id}/close`, with every dependency passed in. */
export const handleClose = behindToken(async ({ event, deadlineMs, world, language, actor, personClaim }) => {
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
}, isStaff);

export const handler = await httpDoor('closeRefund', live, handleClose, { asksProvider: true });
