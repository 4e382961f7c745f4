import type { Payment, Refund, Verdict as Proposed } from '../../../client/refund-client.ts';
import type { AtProvider } from './doors.ts';
import { button, element, facts, orNothing, whileWaiting } from './elements.ts';
import { choice, Field } from './field.ts';
import { dateText, money, say } from './language.ts';
import type { OutcomeBanner } from './outcome-banner.ts';
import { close, sub, whoIs, type Verdict } from './session.ts';

export interface Case {
  readonly payment: Payment;
  readonly refund: Refund;
  readonly theirs: AtProvider | undefined;
}

const MAX_EVIDENCE = 500;

/** Row 10: one member of staff proposes how a refund in drift has ended, another approves the same. */
export class CloseForm {
  readonly root = element('form', { class: 'close', novalidate: '', hidden: '' });
  readonly #verdict = new Field(
    'verdict',
    say('verdict'),
    choice([
      // Nobody closes by what happened to stand there first.
      ['', say('chooseVerdict')],
      ['not_executed', say('verdict_not_executed')],
      ['executed', say('verdict_executed')],
    ]),
  );
  #entry: Field = new Field('cancellation_id', say('entry'), choice([]));
  readonly #entryPlace = element('div');
  readonly #evidence = new Field(
    'evidence',
    say('evidence'),
    element('textarea', { rows: '2', maxlength: String(MAX_EVIDENCE) }),
    {
      hint: say('evidenceHint'),
    },
  );
  readonly #standing = element('div', { class: 'standing' });
  readonly #propose = button('primary', say('propose'), () => void this.#send());
  readonly #changed: () => void;
  readonly #banner: OutcomeBanner;
  readonly #own: HTMLElement;
  #case: Case | undefined;
  #shown = '';

  constructor(changed: () => void, banner: OutcomeBanner) {
    this.#changed = changed;
    this.#banner = banner;
    this.#own = element(
      'div',
      { class: 'own' },
      this.#verdict.root,
      this.#entryPlace,
      this.#evidence.root,
      this.#propose,
    );
    this.root.append(
      element('h3', {}, say('closeTitle')),
      element('p', { class: 'hint' }, say('closeHint')),
      this.#standing,
      this.#own,
    );
    this.root.addEventListener('submit', (event) => event.preventDefault());
    this.#verdict.control.addEventListener('input', () => this.#drawEntry());
  }

  /** Undefined: nothing is to be closed. What is being typed stays, until what it is about changes. */
  show(theCase: Case | undefined): void {
    this.root.hidden = theCase === undefined;
    this.#case = theCase;
    const now = JSON.stringify([
      theCase?.refund.refund_id,
      theCase?.refund.in_doubt?.proposal,
      theCase?.theirs?.cancel_history,
    ]);
    if (theCase === undefined || now === this.#shown) return;
    this.#shown = now;
    this.#drawEntries(theCase);
    this.#drawStanding(theCase.refund.in_doubt?.proposal);
  }

  #drawEntries({ theirs, payment }: Case): void {
    const entries = (theirs?.cancel_history ?? []).flatMap(
      ({ cancellation_id: id, amount, cancelled_at: at, reason }) =>
        id === null
          ? []
          : [[id, `${money(amount, payment.currency)} · ${dateText(at)} · ${orNothing(reason)}`] as const],
    );
    const chosen = this.#entry.value;
    this.#entry = new Field('cancellation_id', say('entry'), choice([['', say('chooseEntry')], ...entries]), {
      hint: entries.length === 0 ? say('noEntries') : '',
    });
    if (entries.some(([id]) => id === chosen)) this.#entry.control.value = chosen;
    this.#entryPlace.replaceChildren(this.#entry.root);
    this.#drawEntry();
  }

  #drawEntry(): void {
    this.#entryPlace.hidden = this.#verdict.value !== 'executed';
  }

  #drawStanding(proposal: Proposed | undefined): void {
    this.#own.hidden = proposal !== undefined;
    if (proposal === undefined) return this.#standing.replaceChildren();
    const { verdict, cancellation_id: entry, evidence, proposed_by: by } = proposal;
    const told = facts(
      [
        ['verdict', say(`verdict_${verdict}`)],
        ['th_entry', entry],
        ['evidence', evidence],
      ],
      'facts told',
    );
    const differ = button('plain', say('changeProposal'), () => {
      this.#own.hidden = false;
      this.#verdict.control.focus();
    });
    const isOwn = by === sub;
    const said = { verdict, evidence, ...(entry === undefined ? {} : { cancellation_id: entry }) };
    const approve = button(
      'primary',
      say('approve'),
      () => void whileWaiting(approve, async () => this.#close(said)),
    );
    this.#standing.replaceChildren(
      element(
        'p',
        { class: 'message' },
        isOwn ? say('waitsForAnother') : say('proposedBy', { who: whoIs(by) }),
      ),
      told,
      element('div', { class: 'actions' }, differ, ...(isOwn ? [] : [approve])),
    );
  }

  async #send(): Promise<void> {
    const verdict = this.#verdict.value === 'executed' ? 'executed' : 'not_executed';
    const evidence = this.#evidence.value;
    const asked = [this.#verdict, this.#evidence, ...(verdict === 'executed' ? [this.#entry] : [])];
    for (const field of asked) field.say(field.value === '' ? say('field_missing') : undefined);
    if (asked.some((field) => field.value === '')) {
      return this.root.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    }
    const entry = verdict === 'executed' ? { cancellation_id: this.#entry.value } : {};
    await whileWaiting(this.#propose, async () => this.#close({ verdict, evidence, ...entry }));
  }

  async #close(verdict: Verdict): Promise<void> {
    if (this.#case === undefined) return;
    const { payment, refund } = this.#case;
    const said = await close(payment, refund.refund_id, verdict);
    if (said.kind === 'closed') this.#banner.tell('cancelled', say('closedNow'));
    if (said.kind === 'refused') this.#banner.tell('refused', said.message ?? say('closeFailed'));
    if (said.kind === 'proposed') this.#evidence.control.value = '';
    this.#changed();
  }
}
