import {
  clearFaults,
  isDown,
  knownFaults,
  script,
  scripted,
  setDown,
  type Faults,
  type Known,
} from './doors.ts';
import { button, byId, element, whileWaiting } from './elements.ts';
import { choice } from './field.ts';
import { isWord, language, say } from './language.ts';

/** Those that a person understands at once; the simulator's other faults stand in a list, in its own words. */
const COMMON = [
  'answer_lost',
  'request_lost',
  'slow',
  'refused',
  'http_502',
  'asynchronous',
  'console_cancel',
  'drop_tag',
] as const;
/** Late enough to be seen, early enough to be waited for. */
const SLOW_MS = 3_000;
const LOOK_MS = 2_000;
const OPEN = 'demo-tools-open';

/** The drawer that gives i'mport a bad day. What is scripted stands at the simulator, so a reload finds it again. */
export class DemoTools {
  readonly #root = byId('tools', HTMLDetailsElement);
  readonly #status = element('p', { role: 'status', id: 'fault-status' });
  readonly #down = button('plain', say('downButton'), () => void this.#pressDown());
  readonly #clear = button(
    'quiet',
    say('clearFaults'),
    () => void clearFaults().then(async () => this.#look()),
  );
  readonly #more = choice([['', say('chooseFault')]]);
  readonly #moreRow = element('div', { class: 'more-faults', hidden: '' });
  #known: Known = {};

  constructor() {
    this.#root.open = localStorage.getItem(OPEN) === 'true';
    this.#root.addEventListener('toggle', () => {
      localStorage.setItem(OPEN, String(this.#root.open));
      void this.#look();
    });
    const common = COMMON.map((fault) =>
      button('plain', say(`fault_${fault}`), () => void this.#script(fault)),
    );
    this.#more.setAttribute('aria-label', say('moreFaults'));
    const add = button('plain', say('addFault'), () => {
      if (this.#more.value !== '') void this.#script(this.#more.value);
    });
    this.#moreRow.append(this.#more, add);
    byId('tools-body').replaceChildren(
      element('h2', {}, say('badDay')),
      element('p', { class: 'hint' }, say('badDayHint')),
      element('div', { class: 'faults' }, ...common, this.#down),
      this.#moreRow,
      element('div', { class: 'weather' }, this.#status, this.#clear),
      element('p', { class: 'hint' }, say('quietHint')),
    );
    setInterval(() => {
      // A mark on the closed drawer goes when the bad day is over.
      const isSeen = this.#root.open || this.#root.dataset['stormy'] === 'true';
      if (isSeen && !document.hidden) void this.#look();
    }, LOOK_MS);
  }

  async start(): Promise<void> {
    this.#known = await knownFaults();
    const more = Object.entries(this.#known).filter(([name]) => !COMMON.some((common) => common === name));
    this.#more.append(...more.map(([name, words]) => element('option', { value: name }, words[language])));
    this.#moreRow.hidden = more.length === 0;
    await this.#look();
  }

  async #look(): Promise<void> {
    const [faults, down] = await Promise.all([scripted(), isDown()]);
    this.#draw(faults, down);
  }

  /** Faults of a cancel happen to the next cancel; each other group knows by itself where it happens. */
  async #script(fault: string): Promise<void> {
    const group = this.#known[fault]?.group ?? 'cancel';
    const on = group === 'wire' || group === 'cancel' ? { on: 'cancel' } : {};
    await script({ ...on, fault, ...(fault === 'slow' ? { delay_ms: SLOW_MS } : {}) });
    await this.#look();
  }

  async #pressDown(): Promise<void> {
    await whileWaiting(this.#down, async () => {
      await setDown(this.#down.getAttribute('aria-pressed') !== 'true');
      await this.#look();
    });
  }

  #draw(faults: Faults | undefined, down: boolean): void {
    this.#down.setAttribute('aria-pressed', String(down));
    this.#clear.hidden = (faults ?? []).length === 0;
    const names = (faults ?? []).map(
      ({ fault, times = 1 }) => `${this.#nameOf(fault)}${times > 1 ? ` ×${times}` : ''}`,
    );
    const next = names.length === 0 ? say('goodDay') : say('next', { names: names.join(' → ') });
    const text = faults === undefined ? say('noSimulator') : down ? say('isDown') : next;
    this.#root.dataset['stormy'] = String(down || names.length > 0);
    // Said aloud by a screen reader, so only when it is news.
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  #nameOf(fault: string): string {
    const word = `fault_${fault}`;
    return isWord(word) ? say(word) : (this.#known[fault]?.[language] ?? fault);
  }
}
