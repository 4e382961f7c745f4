import { messageOf, type Language } from './messages.ts';
import { codeOf, openCode, provesNothing, speaksOfTheRefund, type Reply } from './reply.ts';
import type { Outcome, Payment, Refund } from './types.ts';

/** Of a payment with a refund that is final. */
export function settled(body: Readonly<Record<string, unknown>>, language: Language): Outcome {
  const payment = body as unknown as Payment & { readonly refund: Refund };
  const { refund } = payment;
  if (refund.status === 'cancelled') {
    return { kind: 'cancelled', payment, refund, message: messageOf('CANCELLED', language) };
  }
  const code = refund.rejection?.code ?? 'CANCEL_REJECTED';
  return { kind: 'refused', code, message: messageOf(code, language), problem: { refund } };
}

export function pending(code: string, language: Language): Outcome {
  return { kind: 'pending', message: messageOf(code, language) };
}

export function notExecuted(language: Language): Outcome {
  return { kind: 'not_executed', message: messageOf('NOT_EXECUTED', language) };
}

/**
 * Of a request that was given up. An answer of the service tells that nothing was sent. Without one nobody knows yet; nor
 * when an earlier one had none, may still be under way, and the last answer does not speak of it.
 */
export function givenUp(last: Reply | undefined, inDoubt: boolean, language: Language): Outcome {
  if (last === undefined || provesNothing(last) || (inDoubt && !speaksOfTheRefund(last))) {
    return pending(openCode(last), language);
  }
  const code = codeOf(last);
  return { kind: 'refused', code, message: messageOf(code, language), problem: last.body };
}
