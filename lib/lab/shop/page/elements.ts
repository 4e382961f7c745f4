import { say, type Word } from './language.ts';

type Attributes = Readonly<Record<string, string>>;
export type Child = Node | string;

/** An element with text; data never becomes markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export type Tone = 'plain' | 'good' | 'info' | 'wait' | 'bad';

export function badge(tone: Tone, text: string): HTMLElement {
  return element('span', { class: 'badge', 'data-tone': tone }, text);
}

export type Kind = 'primary' | 'plain' | 'quiet' | 'danger';

export function button(kind: Kind, text: string, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', class: kind }, text);
  made.addEventListener('click', press);
  return made;
}

/** While the work runs, its button waits; the keyboard finds it again afterwards. */
export async function whileWaiting<T>(control: HTMLButtonElement, work: () => Promise<T>): Promise<T> {
  const hadFocus = document.activeElement === control;
  control.disabled = true;
  try {
    return await work();
  } finally {
    control.disabled = false;
    if (hadFocus && document.activeElement === document.body) control.focus();
  }
}

/** A link out of the page, or nothing: only http and https are followed, whatever stands in the data. */
export function linkOut(url: string | null, text: string): HTMLAnchorElement | undefined {
  if (url === null || !/^https?:\/\//i.test(url)) return undefined;
  const hint = element('span', { class: 'unseen' }, ` ${say('opensNew')}`);
  return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer', class: 'out' }, text, hint);
}

/** A term and what belongs to it; what is absent is left out. */
export function facts(
  rows: readonly (readonly [Word, Child | undefined])[],
  kind: 'facts' | 'facts told' = 'facts',
): HTMLElement {
  const list = element('dl', { class: kind });
  for (const [name, value] of rows) {
    if (value === undefined || value === '') continue;
    list.append(element('div', {}, element('dt', {}, say(name)), element('dd', {}, value)));
  }
  return list;
}

export function card(title: string, ...children: readonly Child[]): HTMLElement {
  return element('section', { class: 'card' }, element('h2', {}, title), ...children);
}

/** A table that scrolls inside itself where it does not fit, and can then be scrolled by the keyboard. */
export function table(label: string, heads: readonly Word[], rows: readonly HTMLElement[]): HTMLElement {
  // A head stands where its column stands: sums on the right.
  const isSum = (index: number): boolean => rows[0]?.children[index]?.classList.contains('sum') === true;
  const head = element(
    'tr',
    {},
    ...heads.map((name, index) =>
      element('th', { scope: 'col', ...(isSum(index) ? { class: 'sum' } : {}) }, say(name)),
    ),
  );
  const made = element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows));
  return element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, made);
}

/** Stands where there is nothing to say. */
export const NOTHING = '–';

export function orNothing(text: string | null | undefined): string {
  return text === null || text === undefined || text === '' ? NOTHING : text;
}

/** Cells know their heads, so that a phone can show a row as a list. */
export function row(cells: readonly (readonly [Word, Child, string?])[]): HTMLTableRowElement {
  return element(
    'tr',
    {},
    ...cells.map(([head, child, kind = '']) =>
      element(
        'td',
        { 'data-head': say(head), class: child === NOTHING ? `${kind} blank`.trim() : kind },
        child,
      ),
    ),
  );
}

/** Nothing there, nothing found, nothing loaded: each says what can be done. */
export function emptyState(title: Word, hint: Word, ...actions: readonly HTMLElement[]): HTMLElement {
  return element(
    'div',
    { class: 'empty' },
    element('p', { class: 'empty-title' }, say(title)),
    element('p', {}, say(hint)),
    ...actions,
  );
}

export function loading(lines: number): HTMLElement {
  const bones = Array.from({ length: lines }, () => element('div', { class: 'bone' }));
  return element(
    'div',
    { class: 'loading', 'aria-busy': 'true' },
    element('p', { class: 'unseen', role: 'status' }, say('loading')),
    ...bones,
  );
}

export function byId(id: string): HTMLElement;
export function byId<T extends HTMLElement>(id: string, type: new () => T): T;
export function byId(id: string, type: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`Bug: the page has no ${type.name} #${id}`);
}
