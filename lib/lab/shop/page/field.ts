import { element, type Child } from './elements.ts';
import { say } from './language.ts';

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** A control with its label, a hint, and what is wrong with it beside it. */
export class Field<C extends Control = Control> {
  readonly root: HTMLElement;
  readonly control: C;
  readonly #hint: HTMLElement;
  readonly #fault: HTMLElement;

  constructor(name: string, label: string, control: C, { hint = '', optional = false } = {}) {
    this.control = control;
    control.id = `field-${name}`;
    control.name = name;
    this.#hint = element('p', { class: 'hint', id: `${control.id}-hint` }, hint);
    this.#fault = element('p', { class: 'fault', id: `${control.id}-fault` });
    const mark: readonly Child[] = optional ? [' ', element('small', {}, say('optional'))] : [];
    const caption = element('label', { for: control.id }, label, ...mark);
    this.root = element('div', { class: 'field' }, caption, control, this.#hint, this.#fault);
    // What is being mended is not wrong any more until it is looked at again.
    control.addEventListener('input', () => this.say(undefined));
    this.#describe();
  }

  get value(): string {
    return this.control.value.trim();
  }

  set hint(text: string) {
    this.#hint.textContent = text;
    this.#describe();
  }

  /** Undefined: nothing is wrong. */
  say(fault: string | undefined): void {
    this.#fault.textContent = fault ?? '';
    if (fault === undefined) this.control.removeAttribute('aria-invalid');
    else this.control.setAttribute('aria-invalid', 'true');
    this.#describe();
  }

  #describe(): void {
    const told = [this.#fault, this.#hint].filter((each) => each.textContent !== '').map(({ id }) => id);
    if (told.length === 0) this.control.removeAttribute('aria-describedby');
    else this.control.setAttribute('aria-describedby', told.join(' '));
  }
}

/** Nothing that a browser keeps and offers again: accounts and reasons are nobody else's. */
export function textInput(attributes: Readonly<Record<string, string>> = {}): HTMLInputElement {
  return element('input', { autocomplete: 'off', ...attributes });
}

export function choice(options: readonly (readonly [value: string, text: string])[]): HTMLSelectElement {
  return element('select', {}, ...options.map(([value, text]) => element('option', { value }, text)));
}
