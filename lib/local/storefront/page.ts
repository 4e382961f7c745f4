import type { Language } from '../../browser/messages.ts';
import { createRefundClient } from '../../browser/refund-client.ts';
import { FAULTS, scriptFault, seedOrders, tokenFor } from './demo.ts';
import { byId, element } from './elements.ts';
import { OrderCard } from './order.ts';
import { isWord, word } from './words.ts';

const LANGUAGE = 'demo-language';
const WHO = 'demo-who';

function languageNow(): Language {
  return localStorage.getItem(LANGUAGE) === 'en' ? 'en' : 'ko';
}

function speak(language: Language): void {
  document.documentElement.lang = language;
  document.title = word('title', language);
  for (const node of document.querySelectorAll('[data-text]')) {
    const name = node.getAttribute('data-text') ?? '';
    if (isWord(name)) node.textContent = word(name, language);
  }
}

function faultButtons(language: Language): void {
  const status = byId('fault-status');
  byId('faults').replaceChildren(
    ...FAULTS.map((fault) => {
      const button = element('button', { type: 'button', 'data-fault': fault }, word(fault, language));
      button.addEventListener('click', () => {
        void announce(fault, status, language);
      });
      return button;
    }),
  );
}

async function announce(
  fault: (typeof FAULTS)[number],
  status: HTMLElement,
  language: Language,
): Promise<void> {
  const done = await scriptFault(fault);
  status.textContent = done ? `${word('next', language)}${word(fault, language)}` : '';
}

async function showOrders(language: Language): Promise<void> {
  const who = localStorage.getItem(WHO) ?? 'customer';
  const token = tokenFor(who);
  const client = createRefundClient({ getToken: async () => token, language });
  const orders = await seedOrders();
  const cards = orders.map((order) => new OrderCard(order, client, language));
  byId('orders').replaceChildren(...cards.map(({ root }) => root));
  await Promise.all(cards.map(async (card) => card.start()));
}

const language = languageNow();
speak(language);
faultButtons(language);
const toggle = byId('language');
toggle.textContent = language === 'ko' ? 'English' : '한국어';
toggle.lang = language === 'ko' ? 'en' : 'ko';
toggle.addEventListener('click', () => {
  localStorage.setItem(LANGUAGE, language === 'ko' ? 'en' : 'ko');
  location.reload();
});
const who = byId('who');
if (who instanceof HTMLSelectElement) {
  who.value = localStorage.getItem(WHO) ?? 'customer';
  who.addEventListener('change', () => {
    localStorage.setItem(WHO, who.value);
    location.reload();
  });
}
void showOrders(language);
