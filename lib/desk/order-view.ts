import { html, nothing, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Following, OpenRequest, Outcome } from '../client/refund-client.ts';
import type { Answer, Payment, Refund } from './api.ts';
import { ClosePanel } from './close-panel.ts';
import { focusOutcome, saidView } from './outcome.ts';
import { Page } from './page.ts';
import { address, button, fact, isConfirmed, mark, methodOf, orderAddress, type Desk } from './parts.ts';
import { outcomeText, problemDetails } from './problems.ts';
import { isInDoubt, stateOf, whyNoForm, type Wanted } from './refund-form.ts';
import { allowedView, StaffForm } from './staff-form.ts';
import { dateText, foreign, linkOut, minus, money } from './text.ts';
import { timeLineView } from './time-line.ts';
import { nameOf, say } from './words.ts';

/** How often an open page reads a refund in doubt again. */
const LOOK_AGAIN_MS = 4_000;

/** The page of one payment: the refund form, its refunds, and decisions by people. */
export class OrderView extends Page<Payment> {
  readonly #order: string;
  /** The chosen payment of an order that was paid more than once. */
  readonly #chosen: string | undefined;
  readonly #refund: string | undefined;
  readonly #form: StaffForm;
  readonly #panels = new Map<string, ClosePanel>();
  #older: readonly Refund[] = [];
  /** Cursor for older refunds; undefined: none were loaded. */
  #before: string | null | undefined;
  #isRunning = false;
  #said = '';
  #outcome: Outcome | undefined;

  constructor(desk: Desk, order: string, query: URLSearchParams) {
    super(desk, LOOK_AGAIN_MS);
    this.#order = order;
    this.#chosen = query.get('imp_uid') ?? undefined;
    this.#refund = query.get('refund') ?? undefined;
    this.#form = new StaffForm({ say, changed: desk.draw, submit: (wanted) => void this.#ask(wanted) });
    void this.#start();
  }

  title(): string {
    return say('orderTitle', { order: this.body?.merchant_uid ?? this.#order });
  }

  protected async ask(): Promise<Answer<Payment>> {
    return this.desk.api.payment(this.#order, this.#chosen);
  }

  protected override isOpen(): boolean {
    return this.body !== undefined && isInDoubt(this.body);
  }

  async #start(): Promise<void> {
    await this.read();
    if (this.body === undefined || this.#isUnchosen(this.body)) return;
    const { merchant_uid: order } = this.body;
    await this.#run(async (following) => this.desk.client.resume(order, following), false);
    if (this.#refund !== undefined) document.getElementById(this.#refund)?.scrollIntoView();
  }

  async #readOlder(before: string): Promise<void> {
    const seen = await this.desk.api.payment(this.#order, this.body?.imp_uid, before);
    if ('failure' in seen) this.failure = seen.failure;
    else {
      this.#older = [...(seen.body.refunds ?? []), ...this.#older];
      this.#before = seen.body.refunds_before ?? null;
    }
    this.desk.draw();
  }

  #isUnchosen({ payments = [] }: Payment): boolean {
    return this.#chosen === undefined && payments.length > 1;
  }

  // --- Requesting a refund, and its outcome ---

  async #ask(wanted: Wanted): Promise<void> {
    const payment = this.body;
    if (payment === undefined || !(await this.#isWanted(payment, wanted))) return;
    await this.#run(async (following) => this.desk.client.cancel(wanted.request, following));
  }

  /** The kept request completed with reason and account; the key is the same, so the service recognises an earlier arrival. */
  async #askAgain({ request, amount }: OpenRequest): Promise<void> {
    const payment = this.body;
    if (payment === undefined) return;
    const { cancelable_amount: checksum } = payment;
    const wanted = {
      request: { ...request, checksum, reason: say('reasonAgain') },
      amount: amount ?? checksum,
    };
    if (!(await this.#isWanted(payment, wanted))) return;
    await this.#run(async (following) => this.desk.client.confirm(wanted.request, following));
  }

  async #isWanted(payment: Payment, { request, amount, destination }: Wanted): Promise<boolean> {
    const { currency, cancelable_amount: left } = payment;
    const sum = money(amount, currency);
    const about = html`<dl>
        ${fact(say('order'), foreign(payment.merchant_uid))} ${fact(say('impUid'), foreign(payment.imp_uid))}
        ${fact(say('method'), methodOf(payment))} ${fact(say('reason'), foreign(request.reason))}
        ${fact(say('reference'), foreign(request.reference))}
        ${fact(say('account'), destination === undefined ? nothing : foreign(destination))}
        ${fact(say('leftAfter'), money(minus(left, amount, currency), currency))}
      </dl>
      <p>${say('confirmHint')}</p>`;
    return isConfirmed({
      title: say('confirmTitle', { amount: sum }),
      about,
      yes: say('doRefund', { amount: sum }),
      no: say('goBack'),
    });
  }

  /** `isAsked`: a button was pressed. A page load does not move the focus. */
  async #run(work: (following: Following) => Promise<Outcome>, isAsked = true): Promise<void> {
    this.#isRunning = true;
    this.#outcome = undefined;
    this.#said = isAsked ? say('working') : '';
    this.desk.draw();
    const outcome = await work({
      onProgress: (message) => {
        this.#said = message;
        void this.read();
      },
      signal: this.left.signal,
    });
    if (this.left.signal.aborted) return;
    this.#isRunning = false;
    this.#outcome = outcome;
    this.#said = outcomeText(outcome);
    const isMendable = outcome.kind === 'refused' && outcome.problem.errors !== undefined;
    if (outcome.kind === 'refused') this.#form.mark(outcome.problem);
    if (isAsked && !isMendable && outcome.kind !== 'not_sent') this.#clear(outcome.kind !== 'refused');
    await this.read();
    if (isAsked) focusOutcome();
  }

  /** Clears the account after the request; the other fields stay for another try after a refusal. */
  #clear(isAll: boolean): void {
    const form = document.querySelector<HTMLFormElement>('form.refund');
    for (const field of form?.querySelectorAll<HTMLInputElement>('[name^=refund_]') ?? []) field.value = '';
    if (!isAll) return;
    this.#form.clear();
    form?.reset();
  }

  #saidView({ merchant_uid: order, pay_method: method, currency }: Payment): TemplateResult {
    const look = button(say('lookAgain'), async () =>
      this.#run(async (following) => this.desk.client.resume(order, following)),
    );
    const forget = button(say('forget'), () => {
      this.desk.client.drop(order);
      this.#said = '';
      this.#outcome = undefined;
      this.desk.draw();
    });
    const again = (kept: OpenRequest): TemplateResult =>
      button(say('sendAgain'), async () => this.#askAgain(kept));
    const isCard = method === 'card';
    const shown = { said: this.#said, isRunning: this.#isRunning, outcome: this.#outcome };
    return saidView(shown, { say, look, forget, again, more: moreOf, isCard, currency });
  }

  // --- Rendering ---

  protected content(payment: Payment): TemplateResult {
    const { currency, payments = [] } = payment;
    if (this.#isUnchosen(payment))
      return html`<p class="notice">${say('choosePayment')}</p>
        ${this.#choice(payment)}`;
    const why = whyNoForm(payment, say);
    const state = stateOf(payment, isInDoubt(payment));
    const isOff = this.#isRunning || !navigator.onLine || this.failure !== undefined;
    return html`${payments.length < 2 ? nothing : this.#choice(payment)}
      <div class="buttons">
        ${mark(state, nameOf('state', state))} ${button(say('refresh'), async () => this.read())}
      </div>
      <dl class="sums">
        ${fact(say('paid'), money(payment.amount, currency))}
        ${fact(say('cancelledSum'), money(payment.cancel_amount, currency))}
        ${fact(say('left'), money(payment.cancelable_amount, currency))}
      </dl>
      <dl class="facts">
        ${fact(say('order'), foreign(payment.merchant_uid))} ${fact(say('impUid'), foreign(payment.imp_uid))}
        ${fact(say('method'), methodOf(payment))}
        ${payment.paid_at === 0 ? nothing : fact(say('paidAt'), dateText(payment.paid_at))}
        ${fact(say('receipt'), linkOut(payment.receipt_url, say('receipt')))}
      </dl>
      ${this.#saidView(payment)}
      <div class="columns">
        <section class="card" aria-labelledby="refund">
          <h2 id="refund">${say('refundTitle')}</h2>
          ${
            why === undefined
              ? html`${allowedView(payment)} ${this.#form.view(payment, isOff)}`
              : html`<p class="notice">${why}</p>`
          }
        </section>
        <section class="card" aria-labelledby="timeline">
          <h2 id="timeline">${say('timeline')}</h2>
          ${this.#refundsView(payment)}
        </section>
      </div>`;
  }

  /** An order that was paid more than once: each payment is refunded by itself. */
  #choice({ payments = [], merchant_uid: order }: Payment): TemplateResult {
    return html`<ul class="choice" aria-label=${say('paymentsOf', { n: payments.length })}>
      ${payments.map(
        ({ imp_uid: impUid, amount, cancelable_amount: left, currency }) =>
          html`<li>
            <a href=${orderAddress(order, impUid)} aria-current=${impUid === this.#chosen ? 'true' : nothing}
              >${foreign(impUid)}</a
            >
            <span>${money(amount, currency)}</span> <small>${say('left')} ${money(left, currency)}</small>
          </li>`,
      )}
    </ul>`;
  }

  #refundsView(payment: Payment): TemplateResult {
    const { refunds: newest = [], refunds_before = null } = payment;
    const known = new Set(newest.map(({ refund_id: id }) => id));
    const refunds = [...this.#older.filter(({ refund_id: id }) => !known.has(id)), ...newest];
    const before = this.#before === undefined ? refunds_before : this.#before;
    const paid =
      payment.paid_at === 0
        ? nothing
        : html`<ol class="steps">
            <li data-tone="plain">
              <time>${dateText(payment.paid_at, 'second')}</time
              ><span>${say('t_paid')} ${money(payment.amount, payment.currency)}</span>
            </li>
          </ol>`;
    return html`${
      refunds.length === 0
        ? html`<p>${say('noRefunds')}</p>`
        : repeat(
            refunds.toReversed(),
            ({ refund_id: id }) => id,
            (refund) => this.#refundView(refund, payment),
          )
    }
    ${before === null ? paid : button(say('older'), async () => this.#readOlder(before))}`;
  }

  #refundView(refund: Refund, payment: Payment): TemplateResult {
    const {
      refund_id: id,
      amount,
      executed_amount: executed = amount,
      reason,
      reference,
      expected_by: by,
    } = refund;
    const { currency } = payment;
    const state =
      refund.in_doubt?.drift === true ? 'drift' : refund.undone === true ? 'undone' : refund.status;
    return html`<article
      class="refund"
      id=${id}
      aria-labelledby=${`of-${id}`}
      data-chosen=${id === this.#refund}
    >
      <h3 id=${`of-${id}`}>
        ${money(executed, currency)}
        ${executed === amount ? nothing : html`<del>${money(amount, currency)}</del>`}
        ${mark(state, nameOf('status', state))}
        ${refund.made_by === undefined ? nothing : mark('elsewhere', say('status_elsewhere'))}
        ${refund.proposal === undefined ? nothing : mark('proposed', say('status_proposed'))}
      </h3>
      <dl class="facts">
        ${fact(say('reason'), foreign(reason))} ${fact(say('reference'), foreign(reference))}
        ${fact(say('refundId'), html`<code>${foreign(id)}</code>`)}
      </dl>
      ${timeLineView(refund)}
      ${refund.status === 'cancelled' && by !== null && by !== undefined ? html`<p>${say('expected', { date: dateText(by, 'day') })}</p>` : nothing}
      ${linkOut(refund.receipt_url, say('refundReceipt'))} ${this.#panelOf(refund, payment)}
    </article>`;
  }

  /** The form with which people close a refund in drift, or report a cancel that the PG has undone. */
  #panelOf(refund: Refund, payment: Payment): TemplateResult | typeof nothing {
    const { refund_id: id, status, undone, in_doubt: doubt } = refund;
    const isCancelled = status === 'cancelled' && undone === undefined;
    const known = this.#panels.get(id);
    if (known === undefined && doubt?.drift !== true && !isCancelled) return nothing;
    const panel = known ?? new ClosePanel(this.desk, async () => this.read());
    this.#panels.set(id, panel);
    return panel.view(refund, payment);
  }
}

function moreOf(outcome: Outcome): TemplateResult | typeof nothing {
  if (outcome.kind === 'refused') return problemDetails(outcome.problem);
  return outcome.kind === 'cancelled' ? html`<a href=${address(['refunds'])}>${say('toList')}</a>` : nothing;
}
