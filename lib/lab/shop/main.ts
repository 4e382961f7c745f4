import { html, render } from 'lit-html';
import { showDemoTools } from './demo-tools.ts';
import { showOrders } from './order-list.ts';
import { OrderPage } from './order-page.ts';
import { language, switchLanguage } from '../../desk/text.ts';
import { say } from './words.ts';

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
