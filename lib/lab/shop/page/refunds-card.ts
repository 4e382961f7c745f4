import { messageOf, type HistoryEntry, type Payment, type Refund } from '../../../client/refund-client.ts';
import { button, element, linkOut, NOTHING, orNothing, row, table, whileWaiting } from './elements.ts';
import { dateText, language, money, nameOf, say } from './language.ts';
import { isStaff, look, whoIs } from './session.ts';
import { refundBadge } from './states.ts';
import { refusalText } from './outcome-banner.ts';

const HEADS = ['th_asked_at', 'th_refund_amount', 'th_status', 'th_by', 'th_reason', 'th_receipt'] as const;

/** As the service writes it into i'mport's history. */
const OUR_TAG = /rf_[0-9a-z]{24}/i;

/** What has been refunded, by us and elsewhere, the newest first; older ones on demand. */
export class RefundsCard {
  readonly root = element('section', { class: 'card', hidden: '' });
  readonly #body = element('div');
  #older: readonly Refund[] = [];
  #before: string | null | undefined;

  constructor() {
    this.root.append(element('h2', {}, say('history')), this.#body);
  }

  show(payment: Payment): void {
    this.root.hidden = false;
    if (this.#before === undefined) this.#before = payment.refunds_before ?? null;
    const refunds = [...this.#older, ...(payment.refunds ?? [])];
    const ours = new Set(refunds.map(({ cancellation_id: id }) => id));
    const hasAll = this.#before === null;
    // An entry of ours that stands on an older page is not one from elsewhere.
    const elsewhere = payment.cancel_history.filter(
      ({ cancellation_id: id, reason }) => !ours.has(id) && (hasAll || !OUR_TAG.test(reason ?? '')),
    );
    const lines = [
      ...refunds.map((refund) => ({ at: refund.requested_at, line: refundRow(refund, payment) })),
      ...elsewhere.map((entry) => ({ at: entry.cancelled_at, line: elsewhereRow(entry, payment) })),
    ].toSorted((a, b) => b.at - a.at);
    if (lines.length === 0) {
      this.#body.replaceChildren(element('p', { class: 'hint' }, say('noRefunds')));
      return;
    }
    this.#body.replaceChildren(
      table(
        say('history'),
        HEADS,
        lines.map(({ line }) => line),
      ),
    );
    if (!hasAll) this.#body.append(this.#more(payment));
  }

  #more(payment: Payment): HTMLButtonElement {
    const more = button(
      'plain',
      say('older'),
      () => void whileWaiting(more, async () => this.#load(payment)),
    );
    return more;
  }

  async #load(payment: Payment): Promise<void> {
    const seen = await look(payment.merchant_uid, payment.imp_uid, this.#before ?? undefined);
    if (seen.kind !== 'found') return;
    this.#older = [...(seen.payment.refunds ?? []), ...this.#older];
    this.#before = seen.payment.refunds_before ?? null;
    this.show(payment);
  }
}

function refundRow(refund: Refund, { currency }: Payment): HTMLTableRowElement {
  const state = element('div', { class: 'state-of' }, refundBadge(refund, isStaff));
  const told = toldOf(refund);
  if (told !== '') state.append(element('span', { class: 'why' }, told));
  return row([
    ['th_asked_at', dateText(refund.requested_at), 'date'],
    ['th_refund_amount', money(refund.amount, currency), 'sum strong'],
    ['th_status', state, 'state'],
    ['th_by', nameOf('by', refund.requested_by), 'name'],
    ['th_reason', orNothing(refund.reason), 'reason'],
    ['th_receipt', linkOut(refund.receipt_url, say('th_receipt')) ?? NOTHING],
  ]);
}

/** What belongs to the state: why it was refused, when it arrives, who has closed it. */
function toldOf({ status, rejection, expected_by: by, closed }: Refund): string {
  const { code, provider } = rejection ?? {};
  if (closed !== undefined) {
    return say('closedBy', {
      one: whoIs(closed.proposed_by),
      two: whoIs(closed.approved_by),
      evidence: closed.evidence,
    });
  }
  if (status === 'rejected' && isStaff && provider !== undefined) return provider.message;
  if (status === 'rejected' && code !== undefined)
    return refusalText({ code, message: messageOf(code, language) });
  return status === 'cancelled' && typeof by === 'number'
    ? say('expected', { date: dateText(by, 'day') })
    : '';
}

function elsewhereRow(entry: HistoryEntry, { currency }: Payment): HTMLTableRowElement {
  return row([
    ['th_asked_at', dateText(entry.cancelled_at), 'date'],
    ['th_refund_amount', money(entry.amount, currency), 'sum strong'],
    ['th_status', refundBadge({ status: 'cancelled' }, isStaff), 'state'],
    ['th_by', say('by_elsewhere'), 'name'],
    ['th_reason', isStaff ? orNothing(entry.reason) : NOTHING, 'reason'],
    ['th_receipt', linkOut(entry.receipt_url, say('th_receipt')) ?? NOTHING],
  ]);
}
