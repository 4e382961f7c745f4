import { DemoTools } from './demo-tools.ts';
import { byId, element } from './elements.ts';
import { chooseLanguage, isWord, language, say } from './language.ts';
import { OrderList } from './order-list.ts';
import { OrderPage } from './order-page.ts';
import { ReconciliationPage } from './reconciliation-page.ts';
import { routeOf, type Route } from './route.ts';
import { isStaff, PEOPLE, person, signIn } from './session.ts';

interface Page {
  readonly root: HTMLElement;
  readonly start: () => Promise<void>;
}

function pageOf(route: Route): Page {
  switch (route.page) {
    case 'order':
      return new OrderPage(route.order, route.impUid);
    case 'reconciliation':
      return new ReconciliationPage();
    case 'orders':
    default:
      return new OrderList();
  }
}

/** Texts of the page's own frame, which stands in the document already. */
function speak(route: Route): void {
  document.documentElement.lang = language;
  const title = route.page === 'order' ? route.order : say(route.page);
  document.title = `${title} · ${say('shopName')}`;
  for (const node of document.querySelectorAll('[data-text]')) {
    const name = node.getAttribute('data-text') ?? '';
    if (isWord(name)) node.textContent = say(name);
  }
  byId('main-nav').setAttribute('aria-label', say('orders'));
}

function frame(route: Route): void {
  const toggle = byId('language');
  toggle.textContent = say('otherLanguage');
  toggle.lang = language === 'ko' ? 'en' : 'ko';
  toggle.addEventListener('click', () => chooseLanguage(language === 'ko' ? 'en' : 'ko'));
  const who = byId('who', HTMLSelectElement);
  const people = ['customer', 'staff1', 'staff2'] as const satisfies readonly (keyof typeof PEOPLE)[];
  who.append(...people.map((name) => element('option', { value: name }, say(`who_${name}`))));
  who.value = person;
  who.addEventListener('change', () => signIn(who.value));
  byId('nav-reconciliation').hidden = !isStaff;
  const here = byId(route.page === 'reconciliation' ? 'nav-reconciliation' : 'nav-orders');
  here.setAttribute('aria-current', route.page === 'order' ? 'true' : 'page');
}

async function main(): Promise<void> {
  const route = routeOf(location);
  speak(route);
  frame(route);
  const page = pageOf(route);
  byId('view').replaceChildren(page.root);
  await Promise.all([page.start(), new DemoTools().start()]);
}

void main();
