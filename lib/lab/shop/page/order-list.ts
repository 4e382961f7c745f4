import { shopOrders, type ShopOrder } from './doors.ts';
import { button, element, emptyState, loading, table, whileWaiting } from './elements.ts';
import { say } from './language.ts';
import { OrderFilters } from './order-filters.ts';
import { ORDER_HEADS, orderRow, paidAt } from './order-row.ts';
import { isStaff, look, sub } from './session.ts';
import { ordersWithDemo, placeNextBatch } from './wares.ts';

/** How often the list looks whether something has changed behind its back. */
const LOOK_MS = 3_000;
/** Refunds in doubt that are asked about at a time. */
const MAX_LOOKS = 10;

/** The orders of whoever is signed in: a table on a desk, a list on a phone. */
export class OrderList {
  readonly root = element('div', { class: 'list' });
  readonly #filters = new OrderFilters(() => this.#draw());
  readonly #place = button('plain', say('newOrders'), () => void this.#placeNew());
  readonly #body = element('div', {}, loading(6));
  readonly #drifting = new Set<string>();
  #orders: readonly ShopOrder[] | undefined;
  #shown = '';

  constructor() {
    const title = element('h1', {}, say(isStaff ? 'allOrders' : 'orders'));
    this.#place.hidden = true;
    this.root.append(
      element('div', { class: 'page-head' }, title, this.#place),
      this.#filters.root,
      this.#body,
    );
  }

  async start(): Promise<void> {
    await this.#load();
    await this.#lookAtDoubt();
    setInterval(() => void this.#refresh(), LOOK_MS);
  }

  async #load(): Promise<void> {
    this.#orders = await ordersWithDemo();
    this.#draw();
  }

  async #refresh(): Promise<void> {
    if (document.hidden || this.#open().length === 0) return;
    await this.#lookAtDoubt();
    const now = await shopOrders();
    if (now === undefined) return;
    this.#orders = now;
    this.#draw();
  }

  /** Only the service knows what is drift; reading a refund that is due resolves it as well. */
  async #lookAtDoubt(): Promise<void> {
    for (const { order, impUid } of this.#open().slice(0, MAX_LOOKS)) {
      const seen = await look(order, impUid);
      const refunds = seen.kind === 'found' ? (seen.payment.refunds ?? []) : [];
      if (refunds.some(({ in_doubt: doubt }) => doubt?.drift === true)) this.#drifting.add(order);
      else this.#drifting.delete(order);
    }
    this.#draw();
  }

  #open(): readonly { readonly order: string; readonly impUid: string }[] {
    return this.#mine().flatMap(({ merchant_uid: order, payments }) =>
      payments.filter(({ in_doubt }) => in_doubt).map(({ imp_uid: impUid }) => ({ order, impUid })),
    );
  }

  #mine(): readonly ShopOrder[] {
    return (this.#orders ?? [])
      .filter(({ customer_id: customer, payments }) => payments.length > 0 && (isStaff || customer === sub))
      .toSorted((a, b) => paidAt(b) - paidAt(a));
  }

  #draw(): void {
    const mine = this.#orders === undefined ? undefined : this.#mine();
    const shown = mine?.filter((order) => this.#filters.takes(order));
    // Drawn only when something has changed: whoever is on a row stays there.
    const now = JSON.stringify([shown, mine?.length, [...this.#drifting]]);
    if (now === this.#shown) return;
    this.#shown = now;
    this.#filters.count(shown?.length);
    this.#place.hidden = mine === undefined;
    this.#body.replaceChildren(this.#bodyOf(mine, shown));
  }

  #bodyOf(mine: readonly ShopOrder[] | undefined, shown: readonly ShopOrder[] = []): HTMLElement {
    if (mine === undefined) {
      const again = button('primary', say('retry'), () => void whileWaiting(again, async () => this.#load()));
      return emptyState('loadFailed', 'loadFailedHint', again);
    }
    if (mine.length === 0) return emptyState('noOrders', 'noOrdersHint');
    if (shown.length === 0) {
      const clear = button('plain', say('clearFilters'), () => {
        this.#filters.clear();
        this.#draw();
      });
      return emptyState('noMatch', 'noMatchHint', clear);
    }
    const rows = shown.map((order) => orderRow(order, isStaff && this.#drifting.has(order.merchant_uid)));
    return table(say('orders'), ORDER_HEADS, rows);
  }

  async #placeNew(): Promise<void> {
    await whileWaiting(this.#place, async () => {
      await placeNextBatch();
      await this.#load();
    });
  }
}
