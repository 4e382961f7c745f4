import { existsSync, mkdirSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type Locator, type Page, type Request } from 'playwright-core';
import { vi } from 'vitest';
import type { LocalRunOptions } from '../../lib/lab/local/options.ts';
import { startTestRun, type TestRun } from './local-run.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
/** Without a browser there is nothing to test, and that is said. */
export const noChromium = !existsSync(CHROMIUM);
if (noChromium) {
  console.warn(
    `SKIPPED: the browser tests need Chromium at ${CHROMIUM} (apt install chromium, or set CHROMIUM_PATH).`,
  );
}
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Visitor {
  readonly who?: 'customer' | 'staff1' | 'staff2';
  /** null: nobody has chosen one, and the browser's own counts. */
  readonly language?: 'ko' | 'en' | null;
  readonly locale?: string;
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
}

/** The demo shop of a local run, and a browser that visits it. */
export interface Shop {
  readonly run: TestRun;
  /** A page of its own, signed in; its storage is nobody else's. */
  readonly visit: (path: string, visitor?: Visitor) => Promise<Page>;
  /** What the pages have complained about: their own policy, and errors that nobody caught. */
  readonly problems: readonly string[];
  readonly end: () => Promise<void>;
}

export async function openShop(options: Partial<LocalRunOptions> = {}): Promise<Shop> {
  mkdirSync('.artifacts', { recursive: true });
  const run = await startTestRun({ quietPeriodSeconds: 1, resolveEverySeconds: 1, ...options });
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  const problems: string[] = [];
  const asked = new Set<Request>();
  const visit: Shop['visit'] = async (path, visitor = {}) => {
    const { who = 'customer', language = 'ko', width = 1_280, scheme = 'light' } = visitor;
    const { locale = language === 'en' ? 'en-US' : 'ko-KR' } = visitor;
    const context = await browser.newContext({
      viewport: { width, height: 860 },
      colorScheme: scheme,
      locale,
    });
    await context.addInitScript(
      ([signedIn, speaks]) => {
        if (localStorage.getItem('demo-who') === null) localStorage.setItem('demo-who', signedIn);
        if (speaks !== null && localStorage.getItem('demo-language') === null)
          localStorage.setItem('demo-language', speaks);
      },
      [who, language] as const,
    );
    // As vitest's own limits: for what never comes.
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    page.on('request', (request) => asked.add(request));
    page.on('requestfinished', (request) => asked.delete(request));
    page.on('requestfailed', (request) => asked.delete(request));
    const forget = (): void => {
      for (const request of asked) if (request.frame().page() === page) asked.delete(request);
    };
    // A request whose document has gone tells nothing more.
    page.on('framenavigated', forget);
    page.on('close', forget);
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`${run.url}${path}`);
    return page;
  };
  return {
    run,
    visit,
    problems,
    end: async () => {
      // Pages look again and again; the table must not be closed under a look that is on its way.
      await Promise.all(browser.contexts().map(async (each) => each.route('**/*', (route) => route.abort())));
      await vi.waitUntil(() => asked.size === 0, { timeout: 5_000 }).catch(() => undefined);
      await browser.close();
      await run.end();
    },
  };
}

/** What axe finds against WCAG 2.2 AA: labels, contrast, names, landmarks. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** A payment of the demo's customer, at i'mport and in the table. */
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

export async function scripted(shop: Shop, fault: object): Promise<void> {
  const { status } = await shop.run.call('POST', '/_local/faults', { body: { on: 'cancel', ...fault } });
  if (status >= 300) throw new Error(`POST /_local/faults: ${status}`);
}

/** The form of an order's page, as a person uses it. */
export function refundForm(page: Page) {
  const form = page.locator('form.refund');
  const press = form.locator('button.primary');
  const dialog = page.locator('dialog');
  return {
    form,
    press,
    dialog,
    part: async (amount: string): Promise<Locator> => {
      await form.getByText('부분 환불').click();
      const field = form.getByLabel('환불 금액');
      await field.fill(amount);
      return field;
    },
    confirm: async (): Promise<void> => {
      await press.click();
      await dialog.locator('button.primary').click();
    },
    says: async (kind: string): Promise<Locator> => {
      const said = page.locator(`.said[data-kind="${kind}"]`);
      await said.waitFor();
      return said;
    },
    left: async (amount: string): Promise<void> => {
      await page.locator('[data-fact="left"]').getByText(amount, { exact: true }).waitFor();
    },
  };
}
