/** Control characters, invisible ones, and those that change the direction of text. */
const ACTING = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * The text with every such character as JSON writes it (`\u001b`), so that nothing from outside acts where it is shown, and no
 * line break begins a line of its own. In JSON text the same characters stand inside of strings only, so it stays JSON.
 */
export function escaped(text: string): string {
  return text.toWellFormed().replaceAll(ACTING, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** By it a spreadsheet knows UTF-8; without it Excel reads Korean as another charset. */
export const BYTE_ORDER_MARK = '\uFEFF';
/** RFC 4180. */
export const LINE_END = '\r\n';

/**
 * What a spreadsheet takes for a formula, in its full-width and small forms and behind blanks, too: an apostrophe in front makes
 * it text. https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^\s*[=+\-@\u2212]|^[\t\r\n]/u;

/** Somebody's words in a cell. */
export function textCell(text: string): string {
  return escaped(FORMULA.test(text.normalize('NFKC')) ? `'${text}` : text);
}

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(quotedCell).join(',')}${LINE_END}`;
}

function quotedCell(cell: string): string {
  return /[",;\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
