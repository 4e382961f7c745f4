import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packClient } from '../../lib/packages/client-package.ts';
import { FAULT_NAMES } from '../../lib/simulator/simulator.ts';
import { startTestRun, type TestRun } from '../support/local-run.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

let service: TestRun;
let shop: string;
beforeAll(async () => {
  service = await startTestRun();
  shop = await mkdtemp(path.join(tmpdir(), 'refunds-page-'));
  await writeFile(path.join(shop, 'package.json'), '{"type":"module"}');
  const install = [
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    await packClient(path.join(shop, 'made')),
  ];
  await run('npm', install, { cwd: shop });
});
afterAll(async () => {
  await service.end();
  await rm(shop, { recursive: true, force: true });
});

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

describe.each(['README.md', 'README.ko.md'])('the snippets of %s', (file) => {
  /** An order nobody has used yet, and the token of its customer. */
  async function anOrder(name: string): Promise<string> {
    const order = `${name}-${file.length}`;
    const body = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 9_000, customer_id: 'c' };
    expect((await service.call('POST', '/_local/payments', { body })).status).toBe(201);
    return order;
  }
  async function token(): Promise<string> {
    return (await service.signIn({ sub: 'c' })).replace('Bearer ', '');
  }

  it('refund with fetch as they stand', async () => {
    const [snippet = ''] = await blocksOf(file, 'js');
    const order = await anOrder('ORD-S');
    const AsyncFunction = (async () => undefined).constructor as new (
      ...source: string[]
    ) => (api: string, token: string) => Promise<unknown>;
    const call = new AsyncFunction('api', 'token', `${snippet.replace('ORD-1', order)}; return answer;`);
    await expect(call(service.url, await token())).resolves.toMatchObject({ cancel_amount: 2_000 });
  });

  it('refund with the browser client as its package has it', async () => {
    const blocks = await blocksOf(file, 'ts');
    const snippet = blocks.find((block) => block.includes('iamport-refunds-client')) ?? '';
    const order = await anOrder('ORD-B');
    const given = `const api = ${JSON.stringify(service.url)}, token = ${JSON.stringify(await token())};\n`;
    const program = given + snippet.replaceAll('ORD-1', order);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: shop });
    expect(stdout).toMatch(/^cancelled (Refunded\. ₩2,000|환불되었습니다\. 2,000원)$/m);
  });
});

describe('the two readmes', () => {
  const shape = async (file: string) => {
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    const found = (pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([all]) => all);
    return {
      headings: found(/^#+ /gm),
      blocks: found(/^```\w+$/gm),
      tableRows: found(/^\|/gm).length,
      links: found(/\]\((?!README)[^)]+\)/g).toSorted(),
      commands: found(/npm run [\w:-]+|npm (ci|test|start)|npx cdk \w+/g).toSorted(),
      figures: found(/\$[\d.,]+\d/g),
    };
  };

  it('say the same: headings, blocks, tables, links, commands, figures', async () => {
    expect(await shape('README.ko.md')).toEqual(await shape('README.md'));
  });

  it.each(['README.md', 'README.ko.md'])('name every fault of the simulator: %s', async (file) => {
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    for (const fault of FAULT_NAMES) expect(text).toContain(`\`${fault}\``);
  });
});
