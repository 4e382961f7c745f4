import { html, nothing, type TemplateResult } from 'lit-html';
import type { Answer, Failure, ListedRefund, ListPage } from './api.ts';
import { submitted } from './fields.ts';
import { Page } from './page.ts';
import { address, button, mark, refundTable, type Desk, type Query } from './parts.ts';
import { daysOf, PERIODS, Totals } from './period.ts';
import { failureNotice } from './problems.ts';
import { money } from './text.ts';
import { nameOf, say } from './words.ts';

const STATUSES = ['all', 'cancelled', 'unknown', 'rejected', 'not_executed'] as const;
/** The number of pages that are added up automatically, a hundred rows each. */
const PAGES_ADDED_UP = 10;
const LOOK_AGAIN_MS = 10_000;

function table(rows: readonly ListedRefund[]): TemplateResult | typeof nothing {
  return rows.length === 0 ? nothing : refundTable(rows);
}

/** The refunds in doubt, those that need people first. */
export class OpenView extends Page<ListPage> {
  readonly #query: Query;

  constructor(desk: Desk, query: URLSearchParams) {
    super(desk, LOOK_AGAIN_MS);
    this.#query = { status: 'open', ...Object.fromEntries(query) };
    void this.read();
  }

  title(): string {
    return say('openTitle');
  }

  protected async ask(): Promise<Answer<ListPage>> {
    return this.desk.api.refunds(this.#query);
  }

  protected override head(): TemplateResult {
    return html`<p>${say('openHint')}</p>`;
  }

  protected content({ refunds, next }: ListPage): TemplateResult {
    const rows = refunds.toSorted((a, b) => Number(b.drift ?? false) - Number(a.drift ?? false));
    const told =
      rows.length === 0
        ? say(next === null ? 'nothingOpen' : 'emptyPage')
        : say('listed', { n: rows.length });
    return html`<p role="status">${told}</p>
      ${table(rows)} ${pagesView('cursor' in this.#query, next, (cursor) => address(['open'], cursor))}`;
  }
}

function pagesView(isLater: boolean, next: string | null, link: (cursor: Query) => string): TemplateResult {
  return html`<nav class="pages" aria-label=${say('nextPage')}>
    ${isLater ? html`<a href=${link({})}>${say('firstPage')}</a>` : nothing}
    ${next === null ? nothing : html`<a href=${link({ cursor: next })}>${say('nextPage')}</a>`}
  </nav>`;
}

/** The refunds of a period, with totals. */
export class ListView extends Page<ListPage> {
  readonly #query: URLSearchParams;
  readonly #asked: Query;
  #sumsFailure: Failure | undefined;
  readonly #totals = new Totals();
  #isAdding = false;
  /** The cursor of the next page to add up; null: all are added up. */
  #more: string | null | undefined;
  #exported = '';

  constructor(desk: Desk, query: URLSearchParams) {
    super(desk);
    this.#query = query;
    const { from = '', to = '', status = 'all' } = Object.fromEntries(query);
    const days = daysOf(this.#period(), { from, to, nowMs: Date.now() });
    this.#asked = { ...days, ...(status === 'all' ? {} : { status }) };
    void this.read();
    void this.#addUp(PAGES_ADDED_UP);
  }

  title(): string {
    return say('refunds');
  }

  protected async ask(): Promise<Answer<ListPage>> {
    const cursor = this.#query.get('cursor');
    return this.desk.api.refunds({ ...this.#asked, ...(cursor === null ? {} : { cursor }) });
  }

  protected override head(): TemplateResult {
    return html`${this.#filters()} ${this.#totalsView()}
    ${this.failure === undefined ? failureNotice(this.#sumsFailure) : nothing}`;
  }

  protected content({ refunds, next }: ListPage): TemplateResult {
    const told =
      refunds.length === 0
        ? say(next === null ? 'noRefundsHere' : 'emptyPage')
        : say('listed', { n: refunds.length });
    return html`<p role="status">${told}</p>
      ${table(refunds)} ${pagesView(this.#query.has('cursor'), next, (cursor) => this.#link(cursor))}
      <div class="buttons">
        ${button(say('csv'), async () => this.#export())} <span role="status">${this.#exported}</span>
      </div>`;
  }

  #period(): string {
    return this.#query.get('period') ?? 'week';
  }

  /** Adds up the next pages of the period. After a failure the totals say how far they go, and the button goes on. */
  async #addUp(pages: number): Promise<void> {
    this.#isAdding = true;
    for (let page = 0; page < pages && this.#more !== null && !this.left.signal.aborted; page += 1) {
      const answer = await this.desk.api.longPage(this.#asked, this.#more);
      this.#sumsFailure = 'failure' in answer ? answer.failure : undefined;
      if ('failure' in answer) break;
      this.#totals.add(answer.body.refunds);
      this.#more = answer.body.next;
      this.#draw();
    }
    this.#isAdding = false;
    this.#draw();
  }

  #draw(): void {
    if (!this.left.signal.aborted) this.desk.draw();
  }

  #link(change: Query): string {
    const now = Object.fromEntries([...this.#query].filter(([name]) => name !== 'cursor'));
    return address(['refunds'], { ...now, ...change });
  }

  #filters(): TemplateResult {
    const { from = '', to = '' } = this.#asked;
    const chosen = this.#period();
    const status = this.#query.get('status') ?? 'all';
    const range = submitted((textOf) => {
      location.hash = this.#link({ period: 'range', from: textOf('from'), to: textOf('to') });
    });
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

  /** Joins the pages of the service's CSV; an incomplete file is not saved. */
  async #export(): Promise<void> {
    const pages: Blob[] = [];
    for await (const page of this.desk.api.csv(this.#asked)) {
      if (this.left.signal.aborted) return;
      if ('failure' in page) return this.#tell(say('csvFailed'));
      pages.push(page.body.file);
      this.#tell(say('csvRunning', { n: pages.length }));
    }
    save(new Blob(pages, { type: 'text/csv' }), `refunds-${Object.values(this.#asked).join('_')}.csv`);
    this.#tell(say('csvDone', { n: pages.length }));
  }

  #tell(exported: string): void {
    this.#exported = exported;
    this.#draw();
  }
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

interface Found {
  readonly rows: readonly ListedRefund[];
  readonly orders: readonly { readonly order: string; readonly impUid: string; readonly sum: string }[];
}

/** Searches an order or payment by this number, and refunds by order, payment, id and reference. */
export class SearchView extends Page<Found> {
  readonly #number: string;

  constructor(desk: Desk, number: string) {
    super(desk);
    this.#number = number.trim();
    void this.read();
  }

  title(): string {
    return say('searchTitle', { q: this.#number });
  }

  protected content({ rows, orders }: Found): TemplateResult {
    const isNothing = rows.length + orders.length === 0;
    return html`${isNothing ? html`<p role="status">${say('searchNothing')}</p>` : nothing}
      <ul class="found">
        ${orders.map(
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
      ${table(rows)}`;
  }

  protected async ask(): Promise<Answer<Found>> {
    const { api } = this.desk;
    const number = this.#number;
    const byImpUid = number.startsWith('imp') ? [api.payment('-', number)] : [];
    const fields = ['merchant_uid', 'imp_uid', 'reference', 'refund_id'];
    const [found, listed] = await Promise.all([
      Promise.all([api.payment(number, undefined), ...byImpUid]),
      Promise.all(fields.map(async (name) => api.refunds({ [name]: number }))),
    ]);
    // A number that cannot be, say, an imp_uid is refused, and is none.
    const failed = [...listed, ...found]
      .filter((each) => 'failure' in each)
      .find(({ failure: { code } }) => code !== 'PAYMENT_NOT_FOUND' && code !== 'INVALID_REQUEST');
    if (failed !== undefined) return failed;
    const rows = listed.flatMap((each) => ('body' in each ? each.body.refunds : []));
    const orders = found.flatMap((each, at) => {
      if (!('body' in each)) return [];
      const { merchant_uid: order, imp_uid: impUid, amount, currency } = each.body;
      return [{ order, impUid: at === 0 ? '' : impUid, sum: money(amount, currency) }];
    });
    return {
      status: 200,
      body: { rows: [...new Map(rows.map((row) => [row.refund_id, row])).values()], orders },
    };
  }
}
