import { html, nothing, type TemplateResult } from 'lit-html';
import type { Closing, HistoryEntry, Payment, Proposal, Refund } from './api.ts';
import { mark } from './parts.ts';
import { doubtText, problemText, providerView } from './problems.ts';
import { dateText, foreign, minus, money } from './text.ts';
import { nameOf, say } from './words.ts';

// --- The time line ---

/** An event of the time line, only from what the answer contains. */
export interface Happened {
  /** Unix seconds; 0: the answer has no time. */
  readonly at: number;
  readonly tone: 'plain' | 'open' | 'good' | 'bad';
  readonly text: string;
  readonly who: string;
  readonly more?: TemplateResult;
}

/** The history of a refund, oldest first; events without a time come last. */
export function happenedTo(refund: Refund): readonly Happened[] {
  const { made_by: by, actor, proposal, closed_by: closed, undone_by: undone } = refund;
  const asked = {
    at: refund.requested_at,
    tone: 'plain',
    text: say('t_asked'),
    who: nameOf('actor', actor),
  } as const;
  const wasUndone = { at: undone?.approved_at ?? 0, tone: 'bad', text: say('t_undone'), who: '' } as const;
  const all = [
    ...(by === undefined ? [asked] : []),
    ...doubtOf(refund),
    ...saidBy(proposal, undefined),
    ...endOf(refund),
    ...saidBy(closed, closed),
    ...saidBy(undone, undone),
    ...(refund.undone === true ? [wasUndone] : []),
  ];
  return all.toSorted((a, b) => (a.at || Infinity) - (b.at || Infinity));
}

function doubtOf({ in_doubt: doubt }: Refund): readonly Happened[] {
  if (doubt === undefined) return [];
  const { since, why, drift, answer } = doubt;
  const more = html`${why === null ? nothing : html`<p>${doubtText(why)}</p>`}`;
  const answered: readonly Happened[] =
    answer === undefined
      ? []
      : [
          {
            at: answer.at,
            tone: 'open',
            text: say(answer.accepted ? 't_accepted' : answer.provider === undefined ? 't_lost' : 't_answer'),
            who: '',
            more:
              answer.provider === undefined
                ? html`<p class="quote">${foreign(answer.text)}</p>`
                : providerView(answer.provider),
          },
        ];
  const forPeople: readonly Happened[] = drift ? [{ at: 0, tone: 'bad', text: say('t_drift'), who: '' }] : [];
  return [...answered, { at: since, tone: 'open', text: say('t_doubt'), who: '', more }, ...forPeople];
}

function quoted(text: string): TemplateResult {
  return html`<p class="quote">${foreign(text)}</p>`;
}

function saidBy(said: Proposal | undefined, closing: Closing | undefined): readonly Happened[] {
  if (said === undefined) return [];
  const verdict = verdictText(said);
  const proposed: Happened = {
    at: said.proposed_at,
    tone: 'open',
    text: say('t_proposed', { who: said.proposed_by, verdict }),
    who: '',
    more: quoted(said.evidence),
  };
  if (closing === undefined) return [proposed];
  const text = say('t_approved', { who: closing.approved_by, verdict });
  return [
    proposed,
    { at: closing.approved_at, tone: 'plain', text, who: '', more: quoted(closing.approval_evidence) },
  ];
}

export function verdictText({ verdict, listed }: Proposal): string {
  return nameOf('verdict', listed === false ? 'unlisted' : verdict);
}

function endOf(refund: Refund): readonly Happened[] {
  const { status, cancelled_at: cancelled, finished_at: finished, decided_by: decided, rejection } = refund;
  const who = decided === null ? '' : nameOf('decided', decided);
  const provider = rejection?.provider;
  const why = html`<p>${problemText(rejection?.code, provider === undefined ? {} : { provider })}</p>
    ${provider === undefined ? nothing : providerView({ code: provider.code, message: provider.message })}`;
  switch (status) {
    case 'cancelled': {
      const text = say(
        refund.made_by !== undefined
          ? 't_elsewhere'
          : refund.corrected === true
            ? 't_corrected'
            : 't_cancelled',
      );
      const other = refund.attributed_to;
      const found: readonly Happened[] =
        other === undefined
          ? []
          : [{ at: 0, tone: 'plain', text: say('t_attributed', { id: other }), who: '' }];
      return [{ at: cancelled || finished, tone: 'good', text, who }, ...found];
    }
    case 'rejected':
      return [{ at: finished, tone: 'bad', text: say('t_rejected'), who, more: why }];
    case 'not_executed':
      return [{ at: finished, tone: 'bad', text: say('t_not_executed'), who, more: why }];
    case 'not_sent':
      return [{ at: finished, tone: 'plain', text: say('t_not_sent'), who }];
    case 'unknown':
    default:
      return [];
  }
}

export function timeLineView(refund: Refund): TemplateResult {
  return html`<ol class="steps">
    ${happenedTo(refund).map(
      ({ at, tone, text, who, more }) =>
        html`<li data-tone=${tone}>
          ${at === 0 ? nothing : html`<time>${dateText(at, 'second')}</time>`}
          <span>${text}</span> ${who === '' ? nothing : html`<small>${who}</small>`} ${more ?? nothing}
        </li>`,
    )}
  </ol>`;
}

// --- The ledger and i'mport's history side by side ---

interface Line {
  readonly refund: Refund | undefined;
  readonly entry: HistoryEntry | undefined;
  /** A further entry of a refund that the PG has split. */
  readonly isMore: boolean;
}

export function executedOf({ amount, executed_amount: executed = amount }: Refund): number {
  return executed;
}

/** Whether an entry of i'mport's history belongs to this refund, by its id, by our tag, or by time and amount. */
export function isEntryOf(entry: HistoryEntry, refund: Refund): boolean {
  const { cancellation_id: id } = entry;
  if (id !== null && id === refund.cancellation_id) return true;
  if (entry.reason?.includes(`[${refund.refund_id}]`) === true) return true;
  const named = refund.closed_by?.entries ?? [];
  if (id !== null && named.some((each) => 'cancellation_id' in each && each.cancellation_id === id))
    return true;
  const isAlike = entry.cancelled_at === refund.cancelled_at && entry.amount === executedOf(refund);
  return refund.status === 'cancelled' && (id === null || refund.cancellation_id === null) && isAlike;
}

function linesOf({ refunds = [], cancel_history: history }: Payment): readonly Line[] {
  const ours = refunds.filter(
    ({ status, attributed_to: other, undone }) =>
      status === 'cancelled' && other === undefined && undone === undefined,
  );
  const loose = new Set(history);
  const lines = ours.flatMap((refund): readonly Line[] => {
    const entries = history.filter((entry) => loose.has(entry) && isEntryOf(entry, refund));
    for (const entry of entries) loose.delete(entry);
    const [first, ...others] = entries;
    return [
      { refund, entry: first, isMore: false },
      ...others.map((entry) => ({ refund: undefined, entry, isMore: true })),
    ];
  });
  return [...lines, ...[...loose].map((entry) => ({ refund: undefined, entry, isMore: false }))];
}

export function booksView(payment: Payment): TemplateResult {
  const { currency, cancel_amount: here, cancel_history: history, refunds_before: before = null } = payment;
  const lines = linesOf(payment);
  const isPart = before !== null;
  const theirs = history.reduce((sum, { amount }) => minus(sum, -amount, currency), 0);
  const ours = lines.reduce(
    (sum, { refund }) => (refund === undefined ? sum : minus(sum, -executedOf(refund), currency)),
    0,
  );
  const difference = minus(theirs, ours, currency);
  const judged = isPart
    ? say('booksPart')
    : difference === 0
      ? say('booksAgree')
      : say('booksDiffer', { amount: money(Math.abs(difference), currency) });
  if (lines.length === 0 && here === 0) return html`<p>${say('noRefunds')}</p>`;
  return html`<p><small>${say('booksHint')}</small></p>
    <table class="books">
      <thead>
        <tr>
          <th scope="col">${say('ours')}</th>
          <th scope="col">${say('theirs')}</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          (line) =>
            html`<tr>
              <td data-head=${say('ours')}>${oursView(line, currency)}</td>
              <td data-head=${say('theirs')}>${theirsView(line, currency)}</td>
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <td data-head="${say('ours')} ${say('sum')}"><strong>${money(ours, currency)}</strong></td>
          <td data-head="${say('theirs')} ${say('sum')}"><strong>${money(theirs, currency)}</strong></td>
        </tr>
      </tfoot>
    </table>
    <p class=${difference === 0 || isPart ? 'agree' : 'differ'}>${judged}</p>`;
}

function oursView({ refund, isMore }: Line, currency: string): TemplateResult {
  if (refund === undefined) return isMore ? html`〃` : mark('drift', say('missingHere'));
  return html`<strong>${money(executedOf(refund), currency)}</strong>
    ${refund.made_by === undefined ? nothing : mark('elsewhere', say('status_elsewhere'))}
    <small
      >${dateText(refund.cancelled_at || refund.finished_at)} <code>${foreign(refund.refund_id)}</code></small
    >`;
}

function theirsView({ entry }: Line, currency: string): TemplateResult {
  if (entry === undefined) return mark('drift', say('missingThere'));
  return html`<strong>${money(entry.amount, currency)}</strong>
    <small>${dateText(entry.cancelled_at)} <code>${foreign(entry.cancellation_id)}</code></small>
    <small>${foreign(entry.reason)}</small>`;
}
