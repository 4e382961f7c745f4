import { exponentOf } from '../../functions/refund/currencies.ts';
import { koreanTime } from '../../functions/refund/korea-time.ts';
import { toDecimal, type Minor } from '../../functions/refund/money.ts';

// --- Text from outside ---

/** Text from outside in quotes, so that its start and end are visible. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A one-word name unchanged, any other name quoted. */
export function named(name: string): string {
  return /^[^\s"]+$/.test(name) ? name : quoted(name);
}

/** Quotes any text as one word for a shell. */
export function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

// --- Width ---

const MOST_COLUMNS = 80;
const INDENT = 4;

/** Hangul, Chinese characters and full-width forms take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu;

function columns(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0);
}

/** Breaks a line at 80 columns; the continuation is indented by four more columns. */
export function wrapped(line: string, further: number = INDENT): readonly string[] {
  if (columns(line) <= MOST_COLUMNS) return [line];
  const [margin = ''] = /^ */.exec(line) ?? [];
  const indent = ' '.repeat(margin.length + further);
  const lines: string[] = [];
  let current = margin;
  for (const word of line
    .trimStart()
    .split(' ')
    .flatMap(inPieces(MOST_COLUMNS - indent.length))) {
    const isFirst = current === margin || current === indent;
    const longer = isFirst ? current + word : `${current} ${word}`;
    if (isFirst || columns(longer) <= MOST_COLUMNS) {
      current = longer;
      continue;
    }
    lines.push(current.trimEnd());
    current = indent + word;
  }
  return [...lines, current];
}

/** Cuts a word that is wider than a line. */
function inPieces(most: number): (word: string) => readonly string[] {
  return (word) => {
    const pieces = [''];
    for (const character of word) {
      const last = pieces.at(-1) ?? '';
      if (columns(last + character) > most) pieces.push(character);
      else pieces[pieces.length - 1] = last + character;
    }
    return pieces;
  };
}

// --- Amounts and times ---

/** `14.20 USD`, `5,000 KRW`: an amount in major units with exactly the decimals of its currency. */
export function inMajor(amount: number, currency: string): string {
  const digits = exponentOf(currency) ?? 0;
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${amount.toLocaleString('en-US', format)} ${currency}`;
}

export function money(amount: Minor, currency: string): string {
  return inMajor(toDecimal(amount, currency), currency);
}

/** Korea time, because the shop and the PG use it. */
export function clock(atMs: number): string {
  return `${koreanTime(atMs)} KST`;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** `45 s`, `12 min`, `3 h 20 min`: how long ago something began. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 2 * MINUTE_SECONDS) return `${seconds} s`;
  const minutes = Math.floor(seconds / MINUTE_SECONDS);
  if (seconds < 2 * HOUR_SECONDS) return `${minutes} min`;
  return `${Math.floor(seconds / HOUR_SECONDS)} h ${minutes % 60} min`;
}
