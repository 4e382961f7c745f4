import { existsSync, mkdirSync } from 'node:fs';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestRun, type TestRun } from '../support/local-run.ts';
import { atProvider } from '../support/ledger.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
if (missing) {
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

// Without a browser there is nothing to test here, and the line above says so.
describe.skipIf(missing)('the demo shop in Chromium', () => {
  let run: TestRun;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    mkdirSync('.artifacts', { recursive: true });
    run = await startTestRun({ quietPeriodSeconds: 1, resolveEverySeconds: 1 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    page = await browser.newPage({ viewport: { width: 360, height: 780 }, locale: 'ko-KR' });
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(run.url);
    await page.locator('.facts', { hasText: 'KRW' }).first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await run.end();
  });

  const order = (name: string): Locator => page.locator('.order', { hasText: name });
  async function refund(name: string, amount: string): Promise<void> {
    await order(name).getByRole('spinbutton').fill(amount);
    await order(name).getByRole('button', { name: '환불하기' }).click();
  }
  async function says(name: string, kind: string): Promise<void> {
    await order(name).locator(`.said[data-kind="${kind}"]`).waitFor();
  }
  async function script(fault: object): Promise<void> {
    expect((await run.call('POST', '/_local/faults', { body: fault })).status).toBeLessThan(300);
  }

  it('refunds in part, then in full, an order that the console has refunded in part already', async () => {
    await page.reload();
    await order('demo-part').getByText('58,000 KRW').waitFor();
    await refund('demo-part', '8000');
    await says('demo-part', 'cancelled');
    await order('demo-part').getByText('50,000 KRW').waitFor();
    await order('demo-part').getByRole('spinbutton').fill('');
    await order('demo-part').getByRole('button').click();
    await order('demo-part').getByText('환불 가능 0 KRW').waitFor();
    await page.screenshot({ path: '.artifacts/refunded.png', fullPage: true });
    expect((await atProvider(run, 'imp_demo-part')).cancelAmount).toBe(63_000);
  });

  it('makes one refund of a double click', async () => {
    await order('demo-usd').getByRole('spinbutton').fill('4.2');
    await order('demo-usd').getByRole('button').dblclick();
    await says('demo-usd', 'cancelled');
    expect((await atProvider(run, 'imp_demo-usd')).cancelAmount).toBe(4.2);
  });

  it('follows a refund in doubt to its end, also over a reload in the middle', async () => {
    await script({ on: 'cancel', fault: 'request_lost', imp_uid: 'imp_demo-card' });
    await refund('demo-card', '12000');
    await says('demo-card', 'pending');
    await page.screenshot({ path: '.artifacts/in-doubt.png', fullPage: true });
    await page.reload();
    await says('demo-card', 'cancelled');
    expect((await atProvider(run, 'imp_demo-card')).cancelAmount).toBe(12_000);
  });

  it('asks for the account of a virtual account, and keeps it nowhere', async () => {
    const card = order('demo-vbank');
    await card.getByLabel('예금주').fill('김환불');
    await card.getByLabel('계좌번호').fill('11012345678');
    await card.getByLabel('은행').selectOption({ label: '신한' });
    await refund('demo-vbank', '5000');
    await says('demo-vbank', 'cancelled');
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(kept).not.toContain('11012345678');
    expect(kept).not.toContain('access_token');
  });

  it('says in Korean why a refund is refused', async () => {
    await script({ on: 'cancel', fault: 'refused', imp_uid: 'imp_demo-card' });
    await refund('demo-card', '1000');
    await order('demo-card').getByText('결제사에서 환불을 거절했습니다.').waitFor();
    await page.screenshot({ path: '.artifacts/refused.png', fullPage: true });
    expect((await atProvider(run, 'imp_demo-card')).cancelAmount).toBe(12_000);
  });

  it('can be used with the keyboard alone', async () => {
    await order('demo-phone').getByRole('spinbutton').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says('demo-phone', 'cancelled');
    expect((await atProvider(run, 'imp_demo-phone')).cancelAmount).toBe(9_900);
  });

  it('shows the API on a page that a person can read', async () => {
    const docs = await browser.newPage();
    await docs.goto(`${run.url}/docs`);
    await docs.getByRole('heading', { name: 'POST /payments/cancel' }).waitFor();
    expect(await docs.locator('dt', { hasText: 'cancel_request_amount' }).count()).toBe(1);
    await docs.screenshot({ path: '.artifacts/api.png', fullPage: true });
    await docs.close();
  });

  it('speaks English, fits a phone, and breaks no policy of its own', async () => {
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Refund demo shop' }).waitFor();
    await page.screenshot({ path: '.artifacts/english.png', fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(problems).toEqual([]);
  });
});
