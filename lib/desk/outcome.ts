import { html, nothing, type TemplateResult } from 'lit-html';
import { assertNever } from '../../functions/refund/assert-never.ts';
import type { OpenRequest, Outcome } from '../client/refund-client.ts';
import { address } from './parts.ts';
import { problemDetails, problemText } from './problems.ts';
import { dateText, money } from './text.ts';
import { say } from './words.ts';

/** The known outcome of a request. The client's own messages are for customers, so staff see those of a refusal only if the desk has none. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind !== 'refused') return outcome.message;
  const { code, problem, message } = outcome;
  return problemText(code === 'UNAUTHORIZED' ? 'SIGNED_OUT' : code, { ...problem, message });
}

interface Ways {
  readonly look: TemplateResult;
  readonly forget: TemplateResult;
  readonly again: (kept: OpenRequest) => TemplateResult;
  readonly isCard: boolean;
  readonly currency: string;
}

/** Details and the possible next actions. */
export function outcomeView(
  outcome: Outcome,
  { look, forget, again, isCard, currency }: Ways,
): TemplateResult | typeof nothing {
  const earlier = ({ amount, asked_at: at }: OpenRequest): TemplateResult =>
    html`<p>
      ${say('earlier', { amount: amount === null ? say('allThatWasLeft') : money(amount, currency), time: dateText(at / 1_000) })}
    </p>`;
  switch (outcome.kind) {
    case 'cancelled': {
      const { expected_by: by } = outcome;
      return html`<p>
          ${by === null ? (isCard ? say('cardHint') : '') : say('expected', { date: dateText(by, 'day') })}
        </p>
        <a href=${address(['refunds'])}>${say('toList')}</a>`;
    }
    case 'refused':
      return problemDetails(outcome.problem);
    case 'pending':
      return look;
    case 'needs_confirmation':
      return outcome.kept === undefined
        ? forget
        : html`${earlier(outcome.kept)} ${look} ${again(outcome.kept)} ${forget}`;
    case 'busy':
      return html`${earlier(outcome.open)} ${look} ${forget}`;
    case 'none':
    case 'not_sent':
    case 'not_executed':
      return nothing;
    default:
      return assertNever(outcome);
  }
}
