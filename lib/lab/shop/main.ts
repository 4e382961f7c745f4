import { html, nothing, render } from 'lit-html';
import { startNextBatch } from './demo-orders.ts';
import { showOrders } from './order-list.ts';
import { OrderPage } from './order-page.ts';
import { language, switchLanguage } from '../../desk/text.ts';
import { local } from './session.ts';
import { nameOf, say } from './words.ts';

/** Each order has its own address, so that a reload, a bookmark and "back" work. */
function orderIn(pathname: string): string | undefined {
  const [, first, order = ''] = pathname.split('/');
  if (first !== 'orders' || order === '') return undefined;
  try {
    return decodeURIComponent(order);
  } catch {
    return order;
  }
}

/** Only faults that need no explanation; lib/lab/README.md has all. */
const FAULTS = ['answer_lost', 'request_lost', 'refused', 'http_502', 'asynchronous'] as const;
const LOOK_AGAIN_MS = 3_000;

/** Scripts faults of i'mport. The simulator keeps them, so a reload shows them again. */
async function showDemoTools(root: HTMLElement): Promise<void> {
  let said = '';
  const look = async (): Promise<void> => {
    const scripted = await local('GET', 'faults');
    const faults = (scripted?.['faults'] ?? []) as readonly { readonly fault: string }[];
    const names = faults.map(({ fault }) => nameOf('fault', fault)).join(', ');
    const waiting = names === '' ? say('nothingWaits') : say('waiting', { names });
    const press = async (work: () => Promise<unknown>): Promise<void> => {
      said = (await work()) === undefined ? say('toolFailed') : '';
      await look();
    };
    const button = (text: string, work: () => Promise<unknown>) =>
      html`<button type="button" class="quiet" @click=${() => void press(work)}>${text}</button>`;
    render(
      html`<p>${say('toolsHint')}</p>
        <div class="buttons">
          ${FAULTS.map((fault) =>
            button(nameOf('fault', fault), async () => local('POST', 'faults', { on: 'cancel', fault })),
          )}
        </div>
        <p role="status">${said === '' ? waiting : said}</p>
        <div class="buttons">
          ${names === '' ? nothing : button(say('clearFaults'), async () => local('DELETE', 'faults'))}
          ${button(say('resolveNow'), async () => local('POST', 'resolve'))}
          ${button(say('placeOrders'), async () => {
            startNextBatch();
            location.assign('/');
            return {};
          })}
        </div>`,
      root,
    );
  };
  await look();
  setInterval(() => {
    if (!document.hidden) void look();
  }, LOOK_AGAIN_MS);
}

document.documentElement.lang = language;
document.title = `${say('orders')} · ${say('shopName')}`;
render(
  html`<a class="skip" href="#view">${say('skip')}</a>
    <header>
      <strong><a href="/">${say('shopName')}</a></strong>
      <span>${say('customer')}</span>
      <button type="button" class="quiet" lang=${language === 'ko' ? 'en' : 'ko'} @click=${switchLanguage}>
        ${say('otherLanguage')}
      </button>
    </header>
    <main id="view" tabindex="-1"></main>
    <footer>
      <details id="tools">
        <summary>${say('tools')}</summary>
        <div></div>
      </details>
      <a href="/docs">${say('apiPage')}</a>
    </footer>`,
  document.body,
);

const view = document.getElementById('view');
const tools = document.querySelector<HTMLElement>('#tools > div');
if (view === null || tools === null) throw new Error('Bug: the page has no view');
const order = orderIn(location.pathname);
const chosen = new URLSearchParams(location.search).get('imp_uid') ?? undefined;
void (order === undefined ? showOrders(view) : new OrderPage(view, order, chosen).start());
void showDemoTools(tools);
