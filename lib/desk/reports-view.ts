import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Answer, Failure, Finding, Report, Reports } from './api.ts';
import { field, textArea, submitted } from './fields.ts';
import { Page } from './page.ts';
import { button, fact, mark, orderAddress, type Desk } from './parts.ts';
import { failureNotice, findingText } from './problems.ts';
import { dateText, foreign, money } from './text.ts';
import { nameOf, say } from './words.ts';

/** The findings of reconciliation and their acknowledgements. */
export class ReportsView extends Page<Reports> {
  #said = '';
  /** Why the last acknowledgement failed. */
  #refused: Failure | undefined;
  /** The form whose note is missing. */
  #blank: string | undefined;

  constructor(desk: Desk) {
    super(desk);
    void this.read();
  }

  title(): string {
    return say('reports');
  }

  protected async ask(): Promise<Answer<Reports>> {
    return this.desk.api.reports();
  }

  protected override head(): TemplateResult {
    return html`<p>${say('reportsHint')}</p>
      <div class="buttons">${button(say('refresh'), async () => this.read())}</div>
      <div role="status" class="said" tabindex="-1">
        ${this.#said === '' ? nothing : html`<p class="notice">${this.#said}</p>`}
        ${failureNotice(this.#refused)}
      </div>`;
  }

  protected content({ reports, unreached }: Reports): TemplateResult {
    return html`${unreached === null ? nothing : html`<p class="notice bad">${say('unreached', { from: dateText(unreached.from, 'day'), to: dateText(unreached.to, 'day'), percent: percent(unreached.progress) })}</p>`}
    ${reports.length === 0 ? html`<p>${say('noReports')}</p>` : reports.map((report, at) => this.#reportView(report, at))}`;
  }

  #reportView(report: Report, at: number): TemplateResult {
    const { finished_at: end, findings } = report;
    const state =
      end === 0
        ? say('underWay', { percent: percent(report.progress) })
        : say('finished', { time: dateText(end) });
    const open = findings.filter((each) => rank(each) < 2).length;
    const told =
      open > 0 ? say('count', { n: open }) : say(findings.length === 0 ? 'noFindings' : 'allAcknowledged');
    return html`<section class="card" aria-labelledby="report-${at}">
      <h2 id="report-${at}">${nameOf('window', report.window)} <small>${state}</small></h2>
      <dl class="facts">
        ${fact(say('reportSpan'), `${dateText(report.from)} ~ ${dateText(report.to)}`)}
        ${fact(say('compared'), report.compared.toLocaleString())}
        ${fact(say('booked'), report.booked.toLocaleString())}
        ${fact(say('imported'), report.imported.toLocaleString())}
        ${fact(say('explained'), sums(report.explained))}
        ${fact(say('unexplained'), sums(report.unexplained))}
        ${fact(say('acknowledgedSum'), sums(report.acknowledged))}
      </dl>
      <h3>${say('findings')} <small>${told}</small></h3>
      <ul class="findings">
        ${repeat(
          findings.toSorted((a, b) => rank(a) - rank(b)),
          ({ id }) => id,
          (finding) => this.#findingView(finding, at),
        )}
      </ul>
    </section>`;
  }

  /** A finding can be in several reports, but is acknowledged once. */
  #findingView(finding: Finding, at: number): TemplateResult {
    const {
      acknowledged: said,
      merchant_uid: order,
      imp_uid: impUid,
      in_question: isMoney,
      refund_ids: ids,
    } = finding;
    const state = said !== null ? 'acknowledged' : isMoney ? 'inQuestion' : 'told';
    return html`<li data-state=${state}>
      ${mark(state, say(state))} <span>${foreign(findingText(finding))}</span>
      ${order === null || impUid === null ? nothing : html`<a href=${orderAddress(order, impUid, ids[0])}>${foreign(order)}</a>`}
      ${said === null ? this.#noteForm(finding, at) : html`<p class="quote">${foreign(said.note)} <small>${say('acknowledgedBy', { who: said.by, time: dateText(said.at) })}</small></p>`}
    </li>`;
  }

  #noteForm({ id }: Finding, at: number): TemplateResult {
    const key = `note-${at}-${id}`;
    const send = submitted(async (textOf, form) => {
      const note = textOf('note');
      this.#blank = note === '' ? key : undefined;
      this.desk.draw();
      if (note === '') form.querySelector('textarea')?.focus();
      else await this.#acknowledge(id, note);
    });
    return html`<details>
      <summary>${say('acknowledge')}</summary>
      <form novalidate @submit=${send}>
        ${field({ name: 'note', label: say('note'), control: textArea, hint: say('acknowledgeHint'), fault: this.#blank === key ? say('fillIn') : undefined, id: key })}
        <button type="submit" ?disabled=${!navigator.onLine}>${say('acknowledge')}</button>
      </form>
    </details>`;
  }

  async #acknowledge(id: string, note: string): Promise<void> {
    const answer = await this.desk.api.acknowledge(id, note);
    await this.read();
    this.#refused = 'failure' in answer ? answer.failure : undefined;
    this.#said = 'failure' in answer ? '' : say('acknowledgedNow');
    this.desk.draw();
    document.querySelector<HTMLElement>('.said')?.focus();
  }
}

/** Findings about money come first, acknowledged ones last. */
function rank({ acknowledged, in_question: isMoney }: Finding): number {
  return acknowledged !== null ? 2 : isMoney ? 0 : 1;
}

function percent(progress: number): number {
  return Math.floor(progress * 100);
}

function sums(amounts: Readonly<Record<string, number>>): string {
  const told = Object.entries(amounts).map(([currency, amount]) => money(amount, currency));
  return told.length === 0 ? say('nothing') : told.join(', ');
}
