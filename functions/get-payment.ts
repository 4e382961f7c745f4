import { ASK_AGAIN_SOON } from './http/answers.ts';
import { fault } from './http/body.ts';
import { behindToken, httpDoor, json } from './http/http-handler.ts';
import { invalidRequest, problem, refusalProblem } from './http/problem.ts';
import { paymentJson, paymentsJson, refundableJson, refundJson, viewerOf } from './http/representation.ts';
import { isRefundId, namedPayment } from './http/requests.ts';
import { readPayment } from './protocol/read.ts';
import { omitMissing } from './refund/omit-missing.ts';
import { live } from './runtime/live.ts';

/** `GET /payments/{merchant_uid}` and `GET /payments?imp_uid=…`, with every dependency passed in. */
export const handleGet = behindToken(async ({ event, deadlineMs, world, language, actor }) => {
  const named = namedPayment(event);
  if (named === undefined) return problem('PAYMENT_NOT_FOUND', language);
  if (named.merchantUid === undefined && named.impUid === undefined) {
    return invalidRequest([fault('query:imp_uid', 'required')], language);
  }
  const before = event.queryStringParameters?.['before'];
  if (before !== undefined && !isRefundId(before)) {
    return invalidRequest([fault('query:before', 'no_such_refund')], language);
  }
  const read = await readPayment({ ...named, actor, ...omitMissing({ before }) }, deadlineMs, world);
  const viewer = viewerOf(actor, world);
  if (read.kind === 'refused') return refusalProblem(read.refusal, language, viewer);
  if (read.kind === 'no_such_refund')
    return invalidRequest([fault('query:before', 'no_such_refund')], language);
  const { order, payment, refunds, refundsBefore } = read;
  const body = {
    ...paymentJson(payment),
    refunds: refunds.map((refund) => refundJson(refund, payment, viewer)),
    refunds_before: refundsBefore ?? null,
    refundable: refundableJson(payment, viewer),
    payments: paymentsJson(order, viewer),
  };
  return json(200, body, payment.inFlight === undefined ? {} : ASK_AGAIN_SOON);
});

export const handler = await httpDoor('getPayment', live, handleGet);
