import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { PROBLEM_CODES } from '../../functions/http/codes.ts';
import { commandNamed, givenTo } from '../../lib/cli/arguments.ts';
import { COMMANDS } from '../../lib/cli/refunds.ts';
import { packClient } from '../../lib/packages/client-package.ts';
import { FAULT_NAMES } from '../../lib/lab/simulator/simulator.ts';
import { startTestRun, type TestRun } from '../support/local-run.ts';
import { refundsCommandsIn } from '../support/papers.ts';
import { wordsOf } from '../unit/cli/command-line.ts';

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
  it('refunds, loses an answer and explains it with the very commands it shows', async () => {
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
  });

  it('names only npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(`${PROJECT}package.json`, 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    const named = [...text.matchAll(/npm run (?:--silent )?(\w[\w:-]*)/g)].map(([, name = '']) => name);
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

describe.each(['README.md', 'README.ko.md'])('what %s', (file) => {
  it('has a checkout write is what the service reads, and is written once', async () => {
    const [, snippet = ''] = await blocksOf(file, 'js');
    const order = `ORD-W-${file.length}`;
    const AsyncFunction = (async () => undefined).constructor as new (
      ...source: string[]
    ) => (...given: readonly unknown[]) => Promise<unknown>;
    const { dynamodb_url: endpoint, table_name: table } = (await service.call('GET', '/_local')).body;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint: String(endpoint), region: 'ap-northeast-2', credentials });
    const documents = DynamoDBDocumentClient.from(client);
    const write = new AsyncFunction('documents', 'UpdateCommand', 'table', snippet.replace('ORD-1', order));
    await write(documents, UpdateCommand, table);
    await expect(write(documents, UpdateCommand, table)).rejects.toThrow('conditional');
    client.destroy();
    const body = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 10_000 };
    await service.call('POST', '/_local/payments', { body });
    const headers = { authorization: await service.signIn({ sub: 'customer-1' }) };
    const { body: payment } = await service.call('GET', `/payments/${order}`, { headers });
    expect(payment).toMatchObject({ merchant_uid: order, cancelable_amount: 10_000 });
  });

  it('has a page load as a plain script is a client', async () => {
    const [block = ''] = await blocksOf(file, 'html');
    const [, name = '', snippet = ''] =
      /src="([^"]+)"[\s\S]*<script>\n([\s\S]*?)<\/script>/.exec(block) ?? [];
    const script = await readFile(path.join(shop, 'node_modules/iamport-refunds-client', name), 'utf8');
    const page = { api: service.url, token: 'token', fetch, setTimeout, clearTimeout, AbortController, URL };
    runInNewContext(`${script}\n${snippet.replace('const refunds', 'globalThis.refunds')}`, page);
    expect(page).toHaveProperty('refunds.cancel');
  });

  it('shows of `refunds` is understood by it', async () => {
    const commands = refundsCommandsIn(await readFile(`${PROJECT}${file}`, 'utf8'));
    expect(commands.length).toBeGreaterThan(6);
    for (const line of commands) {
      const [name = '', ...words] = wordsOf(line);
      expect(() => givenTo(commandNamed(name, COMMANDS), words), line).not.toThrow();
    }
  });

  it.each([
    ['every code of an answer', async () => PROBLEM_CODES],
    ['every setting of a deployer', settingsOfTheDeployer],
    ['every variable of the local run', variablesOfTheLocalRun],
    ['every control of the local run', controls],
  ])('tells is complete: %s', async (_what, names) => {
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    const missing = (await names()).filter((name) => !text.includes(name));
    expect(missing).toEqual([]);
  });
});

async function settingsOfTheDeployer(): Promise<readonly string[]> {
  const { context } = JSON.parse(await readFile(`${PROJECT}cdk.json`, 'utf8')) as { context: object };
  return Object.keys(context).filter((key) => /^\w+$/.test(key));
}

async function variablesOfTheLocalRun(): Promise<readonly string[]> {
  const source = await readFile(`${PROJECT}lib/lab/local/settings.ts`, 'utf8');
  return [...source.matchAll(/environment, '([A-Z_]+)'/g)].map(([, name = '']) => name);
}

/** The last words of each route, since several share a line. */
async function controls(): Promise<readonly string[]> {
  const files = (await readdir(`${PROJECT}lib/lab/local/controls`)).map(
    (name) => `${PROJECT}lib/lab/local/controls/${name}`,
  );
  const sources = await Promise.all(files.map(async (name) => readFile(name, 'utf8')));
  const routes = sources.flatMap((source) => [...source.matchAll(/route: '\w+ (\/_local[^']*)'/g)]);
  const names = routes.map(([, route = '']) => route.split('/').at(-1) ?? '');
  return names.filter((name) => name !== 'jwks.json');
}

describe('the two readmes', () => {
  const shape = async (file: string) => {
    const text = await readFile(`${PROJECT}${file}`, 'utf8');
    const found = (pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([all]) => all);
    return {
      headings: found(/^#+ /gm),
      blocks: found(/^```\w+$/gm),
      tableRows: found(/^\|/gm).length,
      links: found(/\]\((?!README)[^)]+\)/g)
        .map((link) => link.replace('.ko.md', '.md'))
        .toSorted(),
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
