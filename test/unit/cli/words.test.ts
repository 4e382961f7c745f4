import { describe, expect, it } from 'vitest';
import { escaped } from '../../../functions/http/csv.ts';
import { named, quoted, shellWord, wrapped } from '../../../lib/cli/words.ts';

describe('foreign text', () => {
  it.each([
    ['an escape sequence', '\u001b[2J', String.raw`\u001b[2J`],
    ['a control character of eight bits', '\u009b31m', String.raw`\u009b31m`],
    ['a line break', 'a\nb\r\u2028c', String.raw`a\u000ab\u000d\u2028c`],
    ['a character that turns the direction', 'a\u202eb\u2066c', String.raw`a\u202eb\u2066c`],
    ['a character that cannot be seen', 'a\u200bb\ufeff', String.raw`a\u200bb\ufeff`],
    ['a tag character beyond the first plane', 'a\u{e0041}b', String.raw`a\udb40\udc41b`],
    ['half of a pair', 'a\ud800b', 'a\ufffdb'],
  ])('%s is told by its number', (_what, text, told) => {
    expect(escaped(text)).toBe(told);
  });

  it('that is Korean, or an emoji, stays as it is', () => {
    expect(escaped('사이즈가 작아요 👍')).toBe('사이즈가 작아요 👍');
  });

  it('is the same JSON when it is escaped', () => {
    const foreign = { reason: '\u001b[2J\n\u202e\u009b\u007f"\\' };
    const line = escaped(JSON.stringify(foreign));
    expect(JSON.parse(line)).toEqual(foreign);
    expect(line).toMatch(/^[\u0020-\u007e]+$/);
  });

  it('is quoted where it could be taken for something else', () => {
    expect(named('ORD-1')).toBe('ORD-1');
    expect(named('ORD 1')).toBe('"ORD 1"');
    expect(quoted('the "size"')).toBe(String.raw`"the \"size\""`);
    expect(shellWord('C-1')).toBe('C-1');
    expect(shellWord("C'1; rm")).toBe(String.raw`'C'\''1; rm'`);
  });
});

describe('a line of at most 80 columns', () => {
  it('goes on four columns further in', () => {
    const words = Array.from({ length: 30 }, (_, index) => `word-${index}`).join(' ');
    const lines = wrapped(`  ${words}`);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^ {2}word-0/);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {6}word/);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(words);
  });

  it('counts two columns for a Korean character, and cuts a word that fits nowhere', () => {
    const lines = wrapped('가'.repeat(100));
    expect(lines.map((line) => line.trim()).join('')).toBe('가'.repeat(100));
    for (const line of lines) expect(line.trim().length).toBeLessThanOrEqual(40);
  });

  it('stays as it is when it is short', () => {
    expect(wrapped('  as  it is')).toEqual(['  as  it is']);
  });
});
