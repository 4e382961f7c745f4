import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { Failure, HistoryEntry, Payment, Proposal, Refund } from './api.ts';
import { verdictText } from './time-line.ts';
import { field, textArea, textInput, submitted } from './fields.ts';
import type { Desk } from './parts.ts';
import { failureNotice } from './problems.ts';
import { amountIn, dateText, foreign, money } from './text.ts';
import { nameOf, say } from './words.ts';

type Choice = 'executed' | 'unlisted' | 'not_executed' | 'undone';

/** Two people close a refund that the service cannot decide (PROTOCOL rows 10 and 11). Closing records a result and moves no money. */
export class ClosePanel {
  readonly #desk: Desk;
  readonly #changed: () => Promise<void>;
  #choice: Choice | undefined;
  #faults: Readonly<Record<string, string>> = {};
  #failure: Failure | undefined;
  #said = '';
  #isRunning = false;

  constructor(desk: Desk, changed: () => Promise<void>) {
    this.#desk = desk;
    this.#changed = changed;
  }

  view(refund: Refund, payment: Payment): TemplateResult {
    const { proposal, status, undone } = refund;
    const isDrift = refund.in_doubt?.drift === true;
    const isOver = !isDrift && (status !== 'cancelled' || undone !== undefined);
    const title = say(isDrift ? 'close' : 'closeUndone');
    const told = html`<div role="status" tabindex="-1" class="said">
      ${this.#said === '' ? nothing : html`<p>${this.#said}</p>`} ${failureNotice(this.#failure)}
    </div>`;
    if (isOver) return told;
    const form = html`<p><small>${say('closeHint')}</small></p>
      ${proposal === undefined ? nothing : this.#proposalView(proposal, payment)}
      ${this.#form(refund, payment, isDrift)}`;
    return html`${told}
      <details class="close" ?open=${isDrift || proposal !== undefined}>
        <summary>${title}</summary>
        ${form}
      </details>`;
  }

  #proposalView(proposal: Proposal, { currency }: Payment): TemplateResult {
    const { proposed_by: who, proposed_at: at, evidence, entries = [], amount } = proposal;
    const isMine = who === this.#desk.session.person;
    return html`<div class="notice">
      <p>
        ${say('proposedBy', { who, time: dateText(at) })}
        <strong>${verdictText(proposal)}</strong> ${amount === undefined ? nothing : money(amount, currency)}
      </p>
      ${
        entries.length === 0
          ? nothing
          : html`<ul>
              ${entries.map((entry) => html`<li>${'cancellation_id' in entry ? foreign(entry.cancellation_id) : `${dateText(entry.cancelled_at, 'second')} ${money(entry.amount, currency)}`}</li>`)}
            </ul>`
      }
      <p class="quote">${foreign(evidence)}</p>
      <p>${say(isMine ? 'proposalYours' : 'proposalOthers')}</p>
    </div>`;
  }

  #form(refund: Refund, payment: Payment, isDrift: boolean): TemplateResult {
    const { refund_id: id, proposal } = refund;
    const choices: readonly Choice[] = isDrift ? ['executed', 'unlisted', 'not_executed'] : ['undone'];
    const chosen =
      this.#choice ?? (proposal === undefined ? (isDrift ? undefined : 'undone') : choiceOf(proposal));
    const isAgreeing =
      proposal !== undefined &&
      choiceOf(proposal) === chosen &&
      proposal.proposed_by !== this.#desk.session.person;
    return html`<form
      novalidate
      @submit=${submitted(async (textOf, form) => this.#send({ textOf, form, choice: chosen }, refund, payment))}
    >
      <fieldset>
        <legend>${say('verdict')}</legend>
        ${choices.map(
          (choice) =>
            html`<label
                ><input
                  type="radio"
                  name="verdict-${id}"
                  .checked=${live(choice === chosen)}
                  @change=${() => this.#choose(choice)}
                />
                ${nameOf('verdict', choice)}</label
              >
              <p><small>${nameOf('hint', choice)}</small></p>`,
        )}
        ${this.#faults['verdict'] === undefined ? nothing : html`<p class="fault">${this.#faults['verdict']}</p>`}
      </fieldset>
      ${chosen === 'executed' ? this.#entries(refund, payment) : nothing}
      ${chosen === 'unlisted' ? field({ name: 'amount', label: say('unlistedAmount'), control: textInput('decimal'), hint: say('amountHint', { left: money(refund.amount, payment.currency) }), fault: this.#faults['amount'], id: `amount-${id}` }) : nothing}
      ${field({ name: 'evidence', label: say('evidence'), control: textArea, hint: say('evidenceHint'), fault: this.#faults['evidence'], id: `evidence-${id}` })}
      <button type="submit" ?disabled=${this.#isRunning || !navigator.onLine}>
        ${say(isAgreeing ? 'agree' : 'propose')}
      </button>
    </form>`;
  }

  #choose(choice: Choice): void {
    this.#choice = choice;
    this.#faults = {};
    this.#desk.draw();
  }

  #entries(refund: Refund, payment: Payment): TemplateResult {
    const named = refund.proposal?.entries ?? [];
    const isNamed = (entry: HistoryEntry): boolean =>
      named.some((each) =>
        'cancellation_id' in each
          ? each.cancellation_id === entry.cancellation_id
          : each.cancelled_at === entry.cancelled_at && each.amount === entry.amount,
      );
    const offered = offeredFor(refund, payment);
    return html`<fieldset>
      <legend>${say('entries')}</legend>
      ${offered.length === 0 ? html`<p>${say('noEntries')}</p>` : nothing}
      ${offered.map(
        (entry, at) =>
          html`<label>
            <input type="checkbox" name="entry" value=${at} .defaultChecked=${isNamed(entry)} />
            ${money(entry.amount, payment.currency)} · ${dateText(entry.cancelled_at, 'second')}
            <code>${foreign(entry.cancellation_id)}</code> ${foreign(entry.reason)}
          </label>`,
      )}
      ${this.#faults['entry'] === undefined ? nothing : html`<p class="fault">${this.#faults['entry']}</p>`}
    </fieldset>`;
  }

  async #send({ textOf, form, choice }: Sent, refund: Refund, payment: Payment): Promise<void> {
    const chosen = new FormData(form)
      .getAll('entry')
      .flatMap((at) => offeredFor(refund, payment)[Number(at)] ?? []);
    const evidence = textOf('evidence');
    const amount = amountIn(textOf('amount'), payment.currency, refund.amount);
    this.#faults = {
      ...(choice === undefined ? { verdict: say('fillIn') } : {}),
      ...(choice === 'executed' && chosen.length === 0 ? { entry: say('chooseEntry') } : {}),
      ...(choice === 'unlisted' && 'fault' in amount ? { amount: say('fillIn') } : {}),
      ...(evidence === '' ? { evidence: say('fillIn') } : {}),
    };
    this.#desk.draw();
    if (choice === undefined || Object.keys(this.#faults).length > 0)
      return (form.querySelector<HTMLElement>('[aria-invalid]') ?? form.querySelector('input'))?.focus();
    const sum = 'amount' in amount ? amount.amount : 0;
    this.#isRunning = true;
    this.#said = say('working');
    this.#failure = undefined;
    this.#desk.draw();
    const said = { ...saidOf(choice, chosen, sum), evidence };
    const answer = await this.#desk.api.close(payment, refund.refund_id, said);
    this.#isRunning = false;
    this.#failure = 'failure' in answer ? answer.failure : undefined;
    this.#said = 'failure' in answer ? '' : say(answer.status === 202 ? 'proposed' : 'closed');
    if (this.#failure === undefined) this.#choice = undefined;
    await this.#changed();
    if (this.#failure === undefined) form.reset();
    form.closest('article')?.querySelector<HTMLElement>('.said')?.focus();
  }
}

interface Sent {
  readonly textOf: (name: string) => string;
  readonly form: HTMLFormElement;
  readonly choice: Choice | undefined;
}

function choiceOf({ verdict, listed }: Proposal): Choice {
  return listed === false ? 'unlisted' : verdict;
}

/** The body of a closing without the evidence. */
function saidOf(choice: Choice, chosen: readonly HistoryEntry[], amount: number): object {
  if (choice === 'unlisted') return { verdict: 'executed', listed: false, amount };
  if (choice !== 'executed') return { verdict: choice };
  const entries = chosen.map(({ cancellation_id: id, cancelled_at: at, amount: sum }) =>
    id === null ? { cancelled_at: at, amount: sum } : { cancellation_id: id },
  );
  return { verdict: choice, entries };
}

/** An older entry, or one of more than was asked, cannot be this refund. */
function offeredFor(refund: Refund, { cancel_history: history }: Payment): readonly HistoryEntry[] {
  return history.filter(
    ({ cancelled_at: at, amount }) => at >= refund.requested_at && amount <= refund.amount,
  );
}
