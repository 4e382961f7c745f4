import { describe, expect, it } from 'vitest';
import { deadLinks, filesIn, linksIn, readPaper as read } from '../support/papers.ts';

function sources(): readonly string[] {
  return filesIn(['bin', 'functions', 'lib', 'test'], '.ts');
}

const PROTOCOL = read('functions/protocol/PROTOCOL.md');
const IAMPORT = read('functions/iamport/IAMPORT.md');

/** Rows that a text speaks of: "row 7d", "rows 4 to 6 and 9", "rows 8' and 10". */
function rowsIn(text: string): readonly string[] {
  const row = String.raw`\d{1,2}[a-z]?'?`;
  const groups = [...text.matchAll(new RegExp(`\\brows? (${row}(?:(?:, | and | to | or )${row})*)`, 'gi'))];
  return groups.flatMap(([, list = '']) => list.split(/, | and | to | or /));
}

/** `| 7 look |` is row 7. */
const ROWS = new Set([...PROTOCOL.matchAll(/^\| (\d{1,2}[a-z]?'?)(?: [a-z]+)? \|/gm)].map(([, row]) => row));
const SECTIONS = new Set([...IAMPORT.matchAll(/^## (\d{1,2})\. /gm)].map(([, section]) => section));

describe('the papers beside the code', () => {
  it('have every row that a comment names', () => {
    expect(ROWS.size).toBeGreaterThan(16);
    const unknown = sources().flatMap((file) =>
      rowsIn(read(file))
        .filter((row) => !ROWS.has(row))
        .map((row) => `${file}: row ${row}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are spoken of by the code: every row has a comment that names it', () => {
    const named = new Set(
      sources()
        .filter((file) => file.startsWith('functions/'))
        .flatMap((file) => rowsIn(read(file))),
    );
    const silent = [...ROWS].filter((row) => row !== undefined && !named.has(row));
    expect(silent).toEqual([]);
  });

  it('have every section of IAMPORT.md that a comment cites', () => {
    expect(SECTIONS.size).toBeGreaterThan(8);
    const others = sources().filter((file) => !file.endsWith('papers.test.ts'));
    const unknown = others.flatMap((file) =>
      [...read(file).matchAll(/\(IAMPORT([^)]*)\)/g)].flatMap(([whole, cited = '']) => {
        const numbers = [...cited.matchAll(/\d+/g)].map(([number]) => number);
        const isKnown = numbers.length > 0 && numbers.every((number) => SECTIONS.has(number));
        return isKnown ? [] : [`${file}: ${whole}`];
      }),
    );
    expect(unknown).toEqual([]);
  });

  it.each([
    'functions/protocol/PROTOCOL.md',
    'functions/iamport/IAMPORT.md',
    'README.md',
    'README.ko.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'lib/stack/RUNBOOK.md',
    'lib/stack/RUNBOOK.ko.md',
  ])('lead somewhere: every link of %s to a file of the project', (paper) => {
    expect(linksIn(paper).length).toBeGreaterThan(0);
    expect(deadLinks(paper)).toEqual([]);
  });
});

describe('what runs at GitHub', () => {
  const workflows = filesIn(['.github/workflows'], '.yml');

  it('is pinned to a commit each, whose version stands beside it', () => {
    expect(workflows.length).toBeGreaterThan(2);
    const uses = workflows.flatMap((file) => read(file).match(/uses: .+$/gm) ?? []);
    expect(uses.length).toBeGreaterThan(5);
    expect(uses.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/.test(line))).toEqual([]);
  });

  it('may read, and more only where the job says why', () => {
    for (const file of workflows) expect(read(file), file).toMatch(/^permissions:\n {2}contents: read$/m);
  });

  it('runs only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    const text = [...workflows, '.ci/run'].map(read).join('\n');
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe('the version', () => {
  it('that is released has its entry in the changelog', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[${version}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm'));
    expect(read('package-lock.json')).toContain(`"version": "${version}"`);
  });
});
