import type { Payment } from '../../../client/refund-client.ts';
import { Books } from './books.ts';
import { ConsolePanel } from './console-panel.ts';
import { DoubtPanel } from './doubt-panel.ts';
import { atProvider, momentsOf } from './doors.ts';
import type { OutcomeBanner } from './outcome-banner.ts';

/** What only the staff sees of an order. */
export class StaffPanels {
  readonly #doubt: DoubtPanel;
  readonly #books = new Books();
  readonly #console: ConsolePanel;

  constructor(changed: () => void, banner: OutcomeBanner) {
    this.#doubt = new DoubtPanel(changed, banner);
    this.#console = new ConsolePanel(changed);
  }

  get first(): readonly HTMLElement[] {
    return [this.#doubt.root];
  }

  get last(): readonly HTMLElement[] {
    return [this.#books.root, this.#console.root];
  }

  async show(payment: Payment): Promise<void> {
    const [moments, theirs] = await Promise.all([
      momentsOf(payment.merchant_uid),
      atProvider(payment.imp_uid),
    ]);
    const ofThis = moments?.filter(({ imp_uid: impUid = payment.imp_uid }) => impUid === payment.imp_uid);
    this.#doubt.show(payment, theirs);
    this.#books.show(payment, ofThis, theirs);
    this.#console.show(payment);
  }
}
