import { element } from './elements.ts';
import { choice, Field, textInput } from './field.ts';
import { say } from './language.ts';

const REASONS = ['none', 'mind', 'size', 'faulty', 'wrong', 'other'] as const;
const MAX_CHARACTERS = 256;

/** Why: one of the usual reasons, or one's own words. */
export class ReasonField {
  readonly root = element('div', { class: 'reasons' });
  readonly #kind = new Field(
    'reason_kind',
    say('reason'),
    choice(REASONS.map((name) => [name, say(`reason_${name}`)] as const)),
    {
      optional: true,
    },
  );
  readonly #text = new Field('reason', say('reasonText'), textInput({ maxlength: String(MAX_CHARACTERS) }));

  constructor() {
    this.#text.root.hidden = true;
    this.#kind.control.addEventListener('input', () => {
      this.#text.root.hidden = this.#kind.value !== 'other';
    });
    this.root.append(this.#kind.root, this.#text.root);
  }

  get value(): string {
    const kind = REASONS.find((name) => name === this.#kind.value) ?? 'none';
    if (kind === 'other') return this.#text.value;
    return kind === 'none' ? '' : say(`reason_${kind}`);
  }

  /** Own words were chosen, so there must be some. */
  check(): boolean {
    const isMissing = this.#kind.value === 'other' && this.#text.value === '';
    this.#text.say(isMissing ? say('field_missing') : undefined);
    return !isMissing;
  }

  clear(): void {
    this.#kind.control.value = 'none';
    this.#text.control.value = '';
    this.#text.root.hidden = true;
  }
}
