import { describe, expect, it } from 'vitest';
import { named, quoted, shellWord, wrapped } from '../../../lib/cli/words.ts';

describe('text from outside', () => {
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
