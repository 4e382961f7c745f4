import { html, nothing, type TemplateResult } from 'lit-html';
import type { Closing, Proposal, Refund } from './api.ts';
import { doubtText, problemText, providerView } from './problems.ts';
import { dateText, foreign } from './text.ts';
import { nameOf, say } from './words.ts';

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
