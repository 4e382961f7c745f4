import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine, textCell } from '../../../functions/http/csv.ts';

/** One line read as a spreadsheet reads it (RFC 4180). */
function cellsOf(line: string): readonly string[] {
  const cells = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)];
  return cells.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '');
}

describe('a text in a CSV cell', () => {
  it.each([
    '=1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n1',
    ' =1',
    '\u3000=1',
    '＝1+1',
    '－1',
    '﹦1',
    '\u22121',
    // A combining stroke, with which it is another character in NFKC.
    '=\u03381',
  ])('a text is never a formula, whatever it starts with: %j', (text) => {
    expect(textCell(text)).toMatch(/^'/);
  });

  it.each(['2-1', "it's", '반품(교환) + 환불', '👍'])(
    'a text without active content is not changed: %s',
    (text) => {
      expect(cellsOf(csvLine([textCell(text)]).trimEnd())).toEqual([text]);
    },
  );

  it('control characters are shown as text', () => {
    expect(textCell('a\u001b[2J\u202eb')).toBe(String.raw`a\u001b[2J\u202eb`);
  });
});

describe('a line of CSV', () => {
  it('a line is one line with the given number of cells, whatever they contain', () => {
    const cell = fc.string({ unit: 'grapheme' }).map(textCell);
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
        const line = csvLine(cells);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(cellsOf(line.slice(0, -2))).toEqual(cells);
        for (const each of cells) expect(each).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
      }),
    );
  });
});
