import { html, nothing, type TemplateResult } from 'lit-html';
import type { Failure, ListedRefund, ListPage } from './api.ts';
import { valuesOf } from './fields.ts';
import { address, button, mark, refundTable, waiting, type Desk, type Query, type View } from './parts.ts';
import { daysOf, PERIODS, Totals } from './period.ts';
import { failureNotice } from './problems.ts';
import { money } from './text.ts';
import { nameOf, say } from './words.ts';

const STATUSES = ['all', 'cancelled', 'unknown', 'rejected', 'not_executed'] as const;
/** The number of pages that are added up automatically, a hundred rows each. */
const PAGES_ADDED_UP = 10;
const LOOK_AGAIN_MS = 10_000;

/** The refunds of a period, or all refunds in doubt with `open`. */
export class ListView implements View {
  readonly #desk: Desk;
  readonly #isOpen: boolean;
  readonly #query: URLSearchParams;
  readonly #asked: Query;
  #page: ListPage | undefined;
  #failure: Failure | undefined;
  #sumsFailure: Failure | undefined;
  #totals = new Totals();
  #isAdding = false;
  /** The cursor of the next page to add up; null: all are added up. */
  #more: string | null | undefined;
  #said = '';
  #isLeft = false;
  #isExporting = false;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(desk: Desk, kind: 'period' | 'open', query: URLSearchParams) {
    this.#desk = desk;
    this.#isOpen = kind === 'open';
    this.#query = query;
    const status = query.get('status') ?? 'all';
    const days = daysOf(this.#period(), {
      from: query.get('from') ?? '',
      to: query.get('to') ?? '',
      nowMs: Date.now(),
    });
    this.#asked = this.#isOpen ? { status: 'open' } : { ...days, ...(status === 'all' ? {} : { status }) };
    void this.#read();
    if (this.#isOpen) this.#timer = setInterval(() => void (document.hidden || this.#read()), LOOK_AGAIN_MS);
    else void this.#addUp();
  }

  title = (): string => say(this.#isOpen ? 'openTitle' : 'refunds');

  leave = (): void => {
    this.#isLeft = true;
    clearInterval(this.#timer);
  };

  view = (): TemplateResult =>
    html`${this.#isOpen ? html`<p>${say('openHint')}</p>` : this.#filters()}
    ${this.#isOpen ? nothing : this.#totalsView()}
    ${failureNotice(
      this.#failure ?? this.#sumsFailure,
      button(say('retry'), async () => this.#read()),
    )}
    ${this.#page === undefined ? (this.#failure === undefined ? waiting() : nothing) : this.#pageView(this.#page)}`;

  #period(): string {
    return this.#query.get('period') ?? 'week';
  }

  async #read(): Promise<void> {
    const cursor = this.#query.get('cursor');
    const answer = await this.#desk.api.refunds({ ...this.#asked, ...(cursor === null ? {} : { cursor }) });
    if (this.#isLeft) return;
    if ('failure' in answer) this.#failure = answer.failure;
    else {
      this.#failure = undefined;
      this.#page = answer.body;
    }
    this.#desk.draw();
  }

  /** Adds up the next pages of the period. After a failure the totals say how far they go, and the button goes on. */
  async #addUp(pages = PAGES_ADDED_UP): Promise<void> {
    this.#isAdding = true;
    for (let page = 0; page < pages && this.#more !== null && !this.#isLeft; page += 1) {
      const answer = await this.#desk.api.longPage(this.#asked, this.#more);
      this.#sumsFailure = 'failure' in answer ? answer.failure : undefined;
      if ('failure' in answer) break;
      this.#totals.add(answer.body.refunds);
      this.#more = answer.body.next;
      this.#desk.draw();
    }
    this.#isAdding = false;
    if (!this.#isLeft) this.#desk.draw();
  }

  #link(change: Query): string {
    const now = Object.fromEntries([...this.#query].filter(([name]) => name !== 'cursor'));
    return address(['refunds'], { ...now, ...change });
  }

  #filters(): TemplateResult {
    const { from = '', to = '' } = this.#asked;
    const chosen = this.#period();
    const status = this.#query.get('status') ?? 'all';
    const range = (event: SubmitEvent): void => {
      event.preventDefault();
      if (!(event.currentTarget instanceof HTMLFormElement)) return;
      const textOf = valuesOf(event.currentTarget);
      location.hash = this.#link({ period: 'range', from: textOf('from'), to: textOf('to') });
    };
    return html`<nav class="chips" aria-label=${say('period')}>
        ${PERIODS.map((period) => html`<a href=${this.#link({ period, ...(period === 'range' ? { from, to } : {}) })} aria-current=${period === chosen ? 'true' : nothing}>${nameOf('period', period)}</a>`)}
      </nav>
      <nav class="chips" aria-label=${say('status')}>
        ${STATUSES.map((each) => html`<a href=${this.#link({ status: each })} aria-current=${each === status ? 'true' : nothing}>${nameOf('status', each)}</a>`)}
      </nav>
      ${
        chosen === 'range'
          ? html`<form class="line" @submit=${range}>
              <label>${say('from')} <input type="date" name="from" required .defaultValue=${from} /></label>
              <label>${say('to')} <input type="date" name="to" required .defaultValue=${to} /></label>
              <button type="submit">${say('apply')}</button> <small>${say('rangeHint')}</small>
            </form>`
          : html`<p><small>${say('span', { days: from === to ? from : `${from} ~ ${to}` })}</small></p>`
      }`;
  }

  #totalsView(): TemplateResult {
    const isWhole = this.#more === null;
    const n = this.#totals.count.toLocaleString();
    const isEmpty = !isWhole && this.#totals.count === 0;
    return html`<section aria-labelledby="totals" class="totals">
      <h2 id="totals">
        ${say('totals')}
        <small>${isEmpty ? nothing : say(isWhole ? 'totalsOf' : 'totalsSoFar', { n })}</small>
      </h2>
      <ul>
        ${this.#totals.all().map(
          (sum) =>
            html`<li data-state=${sum.status}>
              <span>${nameOf('status', sum.status)}</span> <strong>${money(sum.amount, sum.currency)}</strong>
              <small>${say('count', { n: sum.count.toLocaleString() })}</small>
            </li>`,
        )}
      </ul>
      ${isWhole || this.#isAdding ? nothing : button(say('totalsMore'), async () => this.#addUp(Infinity))}
    </section>`;
  }

  #pageView({ refunds, next }: ListPage): TemplateResult {
    const isFirst = !this.#query.has('cursor');
    // Refunds that need people come first.
    const rows = this.#isOpen
      ? refunds.toSorted((a, b) => Number(b.drift ?? false) - Number(a.drift ?? false))
      : refunds;
    const empty = next !== null ? say('emptyPage') : say(this.#isOpen ? 'nothingOpen' : 'noRefundsHere');
    const path = this.#isOpen ? 'open' : 'refunds';
    const pageLink = (cursor: Query): string => (this.#isOpen ? address([path], cursor) : this.#link(cursor));
    return html`<p role="status">${rows.length === 0 ? empty : say('listed', { n: rows.length })}</p>
      ${rows.length === 0 ? nothing : refundTable(rows)}
      <nav class="pages" aria-label=${say('nextPage')}>
        ${isFirst ? nothing : html`<a href=${pageLink({})}>${say('firstPage')}</a>`}
        ${next === null ? nothing : html`<a href=${pageLink({ cursor: next })}>${say('nextPage')}</a>`}
      </nav>
      <div class="buttons">
        ${this.#isExporting ? button(say('stop'), () => (this.#isExporting = false)) : button(say('csv'), async () => this.#export())}
        <span role="status">${this.#said}</span>
      </div>`;
  }

  /** Joins the pages of the service's CSV; an incomplete file is not saved. */
  async #export(): Promise<void> {
    this.#isExporting = true;
    const pages: Blob[] = [];
    let isWhole = true;
    for await (const page of this.#desk.api.csv(this.#asked)) {
      isWhole = !('failure' in page) && this.#isExporting && !this.#isLeft;
      if ('failure' in page || !isWhole) break;
      pages.push(page.body.file);
      this.#tell(say('csvRunning', { n: pages.length }));
    }
    if (isWhole)
      save(new Blob(pages, { type: 'text/csv' }), `refunds-${Object.values(this.#asked).join('_')}.csv`);
    this.#isExporting = false;
    this.#tell(isWhole ? say('csvDone', { n: pages.length }) : say('csvFailed'));
  }

  #tell(said: string): void {
    this.#said = said;
    if (!this.#isLeft) this.#desk.draw();
  }
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Searches an order or payment by this number, and refunds by order, payment, id and reference. */
export class SearchView implements View {
  readonly #desk: Desk;
  readonly #number: string;
  #rows: readonly ListedRefund[] = [];
  #orders: readonly { readonly order: string; readonly impUid: string; readonly sum: string }[] = [];
  #failure: Failure | undefined;
  #state: 'looking' | 'ended' | 'left' = 'looking';

  constructor(desk: Desk, number: string) {
    this.#desk = desk;
    this.#number = number.trim();
    void this.#look();
  }

  title = (): string => say('searchTitle', { q: this.#number });

  leave = (): void => {
    this.#state = 'left';
  };

  view = (): TemplateResult => {
    if (this.#state === 'looking') return waiting();
    const isNothing = this.#rows.length + this.#orders.length === 0;
    return html`${failureNotice(this.#failure)}
      ${isNothing && this.#failure === undefined ? html`<p role="status">${say('searchNothing')}</p>` : nothing}
      <ul class="found">
        ${this.#orders.map(
          ({ order, impUid, sum }) =>
            html`<li>
              ${mark('paid', say('foundPayment'))}
              <a href=${address(['orders', order], impUid === '' ? {} : { imp_uid: impUid })}
                ><bdi>${order}</bdi></a
              >
              ${sum}
            </li>`,
        )}
      </ul>
      ${this.#rows.length === 0 ? nothing : refundTable(this.#rows)}`;
  };

  async #look(): Promise<void> {
    const { api } = this.#desk;
    const number = this.#number;
    const payments = [
      api.payment(number, undefined),
      ...(number.startsWith('imp') ? [api.payment('-', number)] : []),
    ];
    const [found, listed] = await Promise.all([
      Promise.all(payments),
      Promise.all(
        ['merchant_uid', 'imp_uid', 'reference', 'refund_id'].map(async (name) =>
          api.refunds({ [name]: number }),
        ),
      ),
    ]);
    // A number that cannot be, say, an imp_uid is refused, and is none.
    const rows = listed.flatMap((each) => ('failure' in each ? [] : each.body.refunds));
    this.#rows = [...new Map(rows.map((row) => [row.refund_id, row])).values()];
    this.#orders = found.flatMap((each, at) =>
      'failure' in each
        ? []
        : [
            {
              order: each.body.merchant_uid,
              impUid: at === 0 ? '' : each.body.imp_uid,
              sum: money(each.body.amount, each.body.currency),
            },
          ],
    );
    this.#failure = [...listed, ...found]
      .flatMap((each) => ('failure' in each ? [each.failure] : []))
      .find(({ code }) => code !== 'PAYMENT_NOT_FOUND' && code !== 'INVALID_REQUEST');
    if (this.#state === 'left') return;
    this.#state = 'ended';
    this.#desk.draw();
  }
}
