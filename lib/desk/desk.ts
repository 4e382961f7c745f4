import { html, nothing, render, type TemplateResult } from 'lit-html';
import { keyed } from 'lit-html/directives/keyed.js';
import { escaped } from '../../functions/http/csv.ts';
import { createRefundClient } from '../client/refund-client.ts';
import { Api } from './api.ts';
import { submitted } from './fields.ts';
import { ListView, OpenView, SearchView } from './list-view.ts';
import { OrderView } from './order-view.ts';
import { address, button, readAddress, type Desk, type View } from './parts.ts';
import { ReportsView } from './reports-view.ts';
import { readSettings, Session } from './session.ts';
import { foreign, language, switchLanguage } from './text.ts';
import { say } from './words.ts';

const PAGES = [
  ['refunds', 'navRefunds'],
  ['open', 'navOpen'],
  ['reconciliation', 'navReports'],
] as const;

/** The frame of all pages: the signed-in person, the navigation, and problems. */
class App {
  readonly #session: Session;
  readonly #desk: Desk;
  #view: View | undefined;
  /** Each page has its own form fields, so that input for one order never appears in the form of another. */
  #place = '';
  #isExpired = false;

  constructor(settings: Awaited<ReturnType<typeof readSettings>>) {
    const session = new Session(settings, () => {
      this.#isExpired = true;
      this.#draw();
    });
    this.#session = session;
    const options = {
      baseUrl: settings.api,
      getToken: async (ask: { readonly renew: boolean }) => session.token(ask),
      language,
    };
    this.#desk = {
      api: new Api(options),
      // Kept requests end with the tab.
      client: createRefundClient({ ...options, storage: sessionStorage }),
      session,
      draw: () => this.#draw(),
    };
  }

  async start(): Promise<void> {
    const failed = await this.#session.comeBack().then(
      () => '',
      () => say('signInFailed'),
    );
    if (this.#session.name === undefined) return this.#drawSignIn(failed);
    addEventListener('hashchange', () => this.#go());
    for (const event of ['online', 'offline']) addEventListener(event, () => this.#draw());
    this.#go();
  }

  #go(): void {
    const { path, query } = readAddress(location.hash);
    // An order page is identified by order and payment; other parameters change only what it shows.
    const place = [path[0] || 'refunds', ...path.slice(1), query.get('imp_uid') ?? ''].join('/');
    const isElsewhere = place !== this.#place && this.#place !== '';
    this.#place = place;
    this.#view?.leave();
    this.#view = viewFor(this.#desk, path, query);
    this.#draw();
    // The heading gets the focus only on another page; changing only a list’s filter keeps the focus.
    if (isElsewhere) document.querySelector('h1')?.focus();
  }

  #draw(): void {
    const view = this.#view;
    const title = view?.title() ?? say('unknownPage');
    document.title = `${escaped(title)} · ${say('desk')}`;
    this.#frame(
      html`<h1 tabindex="-1">${foreign(title)}</h1>
        ${keyed(this.#place, view?.view() ?? html`<a href=${address(['refunds'])}>${say('toList')}</a>`)}`,
    );
  }

  #drawSignIn(failed: string): void {
    document.title = say('desk');
    const signIn = async (): Promise<void> =>
      this.#session.signIn().catch(() => this.#drawSignIn(say('signInFailed')));
    this.#frame(
      html`<section class="card sign-in">
        <h1 tabindex="-1">${say('desk')}</h1>
        <p>${say('signInHint')}</p>
        ${failed === '' ? nothing : html`<p role="alert" class="notice bad">${failed}</p>`}
        ${button(say('signIn'), signIn, 'strong')}
      </section>`,
    );
  }

  #frame(content: TemplateResult): void {
    const { name } = this.#session;
    const isIn = name !== undefined || this.#isExpired;
    render(
      html`<a class="skip" href="#view" @click=${skip}>${say('skip')}</a>
        <header>
          <strong><a href=${address(['refunds'])}>${say('desk')}</a></strong>
          ${isIn ? navigation() : nothing}
          <div class="who">
            ${name === undefined ? nothing : html`<bdi>${name}</bdi> ${button(say('signOut'), async () => this.#session.signOut())}`}
            <button
              type="button"
              class="quiet"
              lang=${language === 'ko' ? 'en' : 'ko'}
              @click=${switchLanguage}
            >
              ${say('otherLanguage')}
            </button>
          </div>
        </header>
        <main id="view" tabindex="-1">${this.#notices()} ${content}</main>`,
      document.body,
    );
  }

  #notices(): TemplateResult {
    return html`<div role="alert">
      ${
        this.#isExpired
          ? html`<div class="notice bad">
              <p>${say('expired')}</p>
              ${button(say('signIn'), async () => this.#session.signIn(), 'strong')}
            </div>`
          : nothing
      }
      ${navigator.onLine ? nothing : html`<p class="notice">${say('offline')}</p>`}
    </div>`;
  }
}

function viewFor(
  desk: Desk,
  [page = '', order = '']: readonly string[],
  query: URLSearchParams,
): View | undefined {
  switch (page) {
    case '':
    case 'refunds':
      return new ListView(desk, query);
    case 'open':
      return new OpenView(desk, query);
    case 'search':
      return new SearchView(desk, query.get('q') ?? '');
    case 'orders':
      return new OrderView(desk, order, query);
    case 'reconciliation':
      return new ReportsView(desk);
    default:
      return undefined;
  }
}

/** Moves the focus to the content without changing the address. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('view')?.focus();
}

const search = submitted((textOf) => {
  const q = textOf('q');
  if (q !== '') location.hash = address(['search'], { q });
});

function navigation(): TemplateResult {
  const { path, query } = readAddress(location.hash);
  const [page] = path;
  return html`<nav aria-label=${say('menu')}>
      ${PAGES.map(([name, word]) => html`<a href=${address([name])} aria-current=${name === (page || 'refunds') ? 'page' : nothing}>${say(word)}</a>`)}
    </nav>
    <form role="search" @submit=${search}>
      <input
        type="search"
        name="q"
        maxlength="255"
        autocomplete="off"
        aria-label="${say('search')}: ${say('searchHint')}"
        placeholder=${say('searchHint')}
        .defaultValue=${page === 'search' ? (query.get('q') ?? '') : ''}
      />
      <button type="submit">${say('search')}</button>
    </form>`;
}

document.documentElement.lang = language;
try {
  await new App(await readSettings()).start();
} catch (error) {
  console.error(error);
  render(
    html`<main>
      <h1>${say('desk')}</h1>
      <p role="alert" class="notice bad">${say('noSettings')}</p>
    </main>`,
    document.body,
  );
}
