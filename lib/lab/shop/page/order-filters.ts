import type { ShopOrder } from './doors.ts';
import { element } from './elements.ts';
import { choice, textInput } from './field.ts';
import { say } from './language.ts';
import { paidAt } from './order-row.ts';
import { stateOfOrder } from './states.ts';
import { productName } from './wares.ts';

const STATES = ['all', 'paid', 'doubt', 'part', 'all_back'] as const;
const PERIODS = ['all', '7', '30', '90'] as const;
const DAY_SECONDS = 86_400;

/** What is to be seen of the list. It stands in the address too: a reload and "back" find it again. */
export class OrderFilters {
  readonly root: HTMLElement;
  readonly #search = textInput({
    type: 'search',
    id: 'search',
    'aria-label': say('search'),
    placeholder: say('search'),
  });
  readonly #state = choice(STATES.map((name) => [name, say(`filter_${name}`)] as const));
  readonly #period = choice(PERIODS.map((name) => [name, say(`period_${name}`)] as const));
  readonly #count = element('p', { class: 'count', role: 'status' });

  constructor(changed: () => void) {
    this.#state.setAttribute('aria-label', say('filter'));
    this.#period.setAttribute('aria-label', say('period'));
    const asked = new URLSearchParams(location.search);
    this.#search.value = asked.get('q') ?? '';
    this.#state.value = STATES.find((name) => name === asked.get('status')) ?? 'all';
    this.#period.value = PERIODS.find((name) => name === asked.get('days')) ?? 'all';
    const controls = [this.#search, this.#state, this.#period];
    this.root = element('form', { class: 'filters', role: 'search' }, ...controls, this.#count);
    this.root.addEventListener('submit', (event) => event.preventDefault());
    for (const control of controls) {
      control.addEventListener('input', () => {
        this.#keepAddress();
        changed();
      });
    }
  }

  /** Undefined: there is nothing to count. */
  count(shown: number | undefined): void {
    this.#count.textContent = shown === undefined ? '' : say('count', { n: shown });
  }

  takes(order: ShopOrder): boolean {
    const text = this.#search.value.normalize('NFKC').trim().toLowerCase();
    const name = productName(order.merchant_uid, order.payments[0]);
    const said = [name, order.merchant_uid, ...order.payments.map(({ imp_uid: impUid }) => impUid)];
    const days = Number(this.#period.value);
    const isYoung = !(days > 0) || paidAt(order) > Date.now() / 1_000 - days * DAY_SECONDS;
    const isState = this.#state.value === 'all' || this.#state.value === stateOfOrder(order);
    return isYoung && isState && said.some((each) => each.toLowerCase().includes(text));
  }

  clear(): void {
    this.#search.value = '';
    this.#state.value = 'all';
    this.#period.value = 'all';
    this.#keepAddress();
    this.#search.focus();
  }

  #keepAddress(): void {
    const chosen = [
      { name: 'q', value: this.#search.value, none: '' },
      { name: 'status', value: this.#state.value, none: 'all' },
      { name: 'days', value: this.#period.value, none: 'all' },
    ].flatMap(({ name, value, none }) => (value === none ? [] : [[name, value]]));
    const query = new URLSearchParams(chosen).toString();
    history.replaceState(null, '', query === '' ? '/' : `/?${query}`);
  }
}
