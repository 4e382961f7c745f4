import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import type { LocalRunOptions } from '../../lib/lab/local/options.ts';
import { startTestRun, type TestRun } from './local-run.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
/** Without a browser the tests are skipped, and a message says so. */
export const noChromium = !existsSync(CHROMIUM);
if (noChromium) {
  console.warn(
    `SKIPPED: the browser tests need Chromium at ${CHROMIUM} (apt install chromium, or set CHROMIUM_PATH).`,
  );
}

export async function openBrowser(...more: readonly string[]): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet, ...more];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

export interface Visitor {
  readonly language?: 'ko' | 'en';
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

/** The demo shop of a local run, and a browser for it. */
export interface Shop {
  readonly run: TestRun;
  /** A page with its own browser storage. */
  readonly visit: (path: string, visitor?: Visitor) => Promise<Page>;
  /** What the pages reported: violations of their own policy, uncaught errors, requests to another host. */
  readonly problems: readonly string[];
  /** Closes the pages: pages of an ended test would keep polling. */
  readonly leave: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export async function openShop(options: Partial<LocalRunOptions> = {}): Promise<Shop> {
  const run = await startTestRun({ quietPeriodSeconds: 1, resolveEverySeconds: 1, ...options });
  const browser = await openBrowser();
  const problems: string[] = [];
  const visit: Shop['visit'] = async (path, { language = 'ko', width = 1_280, scheme = 'light' } = {}) => {
    const locale = language === 'en' ? 'en-US' : 'ko-KR';
    const context = await browser.newContext({
      viewport: { width, height: 860 },
      colorScheme: scheme,
      // A colour within a transition is no fault of the page.
      reducedMotion: 'reduce',
      locale,
    });
    // Like vitest's own limits: for what never happens.
    context.setDefaultTimeout(60_000);
    context.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(run.url))
        problems.push(request.url());
    });
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) problems.push(message.text());
    });
    context.on('weberror', (error) => problems.push(error.error().message));
    const page = await context.newPage();
    await page.goto(`${run.url}${path}`);
    return page;
  };
  const leave = async (): Promise<void> => {
    await Promise.all(browser.contexts().map(async (each) => each.close()));
  };
  const end = async (): Promise<void> => {
    // The tables must not be closed during a look.
    await leave();
    await browser.close();
    await run.end();
  };
  return { run, visit, problems, leave, end };
}

/** What axe finds against WCAG 2.2 AA: labels, contrast, names, landmarks. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** A payment of the demo's customer, at i'mport and in the ledger. */
export async function paid(shop: Shop, order: string, more: object = {}): Promise<void> {
  const body = {
    merchant_uid: order,
    imp_uid: `imp_${order}`,
    amount: 10_000,
    customer_id: 'demo-customer',
    ...more,
  };
  const { status } = await shop.run.call('POST', '/_local/payments', { body });
  if (status !== 201) throw new Error(`POST /_local/payments: ${status}`);
}

/** What i'mport has cancelled of a payment. */
export async function cancelled(shop: Shop, order: string): Promise<unknown> {
  return (await shop.run.call('GET', `/_local/iamport/imp_${order}`)).body['cancel_amount'];
}

export async function scripted(shop: Shop, order: string, fault: object): Promise<void> {
  const body = { on: 'cancel', imp_uid: `imp_${order}`, ...fault };
  const { status } = await shop.run.call('POST', '/_local/faults', { body });
  if (status >= 300) throw new Error(`POST /_local/faults: ${status}`);
}

/** The page of an order, used as a person uses it. */
export function orderPage(page: Page) {
  const form = page.locator('form');
  const request = form.getByRole('button', { name: '환불 요청하기' });
  const dialog = page.getByRole('dialog');
  const yes = dialog.getByRole('button', { name: '환불 요청하기' });
  return {
    form,
    request,
    dialog,
    yes,
    part: async (amount: string): Promise<Locator> => {
      await form.getByLabel('일부 금액').check();
      const field = form.getByLabel('환불받을 금액');
      await field.fill(amount);
      return field;
    },
    refund: async (): Promise<void> => {
      await request.click();
      await yes.click();
    },
    says: async (kind: string): Promise<Locator> => {
      const said = page.locator(`#said[data-kind="${kind}"]`);
      await said.waitFor({ state: 'attached' });
      return said;
    },
    left: async (amount: string): Promise<void> => {
      await page.locator('.sums div:nth-child(3)').getByText(amount, { exact: true }).waitFor();
    },
  };
}
