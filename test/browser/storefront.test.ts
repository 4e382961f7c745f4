import { existsSync, mkdirSync } from 'node:fs';
import axe from 'axe-core';
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

/** What axe finds against WCAG 2.2 AA: labels, contrast, names, landmarks. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

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
    await page.locator('.facts', { hasText: '₩32,000' }).first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await run.end();
  });

  const order = (name: string): Locator => page.locator('.order', { hasText: name });
  /** Says what pressing it does, in its own words each time. */
  const press = (name: string): Locator => order(name).locator('button[type=submit]');
  async function refund(name: string, amount: string): Promise<void> {
    await order(name).getByLabel('환불 금액').fill(amount);
    await press(name).click();
  }
  async function says(name: string, kind: string): Promise<void> {
    await order(name).locator(`.said[data-kind="${kind}"]`).waitFor();
  }
  async function left(name: string, amount: string): Promise<void> {
    await order(name).locator('[data-fact="left"]').getByText(amount, { exact: true }).waitFor();
  }
  async function script(fault: object): Promise<void> {
    expect((await run.call('POST', '/_local/faults', { body: fault })).status).toBeLessThan(300);
  }

  it('refunds in part, then in full, an order that the console has refunded in part already', async () => {
    await page.reload();
    await left('demo-part', '₩58,000');
    await refund('demo-part', '8,000');
    await says('demo-part', 'cancelled');
    await left('demo-part', '₩50,000');
    expect(await press('demo-part').textContent()).toBe('₩50,000 전액 환불');
    await press('demo-part').click();
    await left('demo-part', '₩0');
    await page.screenshot({ path: '.artifacts/refunded.png', fullPage: true });
    expect((await atProvider(run, 'imp_demo-part')).cancelAmount).toBe(63_000);
  });

  it('never takes an amount that nobody can read for everything', async () => {
    await refund('demo-card', 'twelve');
    await order('demo-card').getByText('입력한 내용을 확인해 주세요.').waitFor();
    const field = order('demo-card').getByLabel('환불 금액');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect((await atProvider(run, 'imp_demo-card')).cancelAmount).toBe(0);
  });

  it('makes one refund of a double click', async () => {
    await order('demo-usd').getByLabel('환불 금액').fill('4.2');
    await press('demo-usd').dblclick();
    await says('demo-usd', 'cancelled');
    expect((await atProvider(run, 'imp_demo-usd')).cancelAmount).toBe(4.2);
  });

  it('follows a refund in doubt to its end, also over a reload in the middle, and shows how it went', async () => {
    await script({ on: 'cancel', fault: 'request_lost', imp_uid: 'imp_demo-card' });
    await refund('demo-card', '12000');
    await says('demo-card', 'pending');
    await order('demo-card').getByText('결과를 알 수 없음').waitFor();
    await page.screenshot({ path: '.artifacts/in-doubt.png', fullPage: true });
    await page.reload();
    await says('demo-card', 'cancelled');
    const books = order('demo-card').locator('details');
    await books.getByText('우리 기록 ₩12,000 · 아임포트 ₩12,000 · 일치').waitFor();
    const moments = await books.locator('.timeline span').allTextContents();
    expect(moments.map((text) => text.replaceAll(/: .*|\..*/g, ''))).toEqual([
      '₩32,000 결제',
      '고객',
      '1번째로 보냄',
      '돌아온 것',
      '2번째로 보냄',
      '돌아온 것',
      '환불됨',
    ]);
    await page.screenshot({ path: '.artifacts/time-line.png', fullPage: true });
    expect((await atProvider(run, 'imp_demo-card')).cancelAmount).toBe(12_000);
  });

  async function enterAccount(): Promise<void> {
    const card = order('demo-vbank');
    await card.getByLabel('예금주').fill('김환불');
    await card.getByLabel('계좌번호').fill('11012345678');
    await card.getByLabel('은행').selectOption({ label: '신한' });
  }

  it('asks for the account of a virtual account, and keeps it nowhere', async () => {
    await refund('demo-vbank', '5000');
    await order('demo-vbank').getByText('환불받을 계좌가 필요합니다.').waitFor();
    await enterAccount();
    await refund('demo-vbank', '5000');
    await says('demo-vbank', 'cancelled');
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(kept).not.toContain('11012345678');
    expect(kept).not.toContain('access_token');
  });

  it('finds a refund whose account and answer are both lost in a reload', async () => {
    const cancelRoute = '**/payments/cancel';
    // The request arrives; what comes back does not.
    await page.route(cancelRoute, async (route) => {
      await route.fetch();
      await route.abort();
    });
    await enterAccount();
    await order('demo-vbank').getByLabel('환불 금액').fill('7000');
    const arrived = page.waitForRequest(cancelRoute);
    await press('demo-vbank').click();
    await arrived;
    await order('demo-vbank').getByText('연결할 수 없습니다').waitFor();
    await page.reload();
    await says('demo-vbank', 'cancelled');
    await page.unroute(cancelRoute);
    await left('demo-vbank', '₩33,000');
    expect((await atProvider(run, 'imp_demo-vbank')).cancelAmount).toBe(12_000);
  });

  it('says in Korean why a refund is refused', async () => {
    await page.getByRole('button', { name: '거절' }).click();
    await page.getByText('다음 환불: 거절').waitFor();
    await refund('demo-card', '1000');
    await order('demo-card').getByText('결제사에서 환불을 거절했습니다.').waitFor();
    await page.screenshot({ path: '.artifacts/refused.png', fullPage: true });
    await page.getByText('다음 환불은 평소대로입니다.').waitFor();
    expect((await atProvider(run, 'imp_demo-card')).cancelAmount).toBe(12_000);
  });

  it('shows a cancel of the console beside the refunds of the shop', async () => {
    await order('demo-card').getByRole('group').locator('summary').click();
    await order('demo-card').getByRole('button', { name: '콘솔에서 취소' }).click();
    await left('demo-card', '₩19,000');
    await order('demo-card').getByText('다른 곳에서 ₩1,000 취소').waitFor();
    expect((await atProvider(run, 'imp_demo-card')).cancelAmount).toBe(13_000);
  });

  it('can be used with the keyboard alone', async () => {
    await order('demo-phone').getByLabel('환불 금액').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says('demo-phone', 'cancelled');
    // The form is gone, so the focus is on what was said.
    await order('demo-phone').locator('.said:focus').waitFor();
    expect((await atProvider(run, 'imp_demo-phone')).cancelAmount).toBe(9_900);
  });

  it('lets staff find the order of any customer, and nobody else', async () => {
    const theirs = {
      merchant_uid: 'SOMEBODYS-1',
      imp_uid: 'imp_somebodys_1',
      amount: 5_000,
      customer_id: 'somebody',
    };
    expect((await run.call('POST', '/_local/payments', { body: theirs })).status).toBe(201);
    expect(await page.getByLabel('주문번호로 찾기').isVisible()).toBe(false);
    await page.getByLabel('로그인').selectOption('staff');
    await page.getByLabel('주문번호로 찾기').fill('NOT-THERE');
    await page.getByRole('button', { name: '찾기' }).click();
    await page.getByText('결제를 찾을 수 없습니다.').waitFor();
    await page.getByLabel('주문번호로 찾기').fill('SOMEBODYS-1');
    await page.getByRole('button', { name: '찾기' }).click();
    await order('SOMEBODYS-1').getByLabel('사유').fill('불량');
    await refund('SOMEBODYS-1', '2000');
    await says('SOMEBODYS-1', 'cancelled');
    await order('SOMEBODYS-1').locator('summary').click();
    await order('SOMEBODYS-1').getByText('상점 직원: ₩2,000 환불 요청').waitFor();
    await page.screenshot({ path: '.artifacts/staff.png', fullPage: true });
  });

  it('shows the API on a page that a person can read', async () => {
    const docs = await browser.newPage();
    await docs.goto(`${run.url}/docs`);
    await docs.getByRole('heading', { name: 'POST /payments/cancel' }).waitFor();
    await docs.getByRole('rowheader', { name: 'cancel_request_amount' }).waitFor();
    await docs.getByText('Example').first().click();
    await docs.getByText('"cancel_request_amount": 2000').waitFor();
    await docs.screenshot({ path: '.artifacts/api.png', fullPage: true });
    expect(await faultsOf(docs)).toEqual([]);
    await docs.close();
  });

  it('speaks English, fits a phone and a desk, and breaks no policy of its own', async () => {
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Refund demo shop' }).waitFor();
    await order('demo-card').getByText('left').waitFor();
    await page.screenshot({ path: '.artifacts/english.png', fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.screenshot({ path: '.artifacts/desk.png', fullPage: true });
    expect(await faultsOf(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('has new orders when all are refunded', async () => {
    await page.getByRole('button', { name: 'New orders' }).click();
    await order('demo-card-2').locator('[data-fact="left"]').getByText('₩32,000').waitFor();
    expect(await order('demo-card').count()).toBe(1);
  });
});
