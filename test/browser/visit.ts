import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
/** Without a browser the tests are skipped, and a message says so. */
export const noChromium = !existsSync(CHROMIUM);
if (noChromium) {
  console.warn(
    `SKIPPED: the browser tests need Chromium at ${CHROMIUM} (apt install chromium, or set CHROMIUM_PATH).`,
  );
}

export interface Visitor {
  readonly language?: 'ko' | 'en';
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** What the tab's storage contains before the page loads. */
  readonly tab?: Readonly<Record<string, string>>;
}

/** Between them each language, width and colour scheme is seen once. */
export const LOOKS = [
  { language: 'ko', scheme: 'light', width: 375 },
  { language: 'en', scheme: 'dark', width: 1_280 },
] as const;

/** The local run with demo shop and staff desk, and a browser. All tests share them: a new one costs more than a test. */
class Shop {
  run!: TestRun;
  browser!: Browser;
  /** What the pages reported: violations of their own policy, uncaught errors, requests to another host. */
  readonly problems: string[] = [];
  /** By language, because only a new context can have another one. */
  readonly #contexts = new Map<string, Promise<BrowserContext>>();

  async open(): Promise<void> {
    // Nothing runs every second: a page that shows a refund in doubt reads it, and a read resolves it.
    this.run = await startTestRun({ quietPeriodSeconds: 1 });
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet];
    this.browser = await chromium.launch({ executablePath: CHROMIUM, args });
  }

  async visit(path: string, visitor: Visitor = {}): Promise<Page> {
    const { language = 'ko', width = 1_280, scheme = 'light', tab = {} } = visitor;
    const known = this.#contexts.get(language) ?? this.#newContext(language);
    this.#contexts.set(language, known);
    const page = await (await known).newPage();
    if (width !== 1_280) await page.setViewportSize({ width, height: 860 });
    if (scheme !== 'light') await page.emulateMedia({ colorScheme: scheme });
    await page.addInitScript((kept) => Object.assign(sessionStorage, kept), tab);
    await page.goto(`${this.run.url}${path}`);
    return page;
  }

  async #newContext(language: string): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      locale: language === 'en' ? 'en-US' : 'ko-KR',
      viewport: { width: 1_280, height: 860 },
      // A colour within a transition is no fault of the page.
      reducedMotion: 'reduce',
    });
    // Like vitest's own limits: for what never happens.
    context.setDefaultTimeout(60_000);
    context.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(this.run.url))
        this.problems.push(request.url());
    });
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.problems.push(message.text());
    });
    context.on('weberror', (error) => this.problems.push(error.error().message));
    return context;
  }

  /** Closes the pages, which would keep polling, and empties the browser's storage. */
  async leave(): Promise<void> {
    for (const known of this.#contexts.values()) {
      const context = await known;
      await context.setOffline(false);
      const [first] = context.pages();
      if (first === undefined) continue;
      const origin = { origin: this.run.url, storageTypes: 'local_storage,cookies' };
      const session = await context.newCDPSession(first);
      await session.send('Storage.clearDataForOrigin', origin);
      await Promise.all(context.pages().map(async (page) => page.close()));
    }
  }

  async end(): Promise<void> {
    // The tables must not be closed during a request.
    await this.browser.close();
    await this.run.end();
  }

  async control(path: string, body: object = {}): Promise<void> {
    const { status } = await this.run.call('POST', `/_local/${path}`, { body });
    if (status >= 300) throw new Error(`POST /_local/${path}: ${status}`);
  }
}

export const shop = new Shop();

/** No fault of WCAG 2.2 AA that axe finds (labels, contrast, names, landmarks), and no horizontal scrolling. */
export async function looksRight(page: Page, name: string): Promise<void> {
  await page.evaluate('typeof axe').then(async (known) => known === 'object' || page.evaluate(axe.source));
  const [width, violations] = await page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: typeof axe };
    const { violations: all } = await checker.run({ resultTypes: ['violations'] });
    return [document.documentElement.scrollWidth, all] as const;
  });
  const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect([name, width, faults]).toEqual([name, page.viewportSize()?.width, []]);
}

/** A payment of the demo's customer, at i'mport and in the ledger. */
export async function paid(order: string, more: object = {}): Promise<void> {
  const payment = { imp_uid: `imp_${order}`, amount: 10_000, customer_id: 'demo-customer' };
  await shop.control('payments', { merchant_uid: order, ...payment, ...more });
}

/** A cancel made in i'mport's console. */
export async function cancelElsewhere(order: string, amount: number, more: object = {}): Promise<void> {
  await shop.control(`iamport/imp_${order}/console-cancel`, { amount, ...more });
}

/** What i'mport has cancelled of a payment. */
export async function cancelled(order: string): Promise<unknown> {
  return (await shop.run.call('GET', `/_local/iamport/imp_${order}`)).body['cancel_amount'];
}

export async function scripted(order: string, fault: object): Promise<void> {
  await shop.control('faults', { on: 'cancel', imp_uid: `imp_${order}`, ...fault });
}

/** What the page of a payment says of a request, when it has come so far. */
export async function said(page: Page, kind: string): Promise<Locator> {
  const place = page.locator(`#said[data-kind="${kind}"]`);
  await place.waitFor({ state: 'attached' });
  return place;
}

/** Waits until the page shows this amount as left. */
export async function left(page: Page, amount: string): Promise<void> {
  await page.locator('.sums div:nth-child(3)').getByText(amount, { exact: true }).waitFor();
}

// --- The staff desk ---

export interface Staff extends Visitor {
  /** @default staff-1 */
  readonly who?: string;
}

/** A page of the desk, by its URL fragment, with a token as a sign-in leaves it in the tab. */
export async function atDesk(
  address = '',
  { who = 'staff-1', ...visitor }: Staff = {},
  access?: string,
): Promise<Page> {
  const groups = who.startsWith('staff') ? ['refund-staff'] : [];
  const token = access ?? (await shop.run.signIn({ sub: who, groups })).replace('Bearer ', '');
  const tokens = { access: token, endsAtMs: Date.now() + 3_600_000, name: who };
  return shop.visit(`/desk/${address}`, {
    ...visitor,
    tab: { 'refund-desk:tokens': JSON.stringify(tokens) },
  });
}

/** Signs in at the local issuer, from the desk's own button. */
export async function signIn(page: Page, who = 'staff-1'): Promise<void> {
  await page.locator('button.strong').click();
  await page.getByRole('button', { name: who, exact: true }).click();
  await page.locator('header nav').waitFor();
}

/** The page of a payment at the desk, used as staff use it. */
export function paymentPage(page: Page) {
  const form = page.locator('form.refund');
  const dialog = page.getByRole('dialog');
  const review = form.getByRole('button', { name: '환불 확인' });
  const yes = dialog.getByRole('button', { name: /^[\d,.]+원 환불$/ });
  return {
    form,
    dialog,
    review,
    yes,
    /** `amount`: a part; otherwise all that is left. */
    fill: async (amount?: string): Promise<void> => {
      if (amount !== undefined) {
        await form.getByLabel('일부').check();
        await form.getByLabel('환불할 금액').fill(amount);
      }
      await form.locator('select[name=why]').selectOption({ label: '상품 불량' });
    },
    refund: async (): Promise<void> => {
      await review.click();
      await yes.click();
    },
    /** The refunds as cards, newest first. */
    refunds: page.locator('article.refund'),
  };
}
