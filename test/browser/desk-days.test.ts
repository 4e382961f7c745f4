import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { atDesk, paymentPage } from '../support/desk.ts';
import { cancelled, faultsOf, noChromium, openShop, paid, scripted, type Shop } from '../support/shop.ts';

/** Words that must not appear while the outcome is unknown. */
const CLAIMS = /환불되었습니다|환불되지 않았|거절되었/;
/** The longest order number that i'mport allows. */
const LONG = 'A-VERY-LONG-ORDER-NUMBER-OF-40-LETTERS-X';

describe.skipIf(noChromium)('a day at the staff desk with a bad provider', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop.leave());
  afterAll(async () => shop.end());

  /** A refund of 4,000 won whose answer was lost and which i'mport has booked without our tag: only people can decide it. */
  async function inDrift(order: string): Promise<void> {
    await paid(shop, order);
    await scripted(shop, order, { fault: 'answer_lost', also: ['drop_tag'] });
    const page = await atDesk(shop, `#/orders/${order}`);
    const { fill, refund, refunds } = paymentPage(page);
    await fill('4,000');
    await refund();
    await refunds.first().getByText('사람 확인 필요').waitFor();
  }

  async function close(page: Page, verdict: string, evidence: string): Promise<void> {
    const panel = page.locator('details.close').first();
    await panel.getByLabel(verdict, { exact: true }).check();
    const entry = panel.getByRole('checkbox').first();
    if (verdict === '처리됨') await entry.check();
    await panel.getByLabel('근거').fill(evidence);
    await panel.getByRole('button', { name: /^(제안하기|동의하고 종결)$/ }).click();
  }

  it('the desk shows a refund without an answer as unknown, follows it over a reload, and shows its end', async () => {
    await paid(shop, 'LOST-1');
    await scripted(shop, 'LOST-1', { fault: 'answer_lost', also: ['asynchronous'], delay_ms: 5_000 });
    const page = await atDesk(shop, '#/orders/LOST-1');
    const { fill, refund, says, left, refunds } = paymentPage(page);
    await fill('4,000');
    await refund();
    await refunds.first().getByText('결과를 아직 모릅니다').waitFor();
    expect(await says('running')).not.toMatch(CLAIMS);
    expect(await page.locator('form.refund').count()).toBe(0);
    await page.reload();
    expect(await says('cancelled')).toContain('4,000원');
    await left('6,000원');
    expect(await cancelled(shop, 'LOST-1')).toBe(4_000);
  });

  it('the desk reports a broken connection without claiming an outcome, and resends only when asked, with one key', async () => {
    await paid(shop, 'CUT-1');
    const page = await atDesk(shop, '#/orders/CUT-1');
    const { fill, refund, yes, says } = paymentPage(page);
    const posts: (readonly [string | undefined, unknown])[] = [];
    page.on('request', (request) => {
      const body = request.postDataJSON() as { readonly checksum?: number } | null;
      if (request.url().endsWith('/cancel'))
        posts.push([request.headers()['idempotency-key'], body?.checksum]);
    });
    await page.route('**/payments/cancel', (route) => route.abort());
    await fill('4,000');
    await refund();
    await page.locator('#said').getByText('환불되었는지 아직 알 수 없습니다').waitFor();
    await page.reload();
    expect(await says('needs_confirmation')).toContain('4,000원');
    await page.unroute('**/payments/cancel');
    await page.getByRole('button', { name: '이어서 보내기' }).click();
    await yes.click();
    expect(await says('cancelled')).toContain('4,000원');
    expect(posts.length).toBeGreaterThan(1);
    expect(new Set(posts.map(String)).size).toBe(1);
    expect(posts.at(-1)?.[1]).toBe(10_000);
    expect(await cancelled(shop, 'CUT-1')).toBe(4_000);
  });

  it('the desk lists refunds that need people, and two of them close one with the entry that the PG names', async () => {
    await inDrift('DRIFT-1');
    const page = await atDesk(shop, '#/open');
    await page.locator('tr', { hasText: 'DRIFT-1' }).getByText('사람 확인 필요').waitFor();
    await page.getByRole('link', { name: 'DRIFT-1' }).click();
    await close(page, '처리됨', '');
    await page.locator('.close textarea[aria-invalid]:focus').waitFor();
    await close(page, '처리됨', 'PG console, 10:02\nentry C1');
    await page.getByText('제안했습니다. 24시간 안에').waitFor();
    await page.getByText('내가 제안했습니다').waitFor();

    const other = await atDesk(shop, '#/orders/DRIFT-1', { who: 'staff-2' });
    await other.getByText('직접 PG사에 확인한 뒤').waitFor();
    await close(other, '처리되지 않음', 'I see nothing');
    await other.getByText('다른 담당자가 다른 판정을 제안했습니다').waitFor();
    await other.getByText('staff-1: 처리됨').waitFor();
    await close(other, '처리됨', 'asked the PG by telephone');
    await other.getByText('종결되었습니다.').waitFor();
    const card = await paymentPage(other).refunds.first().textContent();
    expect(card).toMatch(/staff-1: 종결을 제안했습니다.*staff-2: 동의하여 종결했습니다/s);
    await paymentPage(other).left('6,000원');
    await other.getByText('두 장부가 같습니다').waitFor();
  });

  it('the desk refuses closing by one person alone, by a token without a person, and while the service can still decide', async () => {
    await inDrift('DRIFT-2');
    const page = await atDesk(shop, '#/orders/DRIFT-2');
    for (const [code, text] of [
      ['PERSON_CLAIM_MISSING', '개인 계정으로 로그인해 주세요'],
      ['STILL_RESOLVABLE', '아직 서비스가 스스로 확인할 수 있거나'],
    ] as const) {
      await page.route('**/close**', (route) => route.fulfill({ status: 409, json: { code, message: '' } }));
      await close(page, '처리되지 않음', 'nothing');
      await page.getByText(text).waitFor();
      await page.unroute('**/close**');
    }
    for (const evidence of ['nothing', 'nothing, twice']) {
      await close(page, '처리되지 않음', evidence);
      await page.getByText('제안했습니다. 24시간 안에').waitFor();
    }
    await paymentPage(page).refunds.first().getByText('사람 확인 필요').waitFor();
    expect(await page.getByText('종결되었습니다.').count()).toBe(0);
  });

  it('the desk acknowledges a finding with a note, which the report then shows', async () => {
    await paid(shop, 'TWICE-1');
    await paid(shop, 'TWICE-1', { imp_uid: 'imp_TWICE-1b' });
    await shop.run.call('POST', '/_local/reconcile', { body: {} });
    const page = await atDesk(shop, '#/reconciliation');
    const finding = page.locator('.findings li', { hasText: 'TWICE-1' }).first();
    await finding.locator('summary').click();
    await finding.getByRole('button', { name: '확인 처리' }).click();
    await finding.locator('textarea[aria-invalid]:focus').waitFor();
    await finding.getByLabel('확인한 내용').fill('the customer has ordered twice');
    await finding.getByRole('button', { name: '확인 처리' }).click();
    await page.getByText('확인 처리했습니다.').waitFor();
    await page
      .locator('.findings li[data-state=acknowledged]')
      .getByText('the customer has ordered twice')
      .waitFor();
    await page.getByText('모두 확인 처리되었습니다').first().waitFor();
  });

  /** Each page in use: with marked errors, with the confirmation question, while a refund in drift is closed. */
  async function* pages(page: Page): AsyncGenerator<string> {
    const go = async (address: string, there: string): Promise<void> => {
      await page.goto(`${shop.run.url}/desk/${address}`);
      await page.locator(there).first().waitFor();
    };
    yield 'list';
    await go('#/refunds?period=range', 'form.line');
    yield 'range';
    await go('#/open', 'table.rows');
    yield 'open';
    await go('#/orders/LOOK-VBANK', 'form.refund');
    await page.locator('form.refund input[value=part]').check();
    await page.locator('form.refund [type=submit]').click();
    yield 'faults';
    await go(`#/orders/${LONG}`, 'form.refund');
    await page.locator('form.refund select').selectOption({ index: 1 });
    await page.locator('form.refund [type=submit]').click();
    await page.locator('dialog[open]').waitFor();
    yield 'question';
    await page.keyboard.press('Escape');
    await go('#/orders/DRIFT-3', 'details.close');
    await page.locator('.close input[type=radio]').first().check();
    yield 'closing';
    await go('#/orders/LOOK-TWICE', '.choice');
    yield 'choice';
    await go('#/reconciliation', '.findings');
    await page.locator('.findings summary').first().click();
    yield 'reports';
  }

  describe('as it looks', () => {
    beforeAll(async () => {
      await inDrift('DRIFT-3');
      await paid(shop, 'LOOK-VBANK', { pay_method: 'vbank', pg_provider: 'smartro_v2' });
      await paid(shop, LONG, { imp_uid: 'imp_long_number_1234567890' });
      await paid(shop, 'LOOK-TWICE');
      await paid(shop, 'LOOK-TWICE', { imp_uid: 'imp_LOOK-TWICEb' });
      await shop.run.call('POST', '/_local/reconcile', { body: {} });
      await shop.leave();
    });

    it.each([
      { language: 'ko', scheme: 'light', width: 375 },
      { language: 'ko', scheme: 'dark', width: 1_280 },
      { language: 'en', scheme: 'light', width: 1_280 },
      { language: 'en', scheme: 'dark', width: 375 },
    ] as const)(
      'the desk has no WCAG 2.2 AA error and no horizontal overflow in $language, $scheme, $width px',
      async (seen) => {
        const page = await atDesk(shop, '', seen);
        for await (const name of pages(page)) {
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          expect([name, width, await faultsOf(page)]).toEqual([name, seen.width, []]);
        }
        // Only our texts: texts of the shop and the PG are in their own language.
        const labels = await page.locator('h1, h2, nav, dt, summary, button:not([lang])').allTextContents();
        expect(/[가-힣]/.test(labels.join(' '))).toBe(seen.language === 'ko');
      },
    );
  });

  it('on a phone the amount begins a line of its card; on paper the list remains a table', async () => {
    await paid(shop, 'CARD-1');
    await shop.run.call('POST', '/_local/iamport/imp_CARD-1/console-cancel', { body: { amount: 3_000 } });
    const page = await atDesk(shop, '#/refunds?period=today', { width: 375 });
    const row = page.locator('tr', { hasText: 'CARD-1' });
    await row.waitFor();
    const startOf = async (cell: Locator) =>
      cell.evaluate((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return Math.round(range.getBoundingClientRect().x);
      });
    const [order, amount] = [row.locator('td').nth(1), row.locator('td').nth(2)];
    expect(await startOf(amount)).toBe(await startOf(order));
    await page.emulateMedia({ media: 'print' });
    expect(await row.evaluate((node) => getComputedStyle(node).display)).toBe('table-row');
  });

  it('the desk violates no rule of its content security policy', () => {
    expect(shop.problems).toEqual([]);
  });
});
