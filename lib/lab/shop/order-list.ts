import { html, nothing, render, type TemplateResult } from 'lit-html';
import type { PaymentSummary } from '../../client/refund-client.ts';
import { placeMissing, productName } from './demo-orders.ts';
import { CUSTOMER, local } from './session.ts';
import { stateOf } from '../../desk/refund-form.ts';
import { dateText, language, money } from '../../desk/text.ts';
import { nameOf, say } from './words.ts';

/** As `GET /_local/orders` lists them; a real shop reads its own database. */
interface ShopOrder {
  readonly merchant_uid: string;
  readonly customer_id: string | null;
  readonly name: string | null;
  readonly payments: readonly (PaymentSummary & {
    readonly pay_method: string | null;
    readonly paid_at: number;
    readonly in_doubt: boolean;
  })[];
}

export async function shopOrders(): Promise<readonly ShopOrder[] | undefined> {
  const said = await local('GET', 'orders');
  return said?.['orders'] as readonly ShopOrder[] | undefined;
}

export function orderAddress(order: string, impUid?: string): string {
  const query = impUid === undefined ? '' : `?imp_uid=${encodeURIComponent(impUid)}`;
  return `/orders/${encodeURIComponent(order)}${query}`;
}

/** The customer's orders, newest first; the first visit makes the demo orders. */
export async function showOrders(root: HTMLElement): Promise<void> {
  const show = (content: TemplateResult): void =>
    void render(
      html`<h1>${say('orders')}</h1>
        ${content}`,
      root,
    );
  show(html`<p aria-busy="true">${say('loading')}</p>`);
  let orders = await shopOrders();
  if (orders !== undefined && (await placeMissing(new Set(orders.map(({ merchant_uid }) => merchant_uid)))))
    orders = await shopOrders();
  if (orders === undefined) {
    show(
      html`<p role="alert">${say('loadFailed')}</p>
        <button type="button" @click=${() => location.reload()}>${say('retry')}</button>`,
    );
    return;
  }
  show(list(orders));
}

function list(orders: readonly ShopOrder[]): TemplateResult {
  const paidAt = ({ payments }: ShopOrder): number => Math.max(...payments.map(({ paid_at }) => paid_at));
  const own = orders
    .filter(({ customer_id: customer, payments }) => customer === CUSTOMER && payments.length > 0)
    .toSorted((a, b) => paidAt(b) - paidAt(a));
  if (own.length === 0) return html`<p>${say('noOrders')}</p>`;
  return html`<ul class="orders">
    ${own.map((order) => row(order, paidAt(order)))}
  </ul>`;
}

function row({ merchant_uid: number, name, payments }: ShopOrder, paidAt: number): TemplateResult {
  const [payment] = payments;
  if (payment === undefined) return html`${nothing}`;
  const isSeveral = payments.filter(({ cancelable_amount: left }) => left > 0).length > 1;
  const isInDoubt = payments.some(({ in_doubt }) => in_doubt);
  const state = isSeveral ? 'several' : stateOf(payment, isInDoubt);
  return html`<li>
    <a href=${orderAddress(number, payments.length === 1 ? payment.imp_uid : undefined)}
      >${productName(name, number, language)}</a
    >
    <small>${dateText(paidAt, 'day')} · ${nameOf('method', payment.pay_method)}</small>
    <span>${money(payment.amount, payment.currency)}</span>
    <mark data-state=${state}>${nameOf('state', state)}</mark>
  </li>`;
}
