/** Control characters, invisible characters, and characters that change the direction of text. */
const ACTING = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Writes every such character as JSON does (`\u001b`), so that text from outside has no effect where it is shown and no line
 * break starts a new line. In JSON such characters occur only inside strings, so JSON stays valid.
 */
export function escaped(text: string): string {
  return text.toWellFormed().replaceAll(ACTING, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Tells a spreadsheet that the text is UTF-8; without it Excel misreads Korean. */
export const BYTE_ORDER_MARK = '\uFEFF';
/** RFC 4180. */
export const LINE_END = '\r\n';

/**
 * The starts that a spreadsheet takes for a formula, also in full-width and small forms and after blanks; a leading apostrophe
 * makes it text. https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /^\s*[=+\-@\u2212]|^[\t\r\n]/u;

/** Text from outside in a cell. */
export function textCell(text: string): string {
  const isFormula = [text, text.normalize('NFKC')].some((each) => FORMULA.test(each));
  return escaped(isFormula ? `'${text}` : text);
}

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(quotedCell).join(',')}${LINE_END}`;
}

function quotedCell(cell: string): string {
  return /[",;\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
