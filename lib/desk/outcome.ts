import { html, nothing, type TemplateResult } from 'lit-html';
import { assertNever } from '../../functions/refund/assert-never.ts';
import type { OpenRequest, Outcome } from '../client/refund-client.ts';
import { dateText, money } from './text.ts';
import type { Say } from './words.ts';

type Part = TemplateResult | typeof nothing;

interface Ways {
  readonly say: Say;
  readonly isCard: boolean;
  readonly currency: string;
  /** Reads the outcome again. Sends nothing. */
  readonly look: Part;
  readonly forget: Part;
  /** Sends the kept request, with its own key. */
  readonly again: (kept: OpenRequest) => Part;
  /** What only this page shows of an outcome. */
  readonly more: (outcome: Outcome) => Part;
}

interface Shown {
  readonly said: string;
  readonly isRunning: boolean;
  readonly outcome: Outcome | undefined;
}

/** What the desk or the shop says about a request. Always in the page, so that a screen reader announces its changes. */
export function saidView({ said, isRunning, outcome }: Shown, ways: Ways): TemplateResult {
  return html`<div
    id="said"
    role="status"
    tabindex="-1"
    data-kind=${outcome?.kind ?? (said === '' ? 'none' : 'running')}
  >
    ${said === '' ? nothing : html`<p aria-busy=${isRunning}>${said}</p>`}
    ${outcome === undefined ? nothing : outcomeView(outcome, ways)}
  </div>`;
}

/** Sets the focus, because the pressed button may be gone; a field with an error comes first. */
export function focusOutcome(): void {
  const wrong = document.querySelector<HTMLElement>('form.refund [aria-invalid]');
  (wrong ?? document.querySelector<HTMLElement>('#said'))?.focus();
}

/** Details and the possible next actions. */
function outcomeView(outcome: Outcome, ways: Ways): Part {
  const { say, isCard, currency, look, forget, again } = ways;
  const more = ways.more(outcome);
  const earlier = ({ amount, asked_at: at }: OpenRequest): TemplateResult =>
    html`<p>
      ${say('earlier', { amount: amount === null ? say('allThatWasLeft') : money(amount, currency), time: dateText(at / 1_000) })}
    </p>`;
  switch (outcome.kind) {
    case 'cancelled': {
      const { expected_by: by } = outcome;
      const hint =
        by === null ? (isCard ? say('cardHint') : '') : say('expected', { date: dateText(by, 'day') });
      return html`<p>${hint}</p>
        ${more}`;
    }
    case 'pending':
      return html`${look} ${more}`;
    case 'needs_confirmation': {
      const { kept } = outcome;
      return kept === undefined ? forget : html`${earlier(kept)} ${look} ${again(kept)} ${forget}`;
    }
    case 'busy':
      return html`${earlier(outcome.open)} ${more} ${look} ${forget}`;
    case 'refused':
    case 'not_sent':
    case 'not_executed':
    case 'none':
      return more;
    default:
      return assertNever(outcome);
  }
}
