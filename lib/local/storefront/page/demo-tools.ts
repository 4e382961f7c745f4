import { clearFaults, script, scripted, setDown, type Scripted } from './doors.ts';
import { button, byId, element, whileWaiting } from './elements.ts';
import { FAULTS_IN_WORDS } from './faults.ts';
import { choice } from './field.ts';
import { isWord, language, say } from './language.ts';

/** Those that a person understands at once; the simulator's other faults stand in a list. */
const COMMON = [
  'answer_lost',
  'request_lost',
  'slow',
  'refused',
  'http_502',
  'asynchronous',
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
    () => void clearFaults().then((now) => this.#draw(now)),
  );
  readonly #more = choice([['', say('chooseFault')], ...moreFaults()]);

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
    byId('tools-body').replaceChildren(
      element('h2', {}, say('badDay')),
      element('p', { class: 'hint' }, say('badDayHint')),
      element('div', { class: 'faults' }, ...common, this.#down),
      ...(moreFaults().length === 0 ? [] : [element('div', { class: 'more-faults' }, this.#more, add)]),
      element('div', { class: 'weather' }, this.#status, this.#clear),
      element('p', { class: 'hint' }, say('quietHint')),
    );
    setInterval(() => {
      if (this.#root.open && !document.hidden) void this.#look();
    }, LOOK_MS);
  }

  async start(): Promise<void> {
    await this.#look();
  }

  async #look(): Promise<void> {
    this.#draw(await scripted());
  }

  async #script(fault: string): Promise<void> {
    this.#draw(await script({ on: 'cancel', fault, ...(fault === 'slow' ? { delay_ms: SLOW_MS } : {}) }));
  }

  async #pressDown(): Promise<void> {
    await whileWaiting(this.#down, async () => {
      await setDown(this.#down.getAttribute('aria-pressed') !== 'true');
      await this.#look();
    });
  }

  #draw(now: Scripted | undefined): void {
    const { faults = [], down = false } = now ?? {};
    this.#down.setAttribute('aria-pressed', String(down));
    this.#clear.hidden = faults.length === 0;
    const names = faults.map(({ fault, times = 1 }) => `${faultName(fault)}${times > 1 ? ` ×${times}` : ''}`);
    const next = names.length === 0 ? say('goodDay') : say('next', { names: names.join(' → ') });
    const text = now === undefined ? say('noSimulator') : down ? say('isDown') : next;
    this.#root.dataset['stormy'] = String(down || faults.length > 0);
    // Said aloud by a screen reader, so only when it is news.
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }
}

function faultName(fault: string): string {
  const word = `fault_${fault}`;
  return isWord(word) ? say(word) : (FAULTS_IN_WORDS[fault]?.[language] ?? fault);
}

function moreFaults(): readonly (readonly [string, string])[] {
  return Object.entries(FAULTS_IN_WORDS)
    .filter(([name]) => !COMMON.some((common) => common === name))
    .map(([name, words]) => [name, words[language]] as const);
}
