import { describe, expect, it } from 'vitest';
import { escaped } from '../../../functions/http/csv.ts';
import { named, quoted, shellWord, wrapped } from '../../../lib/cli/words.ts';

describe('text from outside', () => {
  it.each([
    ['an escape sequence', '\u001b[2J', String.raw`\u001b[2J`],
    ['an 8-bit control character', '\u009b31m', String.raw`\u009b31m`],
    ['a line break', 'a\nb\r\u2028c', String.raw`a\u000ab\u000d\u2028c`],
    ['a character that changes the writing direction', 'a\u202eb\u2066c', String.raw`a\u202eb\u2066c`],
    ['an invisible character', 'a\u200bb\ufeff', String.raw`a\u200bb\ufeff`],
    ['a tag character beyond the first plane', 'a\u{e0041}b', String.raw`a\udb40\udc41b`],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ])('%s is printed as its escape', (_what, text, printed) => {
    expect(escaped(text)).toBe(printed);
  });

  it('Korean text and an emoji are not escaped', () => {
    expect(escaped('사이즈가 작아요 👍')).toBe('사이즈가 작아요 👍');
  });

  it('text is quoted when it contains spaces or special characters', () => {
    expect(named('ORD-1')).toBe('ORD-1');
    expect(named('ORD 1')).toBe('"ORD 1"');
    expect(quoted('the "size"')).toBe(String.raw`"the \"size\""`);
    expect(shellWord('C-1')).toBe('C-1');
    expect(shellWord("C'1; rm")).toBe(String.raw`'C'\''1; rm'`);
  });
});

describe('a line of at most 80 columns', () => {
  it('a long line continues with four more columns of indent', () => {
    const words = Array.from({ length: 30 }, (_, index) => `word-${index}`).join(' ');
    const lines = wrapped(`  ${words}`);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^ {2}word-0/);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {6}word/);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(words);
  });

  it('a Korean character counts as two columns, and a word without spaces is cut', () => {
    const lines = wrapped('가'.repeat(100));
    expect(lines.map((line) => line.trim()).join('')).toBe('가'.repeat(100));
    for (const line of lines) expect(line.trim().length).toBeLessThanOrEqual(40);
  });
});
