import type { Language } from '../../browser/messages.ts';
import { createRefundClient, type RefundClient } from '../../browser/refund-client.ts';
import { BadDay } from './bad-day.ts';
import { tokenFor } from './demo.ts';
import { byId } from './elements.ts';
import { OrderCard } from './order.ts';
import { CUSTOMER, nextBatch, placeOrders } from './orders.ts';
import { isWord, word } from './words.ts';

const LANGUAGE = 'demo-language';
const WHO = 'demo-who';
/** How often the page looks whether something has changed behind its back. */
const LOOK_MS = 1_500;

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

function isStaff(): boolean {
  return localStorage.getItem(WHO) === 'staff';
}

function clientFor(language: Language): RefundClient {
  const subject = isStaff() ? { sub: 'demo-staff', groups: ['refund-staff'] } : { sub: CUSTOMER };
  const token = tokenFor(subject);
  return createRefundClient({ getToken: async () => token, language });
}

function choose(language: Language): void {
  const toggle = byId('language');
  toggle.textContent = language === 'ko' ? 'English' : '한국어';
  toggle.lang = language === 'ko' ? 'en' : 'ko';
  toggle.addEventListener('click', () => {
    localStorage.setItem(LANGUAGE, language === 'ko' ? 'en' : 'ko');
    location.reload();
  });
  const who = byId('who', HTMLSelectElement);
  who.value = isStaff() ? 'staff' : 'customer';
  who.addEventListener('change', () => {
    localStorage.setItem(WHO, who.value);
    location.reload();
  });
  byId('new-orders').addEventListener('click', () => {
    nextBatch();
    location.reload();
  });
}

/** Staff may refund any order: the ones of this page, and every other by its number. */
function searchFor(client: RefundClient, language: Language, cards: OrderCard[]): void {
  const form = byId('find', HTMLFormElement);
  const said = byId('find-said');
  form.hidden = !isStaff();
  const find = async (): Promise<void> => {
    const payment = await client.payment(byId('find-order', HTMLInputElement).value.trim());
    said.textContent = payment === undefined ? word('notThere', language) : '';
    if (payment === undefined) return;
    const card = new OrderCard(payment, client, language);
    cards.push(card);
    byId('orders').prepend(card.root);
    await card.start();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void find();
  });
}

async function main(): Promise<void> {
  const language = languageNow();
  speak(language);
  choose(language);
  const client = clientFor(language);
  const cards: OrderCard[] = [];
  const look = (): void => {
    for (const card of cards) void card.show();
  };
  const badDay = new BadDay(language, look);
  searchFor(client, language, cards);
  await badDay.show();
  cards.push(...(await placeOrders()).map((order) => new OrderCard(order, client, language)));
  byId('orders').append(...cards.map(({ root }) => root));
  setInterval(() => {
    void badDay.show();
    for (const card of cards) if (card.root.dataset['doubt'] === 'true') void card.show();
  }, LOOK_MS);
  await Promise.all(cards.map(async (card) => card.start()));
}

void main();
