import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { DOUBTS } from '../../../functions/refund/doubts.ts';
import { FINDINGS } from '../../../functions/refund/findings.ts';

const FUNCTIONS = path.join(import.meta.dirname, '../../../functions');
const read = (file: string) => readFileSync(path.join(FUNCTIONS, file), 'utf8');

/** Files that only list or explain the names. */
const LISTS = [
  'http/answer-schemas.ts',
  'http/codes.ts',
  'protocol/events.ts',
  'refund/doubts.ts',
  'refund/findings.ts',
  'refund/refund.ts',
  'refund/refusals.ts',
];
const SOURCES = globSync('**/*.ts', { cwd: FUNCTIONS })
  .filter((file) => !LISTS.includes(file))
  .map(read)
  .join('\n');
const EVENTS = [...read('protocol/events.ts').matchAll(/readonly event: '(\w+)'/g)].map(
  ([, name = '']) => name,
);

describe('every listed name is used in the code', () => {
  it.each([
    ['a reason why a look cannot decide', Object.keys(DOUBTS), (name: string) => `\\bDOUBTS\\.${name}\\b`],
    ['a finding', Object.keys(FINDINGS), (name: string) => `(finding\\(|amountsAbove0\\(|kind: )'${name}'`],
    ['an event of the log', EVENTS, (name: string) => `\\bevent(:| = .*[?:]) '${name}'`],
    ['a refusal', PROBLEM_CODES, (name: string) => `(?<!case )'${name}'`],
  ])('the code uses each name of %s', (_what, names, given) => {
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !new RegExp(given(name)).test(SOURCES))).toEqual([]);
  });

  it('the code writes and reads each attribute of the ledger, beyond its codec and its type', () => {
    const codecs = globSync('ledger/*-item*.ts', { cwd: FUNCTIONS }).map(read).join('\n');
    const kinds = 'text|texts|flag|money|minorUnits|number|seconds|oneOf|map|list';
    const attributes = codecs.matchAll(
      new RegExp(`\\b(\\w+): (?:optional\\()?(?:${kinds})(?:<\\w+>)?\\(`, 'g'),
    );
    const names = [...new Set([...attributes].map(([, name = '']) => name))];
    expect(names.length).toBeGreaterThan(80);
    const users = globSync('**/*.ts', { cwd: FUNCTIONS })
      .filter((file) => !/^(ledger|refund\/(refund|payment)\.ts)/.test(file))
      .map(read)
      .join('\n');
    expect(names.filter((name) => (users.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length < 2)).toEqual(
      [],
    );
  });
});
