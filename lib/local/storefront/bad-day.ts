import type { Language } from '../../browser/messages.ts';
import { FAULTS, resolveNow, scripted, scriptFault, setDown, type Fault } from './demo.ts';
import { byId, element } from './elements.ts';
import { isWord, word } from './words.ts';

/** The panel that gives the provider a bad day. */
export class BadDay {
  readonly #language: Language;
  readonly #changed: () => void;
  readonly #status = byId('fault-status');
  readonly #down = element('button', { type: 'button', 'aria-pressed': 'false', 'data-fault': 'down' });

  constructor(language: Language, changed: () => void) {
    this.#language = language;
    this.#changed = changed;
    this.#down.textContent = word('down', language);
    this.#down.addEventListener('click', () => void this.#pressDown());
    const resolve = element('button', { type: 'button', 'data-fault': 'resolve' }, word('resolve', language));
    resolve.addEventListener('click', () => void resolveNow().then(changed));
    byId('faults').replaceChildren(...FAULTS.map((fault) => this.#button(fault)), this.#down, resolve);
  }

  /** What is scripted and has not happened yet. */
  async show(): Promise<void> {
    const language = this.#language;
    const names = (await scripted()).map((fault) => (isWord(fault) ? word(fault, language) : fault));
    const next =
      names.length === 0 ? word('goodDay', language) : `${word('next', language)}: ${names.join(' → ')}`;
    const down = this.#down.getAttribute('aria-pressed') === 'true';
    const text = down ? word('isDown', language) : next;
    // Said aloud by a screen reader, so only when it is news.
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  #button(fault: Fault): HTMLButtonElement {
    const button = element('button', { type: 'button', 'data-fault': fault }, word(fault, this.#language));
    button.addEventListener('click', () => void scriptFault(fault).then(async () => this.show()));
    return button;
  }

  async #pressDown(): Promise<void> {
    const down = this.#down.getAttribute('aria-pressed') !== 'true';
    if (await setDown(down)) this.#down.setAttribute('aria-pressed', String(down));
    await this.show();
    this.#changed();
  }
}
