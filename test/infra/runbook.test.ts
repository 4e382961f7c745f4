import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DOUBTS } from '../../functions/refund/doubts.ts';
import { outputsOf } from '../../lib/stack/refund-service.ts';
import { blocksIn, filesIn, readPaper } from '../support/papers.ts';
import { stackWith } from './support.ts';

const ENGLISH = 'lib/stack/RUNBOOK.md';
const KOREAN = 'lib/stack/RUNBOOK.ko.md';
const PAPERS = [ENGLISH, KOREAN];

const run = promisify(execFile);

const outputs = Object.keys(outputsOf(stackWith({ eventsUrl: 'https://shop.example/events' }).service));

/** Replaces the tools: records its arguments, one per line. */
const STUBS = `
aws() { { printf 'aws'; printf '\\n  %s' "$@"; printf '\\n'; } >&2; echo stub; }
npm() { { printf 'npm'; printf '\\n  %s' "$@"; printf '\\n'; } >&2; }
`;

describe.each(PAPERS)('%s', (paper) => {
  const text = readPaper(paper);

  it('the runbook explains exactly the reasons that a look can give', () => {
    const table = text.slice(text.indexOf('| why') === -1 ? text.indexOf('(why)') : text.indexOf('| why'));
    const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2);
    const quoted = rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/"([^"]+)"/g)]);
    const told = quoted.map(([, why = '']) => why);
    expect(told).toHaveLength(Object.values(DOUBTS).length);
    expect(new Set(told)).toEqual(new Set(Object.values(DOUBTS)));
  });

  it('the runbook names only existing outputs', () => {
    const asked = [...text.matchAll(/\$\(output (\w+)\)|`([A-Z]\w+(?:Command|Url|Arn|Function|Names?))`/g)];
    const named = new Set(asked.map(([, output, quoted]) => output ?? quoted ?? ''));
    expect(named.size).toBeGreaterThan(6);
    expect([...named].filter((name) => !outputs.includes(name))).toEqual([]);
  });

  it('the runbook names only existing log events', () => {
    const sources = filesIn(['functions'], '.ts').map(readPaper).join('\n');
    const events = [...text.matchAll(/`(\w+)`(?: lines?| 줄)/g)].map(([, event = '']) => event);
    expect(events.length).toBeGreaterThan(8);
    expect(events.filter((event) => !sources.includes(`event: '${event}'`))).toEqual([]);
  });

  it('the shell commands in the runbook run unchanged, with every variable set before its use', async () => {
    const script = `${STUBS}${blocksIn(text, 'sh').join('\n')}`;
    const { stderr } = await run('bash', ['-euc', script]);
    expect(stderr).not.toMatch(/unbound|not found|syntax/);
    const payloads = [...stderr.matchAll(/--payload\n {2}(.+)/g)].map(([, json = '']) => json);
    expect(payloads).toEqual(['{"all":true}', '{"window":"full"}']);
    expect(stderr).toContain('--function-name\n  stub');
  });

  it('the runbook never writes into a table, because only the service and the shop do', () => {
    expect(text).not.toMatch(/(update|delete|put|write)-(batch-)?item|transact-write/);
  });

  it('the runbook names only existing anomalies', () => {
    const entry = /^## Anomalies$(.*?)^## /ms.exec(text)?.[1] ?? '';
    const quoted = [...entry.matchAll(/"([^"]+)"/g)].map(([, why = '']) => why);
    expect(quoted).toHaveLength(7);
    const source = readPaper('functions/refund/evidence.ts') + readPaper('functions/protocol/in-flight.ts');
    expect(quoted.filter((why) => !source.includes(why))).toEqual([]);
  });
});

describe('the runbook in Korean', () => {
  it('the Korean runbook has the same entries and commands as the English one', () => {
    const shape = (paper: string) => {
      const text = readPaper(paper);
      return {
        entries: [...text.matchAll(/^## (\w+)$/gm)].map(([, entry]) => entry),
        headings: text.match(/^#+ /gm),
        // Comments are in the language of the document.
        blocks: blocksIn(text, 'sh').map((block) => block.replaceAll(/ +# .*$/gm, '')),
        rows: text.match(/^\|/gm)?.length,
        means: text.match(/^\*\*(?:Means|뜻)\*\*/gm)?.length,
        does: text.match(/^\*\*(?:Do|할 일)\*\*/gm)?.length,
      };
    };
    expect(shape(KOREAN)).toEqual(shape(ENGLISH));
  });
});
