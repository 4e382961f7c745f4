import { cancelAnswer } from './http/answers.ts';
import { readBody, type Parsed } from './http/body.ts';
import { behindToken, header, httpDoor } from './http/http-handler.ts';
import { invalidRequest } from './http/problem.ts';
import { viewerOf } from './http/representation.ts';
import { cancelRequest, readIdempotencyKey } from './http/requests.ts';
import { cancelRules } from './http/schemas.ts';
import { cancelPayment } from './protocol/cancel.ts';
import type { FieldFault } from './refund/refusals.ts';
import { mayRefund } from './refund/settings.ts';
import { live } from './runtime/live.ts';

/** `POST /payments/cancel`, with every dependency passed in. */
export const handleCancel = behindToken(async ({ event, deadlineMs, world, language, actor }) => {
  const key = readIdempotencyKey(header(event, 'idempotency-key'));
  const body = readBody(event, cancelRules);
  if (!key.ok || !body.ok) return invalidRequest([...faultsOf(key), ...faultsOf(body)], language);
  const request = cancelRequest(body.value, key.value, actor);
  const result = await cancelPayment(request, deadlineMs, world);
  return cancelAnswer(result, { language, viewer: viewerOf(actor, world), named: request });
}, mayRefund);

function faultsOf(parsed: Parsed<unknown>): readonly FieldFault[] {
  return parsed.ok ? [] : parsed.errors;
}

export const handler = await httpDoor('cancelPayment', live, handleCancel, { asksProvider: true });
