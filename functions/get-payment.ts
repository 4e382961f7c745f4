import { fault } from './http/body.ts';
import { callerOf } from './http/caller.ts';
import { httpHandler, json, languageFor, type HttpEvent, type HttpResult } from './http/http-handler.ts';
import { namedPayment } from './http/named-payment.ts';
import { invalidRequest, problem, refusalProblem } from './http/problem.ts';
import { paymentJson, paymentsJson, refundsJson } from './http/representation.ts';
import { viewerOf } from './http/viewer.ts';
import type { Surroundings } from './protocol/ports.ts';
import { readPayment } from './protocol/read.ts';
import { RETRY_AFTER_UNKNOWN_SECONDS } from './refund/times.ts';
import { live } from './runtime/live.ts';
import { builtOnce, prewarm } from './runtime/start.ts';

/** `GET /payments/{merchant_uid}` and `GET /payments?imp_uid=…` with everything they need of the world given. */
export async function handleGet(
  event: HttpEvent,
  deadlineMs: number,
  world: Surroundings,
): Promise<HttpResult> {
  const language = languageFor(event);
  const actor = callerOf(event);
  if (actor === undefined) return problem('FORBIDDEN', language);
  const named = namedPayment(event);
  if (named === undefined) return problem('PAYMENT_NOT_FOUND', language);
  if (named.merchantUid === undefined && named.impUid === undefined) {
    return invalidRequest([fault('query:imp_uid', 'required')], language);
  }
  const read = await readPayment({ ...named, actor }, deadlineMs, world);
  const viewer = viewerOf(actor, world);
  if (read.kind === 'refused') return refusalProblem(read.refusal, language, viewer);
  const { order, payment } = read;
  const refunds = refundsJson(payment, event.queryStringParameters?.['before'], viewer);
  if (refunds === undefined) return invalidRequest([fault('query:before', 'no_such_refund')], language);
  const again: Record<string, string> =
    payment.pending === undefined ? {} : { 'retry-after': String(RETRY_AFTER_UNKNOWN_SECONDS) };
  return json(200, { ...paymentJson(payment), ...refunds, payments: paymentsJson(order, viewer) }, again);
}

const built = builtOnce(live);
await prewarm(built, { asksProvider: false });

export const handler = httpHandler('getPayment', async (event, deadlineMs) =>
  handleGet(event, deadlineMs, built().world),
);
