import { reconcileNow, reports } from './doors.ts';
import { button, card, element, emptyState, facts, loading, row, table, whileWaiting } from './elements.ts';
import { dateText, isWord, money, nameOf, say } from './language.ts';
import type { ReportJson } from './report.ts';
import { orderAddress } from './route.ts';
import { isStaff } from './session.ts';
import { findingText } from './why.ts';

/** The last reports of the reconciliation, the newest first, and a button that runs it. */
export class ReconciliationPage {
  readonly root = element('div', { class: 'reconciliation' });
  readonly #said = element('p', { class: 'hint', role: 'status' });
  readonly #run = button('primary', say('reconRun'), () => void this.#reconcile());
  readonly #body = element('div', {}, loading(4));

  constructor() {
    if (!isStaff) {
      this.root.append(emptyState('staffOnly', 'staffOnlyHint'));
      return;
    }
    this.root.append(
      element('div', { class: 'page-head' }, element('h1', {}, say('reconTitle')), this.#run),
      element('p', { class: 'lead' }, say('reconHint')),
      this.#said,
      this.#body,
    );
  }

  async start(): Promise<void> {
    if (!isStaff) return;
    const found = await reports();
    if (found === undefined) {
      const again = button('primary', say('retry'), () => void whileWaiting(again, async () => this.start()));
      this.#body.replaceChildren(emptyState('loadFailed', 'loadFailedHint', again));
    } else if (found.length === 0) {
      this.#body.replaceChildren(emptyState('reconNever', 'reconNeverHint'));
    } else this.#body.replaceChildren(...found.map(reportCard));
  }

  async #reconcile(): Promise<void> {
    this.#said.textContent = say('reconRunning');
    await whileWaiting(this.#run, async () => {
      const run = await reconcileNow();
      if (run === undefined || run.failed !== undefined) this.#said.textContent = say('reconFailed');
      else this.#said.textContent = say(run.finished ? 'reconDone' : 'reconUnfinished');
      await this.start();
    });
  }
}

function reportCard(report: ReportJson): HTMLElement {
  const { counts, explained, unexplained, cases } = report;
  const numbers = Object.entries(counts).flatMap(([name, n]) => {
    const word = `n_${name}`;
    if (!isWord(word)) return [];
    const isBad = n > 0 && !['compared', 'booked', 'imported'].includes(name);
    return [
      element(
        'div',
        isBad ? { 'data-tone': 'bad' } : {},
        element('dt', {}, say(word)),
        element('dd', {}, n.toLocaleString()),
      ),
    ];
  });
  const made = card(
    nameOf('window', report.window),
    element(
      'p',
      { class: 'hint' },
      `${say('reconSpan', { from: dateText(report.from), to: dateText(report.to) })} · ${say('finishedAt', { date: dateText(report.finished_at, 'second') })}`,
    ),
    element('dl', { class: 'numbers' }, ...numbers),
    facts(
      [
        ['explained', sums(explained)],
        ['unexplained', sums(unexplained)],
      ],
      'facts told',
    ),
    element('h3', {}, say('cases')),
    casesTable(cases),
  );
  return made;
}

function sums(amounts: Readonly<Record<string, number>>): string {
  const all = Object.entries(amounts).map(([currency, amount]) => money(amount, currency));
  return all.length === 0 ? money(0, 'KRW') : all.join(' · ');
}

const HEADS = ['th_case', 'th_order', 'paymentId', 'th_note'] as const;

function casesTable(cases: ReportJson['cases']): HTMLElement {
  if (cases.length === 0) return element('p', { class: 'hint' }, say('noCases'));
  const rows = cases.map((found) => {
    const { kind, merchant_uid: order, imp_uid: impUid } = found;
    const link = order === '' ? '–' : element('a', { href: orderAddress(order, impUid) }, order);
    return row([
      ['th_case', nameOf('case', kind), 'state'],
      ['th_order', link, 'main'],
      ['paymentId', impUid],
      ['th_note', findingText(found), 'reason'],
    ]);
  });
  return table(say('cases'), HEADS, rows);
}
