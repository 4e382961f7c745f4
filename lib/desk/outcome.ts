import { html, nothing, type TemplateResult } from 'lit-html';
import { assertNever } from '../../functions/refund/assert-never.ts';
import type { OpenRequest, Outcome } from '../client/refund-client.ts';
import { address } from './parts.ts';
import { problemDetails, problemText } from './problems.ts';
import { dateText, money } from './text.ts';
import { say } from './words.ts';

/** The known outcome of a request. */
export function outcomeText(outcome: Outcome, currency: string): string {
  switch (outcome.kind) {
    case 'cancelled':
      return say('out_cancelled', { amount: money(outcome.amount, outcome.currency) });
    case 'refused':
      return problemText(outcome.code === 'UNAUTHORIZED' ? 'SIGNED_OUT' : outcome.code, outcome.problem);
    case 'not_executed':
      return problemText('NOT_EXECUTED');
    case 'not_sent':
      return outcome.code === 'NOT_SENT' ? say('out_not_sent') : problemText(outcome.code);
    case 'pending':
      return outcome.code === 'UNAUTHORIZED'
        ? problemText('SIGNED_OUT')
        : say(outcome.code === 'NETWORK' ? 'out_lost' : 'out_pending');
    case 'needs_confirmation':
      return outcome.kept === undefined
        ? say('out_unreadable')
        : say('out_earlier', openValues(outcome.kept, currency));
    case 'busy':
      return say('out_busy', openValues(outcome.open, currency));
    case 'none':
      return '';
    default:
      return assertNever(outcome);
  }
}

function openValues(
  { amount, asked_at: at }: OpenRequest,
  currency: string,
): Readonly<Record<string, string>> {
  return {
    amount: amount === null ? say('allThatWasLeft') : money(amount, currency),
    time: dateText(at / 1_000),
  };
}

interface Ways {
  readonly look: TemplateResult;
  readonly forget: TemplateResult;
  readonly again: (kept: OpenRequest) => TemplateResult;
  readonly isCard: boolean;
}

/** The possible next actions. */
export function outcomeView(outcome: Outcome, { look, forget, again, isCard }: Ways): TemplateResult {
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
      return html`${outcome.kept === undefined ? nothing : html`${look} ${again(outcome.kept)}`} ${forget}`;
    case 'busy':
      return html`${look} ${forget}`;
    case 'none':
    case 'not_sent':
    case 'not_executed':
      return html`${nothing}`;
    default:
      return assertNever(outcome);
  }
}
