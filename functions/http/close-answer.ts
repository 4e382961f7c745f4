import type { closeRefund } from '../protocol/close.ts';
import { assertNever } from '../refund/assert-never.ts';
import { json, type HttpResult } from './http-handler.ts';
import type { Language } from './language.ts';
import { locationOf } from './location.ts';
import { refusalProblem } from './problem.ts';
import { paymentJson, refundJson, type Viewer } from './representation.ts';

type Closed = Awaited<ReturnType<typeof closeRefund>>;

/** 202: proposed, and a second member of staff is waited for; 200: closed. */
export function closeAnswer(result: Closed, language: Language, viewer: Viewer): HttpResult {
  switch (result.kind) {
    case 'refused':
      return refusalProblem(result.refusal, language, viewer);
    case 'proposed': {
      const { payment, refund } = result;
      const body = { ...paymentJson(payment), refund: refundJson(refund, payment, viewer) };
      return json(202, body, { location: locationOf(payment) });
    }
    case 'closed': {
      const { payment, refund } = result;
      return json(200, { ...paymentJson(payment), refund: refundJson(refund, payment, viewer) });
    }
    default:
      return assertNever(result);
  }
}
