import type { KeptWish, Outcome, Payment } from '../../../client/refund-client.ts';
import { askFirst } from './ask-first.ts';
import { shopOrders, type ShopOrder, type ShopPayment } from './doors.ts';
import { button, element, emptyState, loading, whileWaiting } from './elements.ts';
import { say } from './language.ts';
import { knownFromShop } from './known-amounts.ts';
import { OrderHead } from './order-head.ts';
import { orderLayout } from './order-layout.ts';
import { OutcomeBanner } from './outcome-banner.ts';
import { paymentsCard } from './payments-card.ts';
import { RefundForm, type Wanted } from './refund-form.ts';
import { RefundsCard } from './refunds-card.ts';
import { client, isStaff, look, type Look } from './session.ts';
import { StaffPanels } from './staff-panels.ts';
import { isInDoubt } from './states.ts';
import { productName } from './wares.ts';

/** How often a refund in doubt is looked at, while somebody watches. */
const LOOK_MS = 1_500;

/** One payment of one order, at an address of its own. */
export class OrderPage {
  readonly root = element('div', { class: 'order' }, loading(4));
  readonly #number: string;
  #impUid: string | undefined;
  #shop: ShopOrder | undefined;
  #payment: Payment | undefined;
  readonly #head = new OrderHead();
  readonly #banner: OutcomeBanner;
  readonly #form: RefundForm;
  readonly #formCard = element('section', { class: 'card refund-card' });
  readonly #refunds = new RefundsCard();
  readonly #several = element('div');
  readonly #staff: StaffPanels | undefined;
  #looks = 0;
  #hasResumed = false;

  constructor(number: string, impUid: string | undefined) {
    this.#number = number;
    this.#impUid = impUid;
    this.#form = new RefundForm(async (wanted) => this.#ask(wanted));
    this.#banner = new OutcomeBanner(
      {
        lookAgain: () => void this.#resume(),
        sendAgain: (kept) => void this.#sendAgain(kept),
        forget: () => {
          client.drop(number);
          this.#banner.hide();
        },
      },
      () => this.#payment?.currency ?? 'KRW',
    );
    this.#staff = isStaff ? new StaffPanels(() => void this.show(), this.#banner) : undefined;
  }

  /** Shows the order, and goes on with what a reload has interrupted. */
  async start(): Promise<void> {
    this.#shop = (await shopOrders())?.find(({ merchant_uid: order }) => order === this.#number);
    const several = this.#shop?.payments ?? [];
    this.#impUid ??= (several.find(({ cancelable_amount: left }) => left > 0) ?? several[0])?.imp_uid;
    await this.show();
    setInterval(() => {
      if (!document.hidden && this.#payment !== undefined && isInDoubt(this.#payment)) void this.show();
    }, LOOK_MS);
  }

  async show(): Promise<void> {
    this.#looks += 1;
    const mine = this.#looks;
    const seen = await look(this.#number, this.#impUid);
    // A look that was overtaken by a later one has nothing to say any more.
    if (mine !== this.#looks) return;
    this.#draw(seen);
    if (seen.kind !== 'found' || this.#hasResumed) return;
    this.#hasResumed = true;
    await this.#resume(false);
  }

  #draw(seen: Look): void {
    switch (seen.kind) {
      case 'found':
        this.#payment = seen.payment;
        return this.#drawPayment(seen.payment);
      case 'several': {
        this.#impUid = seen.payments[0]?.imp_uid;
        if (this.#impUid !== undefined) void this.show();
        return;
      }
      case 'missing':
        return this.root.replaceChildren(
          emptyState(
            'notThere',
            'notThereHint',
            element('a', { href: '/', class: 'like-button' }, say('toOrders')),
          ),
        );
      case 'failed':
      default:
        return this.#drawFailure();
    }
  }

  /** What is known stays to be seen, and nothing can be refunded from it. */
  #drawFailure(): void {
    const known = this.#payment ?? knownFromShop(this.#number, this.#shopPayment());
    if (known === undefined) {
      const again = button('primary', say('retry'), () => void whileWaiting(again, async () => this.show()));
      this.root.replaceChildren(emptyState('loadFailed', 'loadFailedHint', again));
      return;
    }
    this.#place();
    this.#head.show(known, this.#title(), () => void this.show());
    this.#form.show(known, say('formOff'));
    this.#formCard.hidden = known.cancelable_amount === 0;
  }

  #drawPayment(payment: Payment): void {
    this.#place();
    this.#head.show(payment, this.#title());
    this.#several.replaceChildren(...paymentsCard(payment, this.#number));
    const why = this.#whyOff(payment);
    this.#form.show(payment, why);
    this.#formCard.hidden = payment.cancelable_amount === 0;
    this.#refunds.show(payment);
    void this.#staff?.show(payment);
  }

  #place(): void {
    if (this.#formCard.isConnected) return;
    const [head, banner, refunds] = [this.#head.root, this.#banner.root, this.#refunds.root];
    const parts = {
      several: this.#several,
      formCard: this.#formCard,
      form: this.#form.root,
      staff: this.#staff,
    };
    this.root.replaceChildren(...orderLayout({ head, banner, refunds, ...parts }));
  }

  #whyOff(payment: Payment): string | undefined {
    if (payment.status === 'ready' || payment.status === 'failed') return say('notPaid');
    return isInDoubt(payment) ? say('whileDoubt') : undefined;
  }

  async #ask(wanted: Wanted): Promise<void> {
    const payment = this.#payment;
    if (payment === undefined || !(await askFirst(wanted, payment, this.#title()))) return;
    await this.#run(async (onProgress) => client.cancel(wanted.request, { onProgress }));
  }

  async #sendAgain({ amount, request }: KeptWish): Promise<void> {
    const payment = this.#payment;
    if (payment === undefined) return;
    const { cancelable_amount: left } = payment;
    const asked = { amount: amount ?? left, destination: undefined };
    if (await askFirst(asked, payment, this.#title())) {
      await this.#run(async (onProgress) => client.confirm(request, { onProgress }));
    }
  }

  /** `isAsked`: somebody has pressed a button; a page that has just come up takes no focus away. */
  async #resume(isAsked = true): Promise<void> {
    await this.#run(async (onProgress) => client.resume(this.#number, { onProgress }), isAsked);
  }

  async #run(
    work: (onProgress: (message: string) => void) => Promise<Outcome>,
    isAsked = true,
  ): Promise<void> {
    this.#form.turnOff(say('working'));
    const outcome = await work((message) => {
      this.#banner.progress(message);
      void this.show();
    });
    const payment = this.#payment;
    this.#banner.show(outcome);
    await this.show();
    if (outcome.kind === 'cancelled') this.#form.clear();
    if (outcome.kind === 'refused' && payment !== undefined) this.#form.refuse(outcome.problem, payment);
    if (isAsked && outcome.kind !== 'none') this.#goToBanner();
  }

  /** Where the button was, there may be none any more; a field that is to be mended comes first. */
  #goToBanner(): void {
    const focused = document.activeElement;
    const isLost = focused === document.body || this.#form.root.contains(focused);
    if (!isLost || focused?.hasAttribute('aria-invalid') === true) return;
    this.#banner.root.focus({ preventScroll: true });
    this.#banner.root.scrollIntoView({ block: 'nearest' });
  }

  #shopPayment(): ShopPayment | undefined {
    return this.#shop?.payments.find(({ imp_uid: impUid }) => impUid === this.#impUid);
  }

  #title(): string {
    return productName(this.#number, this.#shopPayment());
  }
}
