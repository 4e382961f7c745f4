import type {
  Busy,
  Cancelled,
  KeptWish,
  NeedsConfirmation,
  Outcome,
  Refund,
  Refused,
} from '../../../client/refund-client.ts';
import { assertNever } from '../../../client/assert-never.ts';
import { button, element, facts, linkOut, type Child } from './elements.ts';
import { dateText, isWord, money, nameOf, say } from './language.ts';
import { isStaff } from './session.ts';
import { refundBadge } from './states.ts';

export interface Actions {
  /** Looks again what became of a wish that was kept. Sends nothing. */
  readonly lookAgain: () => void;
  /** The kept wish is wanted: it is asked for again, after the dialog. */
  readonly sendAgain: (kept: KeptWish) => void;
  readonly forget: () => void;
}

/** What became of a press, in words, with the buttons that go on from there. */
export class OutcomeBanner {
  readonly root = element('div', { class: 'said', role: 'status', tabindex: '-1', hidden: '' });
  readonly #actions: Actions;
  readonly #currency: () => string;

  constructor(actions: Actions, currency: () => string) {
    this.#actions = actions;
    this.#currency = currency;
  }

  /** While it runs: words of the client for the person who waits. */
  progress(message: string): void {
    this.#put('pending', message, element('p', { class: 'hint' }, say('stopFollowing')));
  }

  show(outcome: Outcome): void {
    const { kind } = outcome;
    switch (kind) {
      case 'none':
        return this.hide();
      case 'cancelled':
        return this.#cancelled(outcome);
      case 'refused':
        return this.#put(kind, refusalText(outcome), ...providerText(outcome));
      case 'not_executed':
        return this.#put(kind, outcome.message);
      case 'pending':
        return this.#put(kind, outcome.message, this.#buttons(this.#again()));
      case 'needs_confirmation':
        return this.#needsConfirmation(outcome);
      case 'busy':
        return this.#busy(outcome);
      default:
        return assertNever(kind);
    }
  }

  tell(kind: 'refused' | 'cancelled', message: string): void {
    this.#put(kind, message);
  }

  hide(): void {
    this.root.hidden = true;
    this.root.replaceChildren();
  }

  #cancelled({ message, receipt_url: receipt, expected_by: by, payment }: Cancelled, title = message): void {
    const link = linkOut(receipt, say('th_receipt'));
    const isCard = payment.pay_method === 'card';
    const hint = by !== null ? say('expected', { date: dateText(by, 'day') }) : isCard ? say('cardHint') : '';
    this.#put(
      'cancelled',
      title,
      ...(hint === '' ? [] : [element('p', {}, hint)]),
      ...(link === undefined ? [] : [link]),
    );
  }

  #needsConfirmation({ why, kept, similar, message }: NeedsConfirmation): void {
    const buttons = [button('plain', say('forget'), this.#actions.forget), this.#again()];
    if (kept !== undefined) {
      const send = say('sendAgain', { amount: this.#sum(kept.amount) });
      buttons.push(button('primary', send, () => this.#actions.sendAgain(kept)));
    }
    this.#put(
      'needs_confirmation',
      isWord(`why_${why}`) ? nameOf('why', why) : message,
      ...(kept === undefined ? [] : [facts([['askedBefore', this.#wish(kept)]])]),
      ...similarList(similar, this.#currency()),
      this.#buttons(...buttons),
      element('p', { class: 'hint' }, say('forgetHint')),
    );
  }

  #busy({ message, open, amount, ended }: Busy): void {
    if (ended !== undefined) return this.#cancelled(ended, message);
    this.#put(
      'busy',
      message,
      facts([
        ['busyOpen', this.#wish(open)],
        ['busyWanted', this.#sum(amount)],
      ]),
      this.#buttons(
        button('plain', say('forget'), this.#actions.forget),
        button('primary', say('followOpen'), this.#actions.lookAgain),
      ),
      element('p', { class: 'hint' }, say('forgetHint')),
    );
  }

  #wish({ amount, asked_at: askedAtMs }: KeptWish): string {
    const time = dateText(Math.floor(askedAtMs / 1_000));
    return say('askedBeforeText', { amount: this.#sum(amount), time });
  }

  #sum(amount: number | null): string {
    return amount === null ? say('everything') : money(amount, this.#currency());
  }

  #again(): HTMLButtonElement {
    return button('plain', say('lookAgain'), this.#actions.lookAgain);
  }

  #buttons(...buttons: readonly HTMLElement[]): HTMLElement {
    return element('div', { class: 'actions' }, ...buttons);
  }

  #put(kind: string, message: string, ...more: readonly Child[]): void {
    this.root.dataset['kind'] = kind;
    this.root.hidden = false;
    this.root.replaceChildren(element('p', { class: 'message' }, message), ...more);
  }
}

/** Words for people: what the service says to developers is said in other words here. */
export function refusalText({ code, message }: Pick<Refused, 'code' | 'message'>): string {
  if (code === 'INVALID_REQUEST') return say('checkFields');
  return isWord(`said_${code}`) ? nameOf('said', code) : message;
}

/** What the PG said helps the staff; a customer cannot do anything with it. */
function providerText({ problem }: Refused): readonly HTMLElement[] {
  const { provider = problem.refund?.rejection?.provider } = problem;
  if (!isStaff || provider === undefined) return [];
  return [
    element('p', { class: 'hint' }, say('pgSays', { text: `${provider.message} (code ${provider.code})` })),
  ];
}

function similarList(similar: readonly Refund[], currency: string): readonly HTMLElement[] {
  if (similar.length === 0) return [];
  const lines = similar.map((refund) =>
    element(
      'li',
      {},
      `${dateText(refund.requested_at)} · ${money(refund.amount, currency)} `,
      refundBadge(refund, isStaff),
    ),
  );
  return [
    element('p', { class: 'hint' }, say('similarTitle')),
    element('ul', { class: 'similar' }, ...lines),
  ];
}
