import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientScript } from '../../lib/packages/client-package.ts';
import { documentsOf, startTestRun, type TestRun } from '../support/local-run.ts';
import { blocksIn, readPaper, ROOT } from '../support/papers.ts';

const run = promisify(execFile);

let service: TestRun;
beforeAll(async () => {
  service = await startTestRun();
});
afterAll(async () => service.end());

/** Runs the commands of a document that call a local run, with only the address replaced. Those of README.ko.md are the same: papers.test.ts. */
async function shell(paper: string): Promise<string> {
  const commands = blocksIn(readPaper(paper), 'sh')
    .filter((block) => block.includes('curl -s http://127.0.0.1:3000'))
    .join('\n')
    .replaceAll('http://127.0.0.1:3000', service.url);
  const env = { ...process.env, PORT: new URL(service.url).port };
  return (await run('bash', ['-euc', commands], { cwd: ROOT, env })).stdout;
}

it('the documented commands make a refund, lose an answer, resolve the refund and explain it', async () => {
  const told = await shell('README.md');
  expect(told).toMatch(/"cancel_amount":2000.*"status":"cancelled"/);
  expect(told).toMatch(/HTTP\/1\.1 202.*location: \/payments\/ORD-1\/refunds\/rf_.*"status":"unknown"/s);
  expect(told).toContain('"cancel_amount":5000');
  // Lines are wrapped at 80 columns, so a phrase may span two lines.
  expect(told.replaceAll(/\s+/g, ' ')).toMatch(/left 5,000 KRW .* 3,000 KRW, CANCELLED/);
});

it('the documented fault commands script the described faults', async () => {
  const told = await shell('lib/lab/README.md');
  expect(told).toContain('{"on":"cancel","fault":"late","delay_ms":5000}');
  expect(told).toMatch(/"fault":"reason_cut".*"imp_uid":"imp_1"/);
  await service.call('DELETE', '/_local/faults');
});

interface Element {
  disabled?: boolean;
  textContent?: string;
  onclick?: () => Promise<void>;
}

type Fetch = (url: string, init: { readonly headers: Readonly<Record<string, string>> }) => Promise<Response>;

const AsyncFunction = (async () => undefined).constructor as new (
  ...source: string[]
) => (...given: readonly unknown[]) => Promise<unknown>;

describe('the refund button in README.md, pasted unchanged', () => {
  let orders = 0;

  /** A page with the snippet and a paid order; a press works even when the button is disabled. */
  async function page(send: Fetch = fetch) {
    orders += 1;
    const order = `ORD-B-${orders}`;
    const payment = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 9_000, customer_id: 'c' };
    await service.call('POST', '/_local/payments', { body: payment });
    const elements: Readonly<Record<string, Element>> = { '#refund': { disabled: false }, '#told': {} };
    const [snippet = ''] = blocksIn(readPaper('README.md'), 'html');
    const [, script = ''] = /<script type="module">(.*)<\/script>/s.exec(snippet) ?? [];
    const keys: string[] = [];
    const heard: Fetch = async (url, init) => {
      keys.push(init.headers['idempotency-key'] ?? '');
      return send(url, init);
    };
    const token = (await service.signIn({ sub: 'c' })).replace('Bearer ', '');
    const document = { querySelector: (selector: string) => elements[selector] };
    await new AsyncFunction('document', 'fetch', 'api', 'token', script.replace('ORD-1', order))(
      document,
      heard,
      service.url,
      token,
    );
    const press = async () => {
      await elements['#refund']?.onclick?.();
      return elements['#told']?.textContent;
    };
    const cancelled = async () =>
      (await service.call('GET', `/_local/iamport/imp_${order}`)).body['cancel_amount'];
    return { order, elements, keys, press, cancelled, isOff: () => elements['#refund']?.disabled };
  }

  it('the button refunds once when it is pressed twice, at once or later', async () => {
    const { press, cancelled, keys, isOff } = await page();
    const [, second] = [press(), press()];
    expect(isOff()).toBe(true);
    await second;
    expect(await press()).toBe('cancelled');
    expect(isOff()).toBe(true);
    expect(await cancelled()).toBe(2_000);
    expect(new Set(keys).size).toBe(1);
  });

  it('the button refunds once when the service’s answer is lost and it is pressed again', async () => {
    let isLost = true;
    const { press, cancelled, isOff } = await page(async (...asked) => {
      const answer = await fetch(...asked);
      if (isLost) throw new TypeError('network error');
      return answer;
    });
    expect(await press()).toContain('same refund');
    expect(isOff()).toBe(false);
    isLost = false;
    expect(await press()).toBe('cancelled');
    expect(await cancelled()).toBe(2_000);
  });

  it('the button refunds once when i’mport’s answer is lost and it is pressed until the result is known', async () => {
    const { order, press, cancelled } = await page();
    const fault = { on: 'cancel', fault: 'answer_lost', imp_uid: `imp_${order}` };
    await service.call('POST', '/_local/faults', { body: fault });
    expect(await press()).toBe('unknown');
    await service.call('POST', '/_local/resolve');
    expect(await press()).toBe('cancelled');
    expect(await cancelled()).toBe(2_000);
  });

  it('the button uses a new key after a refusal', async () => {
    const { order, press, cancelled, keys } = await page();
    const fault = { on: 'cancel', fault: 'refused', imp_uid: `imp_${order}` };
    await service.call('POST', '/_local/faults', { body: fault });
    expect(await press()).toContain('Idempotency-Key');
    expect(await press()).toBe('cancelled');
    expect(new Set(keys).size).toBe(2);
    expect(await cancelled()).toBe(2_000);
  });
});

it('the order item of DEPLOY.md’s checkout sample is readable for the service and is written once', async () => {
  const [snippet = ''] = blocksIn(readPaper('lib/stack/DEPLOY.md'), 'js');
  const documents = await documentsOf(service);
  const order = 'ORD-W';
  const checkout = new AsyncFunction('documents', 'UpdateCommand', 'orders', snippet.replace('ORD-1', order));
  await checkout(documents, UpdateCommand, service.tables.orders);
  await expect(checkout(documents, UpdateCommand, service.tables.orders)).rejects.toThrow('conditional');
  documents.destroy();
  const payment = { imp_uid: `imp_${order}`, merchant_uid: order, amount: 10_000, order: false };
  await service.call('POST', '/_local/payments', { body: payment });
  const asked = async (sub: string) =>
    service.call('GET', `/payments/${order}`, { headers: { authorization: await service.signIn({ sub }) } });
  expect((await asked('customer-1')).body).toMatchObject({ merchant_uid: order, cancelable_amount: 10_000 });
  expect((await asked('customer-2')).status).toBe(404);
});

it('the plain script in the client’s README loads a working client', async () => {
  const [block = ''] = blocksIn(readPaper('lib/packages/client-README.md'), 'html');
  const [, snippet = ''] = /<script>\n([\s\S]*?)<\/script>/.exec(block) ?? [];
  const page = { token: 'token', fetch, setTimeout, clearTimeout, AbortController, URL };
  runInNewContext(`${await clientScript()}\n${snippet.replace('const refunds', 'globalThis.refunds')}`, page);
  expect(page).toHaveProperty('refunds.cancel');
});
