import { callerOf } from './http/caller.ts';
import { httpHandler, json, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { problem } from './http/problem.ts';
import { paymentWithRefundsJson } from './http/representation.ts';
import type { Surroundings } from './protocol/ports.ts';
import { readPayment } from './protocol/read.ts';
import { RETRY_AFTER_UNKNOWN_SECONDS } from './refund/timing.ts';
import { live } from './runtime/live.ts';

/** `GET /payments/{merchant_uid}` with everything it needs of the world given. */
export async function handleGet(
  event: HttpEvent,
  deadlineMs: number,
  world: Surroundings,
): Promise<HttpResult> {
  const actor = callerOf(event);
  if (actor === undefined) return problem('FORBIDDEN');
  const merchantUid = event.pathParameters?.['merchant_uid'] ?? '';
  // Longer than i'mport's own limit: no such order can exist, and DynamoDB would refuse an empty key.
  if (merchantUid === '' || merchantUid.length > 40) return problem('PAYMENT_NOT_FOUND');
  const payment = await readPayment({ merchantUid, actor }, deadlineMs, world);
  if (payment === undefined) return problem('PAYMENT_NOT_FOUND');
  const again: Record<string, string> =
    payment.pending === undefined ? {} : { 'retry-after': String(RETRY_AFTER_UNKNOWN_SECONDS) };
  return json(200, paymentWithRefundsJson(payment), again);
}

const { world } = live();

export const handler = httpHandler(async (event, deadlineMs) => handleGet(event, deadlineMs, world));
