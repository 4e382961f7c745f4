import { html, nothing, render, type TemplateResult } from 'lit-html';
import { assertNever } from '../../../functions/refund/assert-never.ts';
import { RULES } from '../../../functions/refund/pg/rules.ts';
import type { CancelRequest, Following, OpenRequest, Outcome, Payment } from '../../client/refund-client.ts';
import { productName } from './demo-orders.ts';
import { orderAddress, shopOrders } from './order-list.ts';
import { refundsView } from './refunds.ts';
import { client } from './session.ts';
import { textInput } from '../../desk/fields.ts';
import { focusOutcome, saidView } from '../../desk/outcome.ts';
import { button, fact, isConfirmed } from '../../desk/parts.ts';
import { warningText } from '../../desk/problems.ts';
import {
  type AddedInput,
  isInDoubt,
  RefundForm,
  stateOf,
  whyNoForm,
  type Wanted,
} from '../../desk/refund-form.ts';
import { dateText, language, linkOut, minus, money } from '../../desk/text.ts';
import { nameOf, say } from './words.ts';

/** How often a refund in doubt is read while the page is visible. */
const LOOK_AGAIN_MS = 2_000;

/** One payment of one order, at an address of its own. */
export class OrderPage {
  readonly #root: HTMLElement;
  readonly #order: string;
  /** The chosen payment of an order that was paid more than once. */
  readonly #chosen: string | undefined;
  readonly #form = new CustomerForm({
    say,
    changed: () => this.#draw(),
    submit: (wanted) => void this.#ask(wanted),
  });
  #name: string | null = null;
  #payment: Payment | undefined;
  #look: 'loading' | 'found' | 'not_found' | 'unreachable' = 'loading';
  #looks = 0;
  #isRunning = false;
  #said = '';
  #outcome: Outcome | undefined;
  #last: Wanted | undefined;

  constructor(root: HTMLElement, order: string, chosen: string | undefined) {
    this.#root = root;
    this.#order = order;
    this.#chosen = chosen;
  }

  /** Shows the order, and continues a request that a reload has interrupted. */
  async start(): Promise<void> {
    this.#draw();
    for (const event of ['online', 'offline'])
      addEventListener(event, () => {
        this.#draw();
        if (navigator.onLine) void this.#read();
      });
    setInterval(() => {
      if (!document.hidden && this.#payment !== undefined && isInDoubt(this.#payment)) void this.#read();
    }, LOOK_AGAIN_MS);
    this.#name = (await shopOrders())?.find(({ merchant_uid }) => merchant_uid === this.#order)?.name ?? null;
    await this.#read();
    if (this.#payment !== undefined) await this.#resume(false);
  }

  async #read(): Promise<void> {
    this.#looks += 1;
    const mine = this.#looks;
    const place = this.#chosen === undefined ? {} : { imp_uid: this.#chosen };
    const seen = await client.payment({ merchant_uid: this.#order, ...place });
    // The answer of a later read is newer.
    if (mine !== this.#looks) return;
    if (typeof seen === 'object') this.#payment = seen;
    this.#look = typeof seen === 'object' ? 'found' : seen;
    this.#draw();
  }

  async #ask(wanted: Wanted): Promise<void> {
    if (!(await this.#isConfirmed(wanted))) return;
    this.#last = wanted;
    await this.#run(async (following) => client.cancel(wanted.request, following));
  }

  async #confirm({ amount, request }: OpenRequest): Promise<void> {
    if (await this.#isConfirmed({ amount: amount ?? this.#left(), request }))
      await this.#run(async (following) => client.confirm(request, following));
  }

  /** Sends the same input again. After a reload the page has no account any more; the service asks for it. */
  async #askAgain(amount: number | null): Promise<void> {
    const imp_uid = this.#payment?.imp_uid;
    const request: CancelRequest = {
      merchant_uid: this.#order,
      ...(imp_uid === undefined ? {} : { imp_uid }),
      ...(amount === null ? {} : { cancel_request_amount: amount }),
      checksum: this.#left(),
    };
    await this.#ask(this.#last ?? { request, amount: amount ?? this.#left() });
  }

  /** @param isAsked a button was pressed; a page that was just loaded does not move the focus */
  async #resume(isAsked: boolean): Promise<void> {
    await this.#run(async (following) => client.resume(this.#order, following), isAsked);
  }

  async #run(work: (following: Following) => Promise<Outcome>, isAsked = true): Promise<void> {
    this.#isRunning = true;
    this.#outcome = undefined;
    this.#said = isAsked ? say('working') : '';
    this.#draw();
    const outcome = await work({
      onProgress: (message) => {
        this.#said = message;
        void this.#read();
      },
    });
    this.#isRunning = false;
    this.#outcome = outcome;
    this.#said = outcome.message;
    if (outcome.kind === 'refused') this.#form.mark(outcome.problem);
    if (outcome.kind === 'cancelled') this.#clear();
    await this.#read();
    if (isAsked) focusOutcome();
  }

  #clear(): void {
    this.#form.clear();
    this.#last = undefined;
    this.#root.querySelector('form')?.reset();
  }

  #left(): number {
    return this.#payment?.cancelable_amount ?? 0;
  }

  async #isConfirmed({ amount, destination }: Wanted): Promise<boolean> {
    const { currency = 'KRW' } = this.#payment ?? {};
    const about = html`<dl>
        ${fact(say('orderNumber'), this.#order)}
        ${fact(say('leftAfter'), money(minus(this.#left(), amount, currency), currency))}
        ${destination === undefined ? nothing : fact(say('toAccount'), destination)}
      </dl>
      <p>${say('confirmHint')}</p>`;
    const title = say('confirmTitle', { amount: money(amount, currency) });
    return isConfirmed({ title, about, yes: say('request'), no: say('goBack') });
  }

  #draw(): void {
    const title = productName(this.#name, this.#order, language);
    document.title = `${title} · ${say('shopName')}`;
    const isUnchosen = this.#chosen === undefined && (this.#payment?.payments ?? []).length > 1;
    const state = this.#payment && !isUnchosen && stateOf(this.#payment, isInDoubt(this.#payment));
    render(
      html`<p><a href="/">${say('toOrders')}</a></p>
        <h1>
          ${title}
          ${typeof state === 'string' ? html`<mark data-state=${state}>${nameOf('state', state)}</mark>` : nothing}
        </h1>
        ${this.#notice()} ${this.#payment === undefined ? nothing : this.#paymentView(this.#payment)}`,
      this.#root,
    );
  }

  #notice(): TemplateResult | typeof nothing {
    const retry = html`<button type="button" @click=${() => void this.#read()}>${say('retry')}</button>`;
    if (this.#look === 'loading') return html`<p aria-busy="true">${say('loading')}</p>`;
    if (this.#look === 'not_found') return html`<p role="alert">${say('notThere')}</p>`;
    if (!navigator.onLine) return html`<p role="alert" class="notice">${say('offline')}</p>`;
    if (this.#look === 'found') return nothing;
    return html`<p role="alert" class="notice">
        ${say(this.#payment === undefined ? 'loadFailed' : 'stale')}
      </p>
      ${retry}`;
  }

  #paymentView(payment: Payment): TemplateResult {
    const { currency, payments = [] } = payment;
    const choice = payments.length < 2 ? nothing : this.#choice(payment);
    if (choice !== nothing && this.#chosen === undefined) return html`${this.#saidView(payment)} ${choice}`;
    return html`${choice}
      <dl class="sums">
        ${fact(say('paid'), money(payment.amount, currency))}
        ${fact(say('refunded'), money(payment.cancel_amount, currency))}
        ${fact(say('left'), money(payment.cancelable_amount, currency))}
      </dl>
      <dl>
        ${fact(say('orderNumber'), payment.merchant_uid)}
        ${fact(say('payMethod'), nameOf('method', payment.pay_method))}
        ${payment.paid_at === 0 ? nothing : fact(say('paidAt'), dateText(payment.paid_at))}
      </dl>
      <p>${linkOut(payment.receipt_url, say('receipt'))}</p>
      ${this.#saidView(payment)} ${this.#requestView(payment)} ${refundsView(payment)}`;
  }

  /** Each payment of an order that was paid more than once is refunded separately. */
  #choice({ payments = [] }: Payment): TemplateResult {
    return html`<section>
      <p>${say('several', { n: payments.length })}</p>
      <ul class="orders">
        ${payments.map(
          ({ imp_uid: impUid, amount, cancelable_amount: left, currency }) =>
            html`<li>
              <a
                href=${orderAddress(this.#order, impUid)}
                aria-current=${impUid === this.#chosen ? 'true' : nothing}
                >${say('paymentId')} ${impUid}</a
              >
              <small>${say('left')} ${money(left, currency)}</small> <span>${money(amount, currency)}</span>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  #saidView({ currency, pay_method: method }: Payment): TemplateResult {
    const look = button(say('lookAgain'), async () => this.#resume(true), 'strong');
    const drop = (): void => {
      client.drop(this.#order);
      this.#said = '';
      this.#outcome = undefined;
      this.#draw();
    };
    const forget = html`${button(say('forget'), drop)}
      <p><small>${say('forgetHint')}</small></p>`;
    const again = (kept: OpenRequest): TemplateResult =>
      button(say('askAgain'), async () => this.#confirm(kept), 'strong');
    const more = (of: Outcome): TemplateResult | typeof nothing => this.#moreOf(of, currency);
    const shown = { said: this.#said, isRunning: this.#isRunning, outcome: this.#outcome };
    return saidView(shown, { say, look, forget, again, more, isCard: method === 'card', currency });
  }

  #moreOf(outcome: Outcome, currency: string): TemplateResult | typeof nothing {
    switch (outcome.kind) {
      case 'cancelled':
        return linkOut(outcome.receipt_url, say('refundReceipt'));
      case 'not_executed':
      case 'not_sent':
        return button(say('askAgain'), async () => this.#askAgain(outcome.amount), 'strong');
      case 'pending':
        return html`<p><small>${say('mayLeave')}</small></p>`;
      case 'busy': {
        const { amount: asked } = outcome;
        const amount = asked === null ? say('allThatWasLeft') : money(asked, currency);
        return html`<p>${say('notSentNow', { amount })}</p>`;
      }
      case 'refused':
      case 'needs_confirmation':
      case 'none':
        return nothing;
      default:
        return assertNever(outcome);
    }
  }

  #requestView(payment: Payment): TemplateResult {
    const why = whyNoForm(payment, say);
    const isOff = this.#isRunning || !navigator.onLine || this.#look !== 'found';
    return html`<section aria-labelledby="request">
      <h2 id="request">${say('refundTitle')}</h2>
      ${why === undefined ? this.#form.view(payment, isOff) : html`<p>${why}</p>`}
    </section>`;
  }
}

/** The refund form of the customer, who need not give a reason. */
class CustomerForm extends RefundForm {
  protected override additions(payment: Payment) {
    const { currency, amount, cancelable_amount: left, refundable } = payment;
    const { partial = true, until } = refundable ?? {};
    return {
      everything: say(left === amount ? 'everything' : 'rest', { amount: money(left, currency) }),
      notes: html`${partial ? nothing : html`<p><small>${say('onlyAll')}</small></p>`}
      ${until === undefined ? nothing : html`<p><small>${say('possibleUntil', { date: dateText(until) })}</small></p>`}
      ${warningsView(payment)}`,
      fields: html`${this.account(payment)} ${this.field('reason', say('reason'), textInput('text'))}`,
      submit: say('request'),
    };
  }

  protected override added(textOf: (name: string) => string): AddedInput {
    const reason = textOf('reason');
    return { faults: {}, request: reason === '' ? {} : { reason } };
  }
}

/** Warns that the PG may refuse; warnings that concern only the shop are left out. */
function warningsView({ refundable }: Payment): TemplateResult | typeof nothing {
  const mayFail: readonly string[] = RULES.mayFail.map(({ name }) => name);
  const names = (refundable?.warnings ?? []).filter((name) => mayFail.includes(name));
  if (names.length === 0) return nothing;
  return html`<ul class="notice">
    ${names.map((name) => html`<li>${warningText(name)}</li>`)}
  </ul>`;
}
