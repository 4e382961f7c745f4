import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let service: TestRun;
beforeAll(async () => {
  service = await startTestRun();
});
afterAll(async () => service.end());

async function blocksOf(file: string, language: string): Promise<readonly string[]> {
  const text = await readFile(`${PROJECT}${file}`, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block = '']) => block,
  );
}

/** The commands as written, only at the address of this run. */
function here(commands: string): string {
  return commands
    .replaceAll('http://127.0.0.1:3000', service.url)
    .replace('explain ORD-1', `explain ORD-1 --url ${service.url}`);
}

describe.each(['README.md', 'README.ko.md'])('%s', (file) => {
  it(
    'refunds, loses an answer and explains it with the very commands it shows',
    { timeout: 60_000 },
    async () => {
      const blocks = await blocksOf(file, 'sh');
      const [first, badDay] = blocks.filter((block) => block.includes('curl'));
      // The two readmes use the same order: each starts from one that is not there yet.
      const order = file === 'README.md' ? 'ORD-1' : 'ORD-1-KO';
      const commands = here(`${first}${badDay}`)
        .replaceAll('ORD-1', order)
        .replaceAll('imp_123456789012', `imp_${order}`);
      const { stdout } = await run('bash', ['-euc', commands], { cwd: PROJECT });
      expect(stdout).toContain('"cancel_amount":2000');
      expect(stdout).toContain('HTTP/1.1 202');
      expect(stdout).toMatch(/"status":"unknown"/);
      expect(stdout).toMatch(/cancelled 5,000 KRW, left 5,000 KRW|IN DOUBT/);
    },
  );

  it('names only npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(`${PROJECT}package.json`, 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  it('links only to files that exist', async () => {
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    const links = [...text.matchAll(/\]\((?!http|#)([^)#]+)/g)].map(([, link = '']) => link);
    await Promise.all(links.map(async (link) => access(`${PROJECT}${link}`)));
    expect(links.length).toBeGreaterThan(3);
  });
});

describe('the storefront snippet of the README', () => {
  it('refunds with fetch as it stands', async () => {
    const [snippet = ''] = await blocksOf('README.md', 'js');
    await service.call('POST', '/_local/payments', {
      body: { imp_uid: 'imp_snippet', merchant_uid: 'ORD-S', amount: 9_000, customer_id: 'c' },
    });
    const authorization = await service.signIn({ sub: 'c' });
    const AsyncFunction = (async () => undefined).constructor as new (
      ...source: string[]
    ) => (api: string, token: string) => Promise<unknown>;
    const call = new AsyncFunction('api', 'token', `${snippet.replace('ORD-1', 'ORD-S')}; return answer;`);
    await expect(call(service.url, authorization.replace('Bearer ', ''))).resolves.toMatchObject({
      cancel_amount: 2_000,
    });
  });
});
