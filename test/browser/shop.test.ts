import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cancelled, noChromium, openShop, orderPage, paid, scripted, type Shop } from '../support/shop.ts';

/** Technical words that must not be shown to a customer. */
const OF_A_PROGRAM = /errors|imp_uid|_[A-Z]|TypeError|NetworkError|fetch|HTTP/;
/** Words that must not appear while the outcome is unknown. */
const CLAIMS = /환불되지 않았|환불되었습니다|전달되지 않/;

describe.skipIf(noChromium)('the demo shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop.leave());
  afterAll(async () => shop.end());

  const visit = async (order: string): Promise<Page> => shop.visit(`/orders/${encodeURIComponent(order)}`);

  describe('the list of orders', () => {
    it('the list shows the demo orders on the first visit, newest first, with amount and state', async () => {
      const page = await shop.visit('/');
      const rows = page.locator('.orders li');
      await rows.filter({ hasText: '원두 세 봉지' }).getByText('부분 환불').waitFor();
      await rows.filter({ hasText: '러닝화' }).getByText('중복 결제').waitFor();
      await rows.filter({ hasText: '엽서 세트' }).getByText('US$14.20').waitFor();
      const dates = (await rows.locator('small').allTextContents()).map((text) => text.slice(0, 13));
      expect(dates).toEqual(dates.toSorted().toReversed());
      await page.getByRole('link', { name: '엽서 세트' }).click();
      await page.getByRole('heading', { name: '엽서 세트' }).waitFor();
      await page.reload();
      await orderPage(page).left('US$14.20');
    });

    it('the list has no order of another customer, and its address is not found', async () => {
      await paid(shop, 'OTHERS-1', { customer_id: 'somebody', name: '남의 주문' });
      const page = await shop.visit('/');
      await page.getByRole('link', { name: '니트 스웨터' }).waitFor();
      expect(await page.getByText('남의 주문').count()).toBe(0);
      const other = await visit('OTHERS-1');
      await other.getByText('주문을 찾을 수 없습니다').waitFor();
    });

    it('the list reports that it could not be loaded, and can be tried again', async () => {
      const page = await shop.visit('/docs');
      await page.route('**/_local/orders', (route) => route.abort());
      await page.goto(shop.run.url);
      await page.getByText('내용을 불러오지 못했습니다').waitFor();
      await page.unroute('**/_local/orders');
      await page.getByRole('button', { name: '다시 시도' }).click();
      await page.getByRole('link', { name: '니트 스웨터' }).waitFor();
    });

    it('the list shows odd order numbers and names as text, and links only valid addresses', async () => {
      const odd = '<img src=x onerror=alert(1)>/?#%';
      await paid(shop, odd, { imp_uid: 'imp_odd', name: '<b>bold</b>', receipt_url: 'javascript:alert(1)' });
      const list = await shop.visit('/');
      await list.getByRole('link', { name: '<b>bold</b>' }).click();
      await orderPage(list).left('10,000원');
      await list.getByText(odd).first().waitFor();
      expect(await list.locator('main img, main b, a[href^="javascript"]').count()).toBe(0);
    });
  });

  describe('a request for a refund', () => {
    it('a refund is confirmed before it is sent, also with Enter, and "back" and Escape send nothing', async () => {
      await paid(shop, 'ASK-1');
      const page = await visit('ASK-1');
      const { part, dialog, yes, says, left } = orderPage(page);
      const field = await part('3,000');
      await field.press('Enter');
      await dialog.getByRole('heading', { name: '3,000원 환불을 요청할까요?' }).waitFor();
      await dialog.getByText('7,000원').waitFor();
      // "Back" has the focus, so pressing Enter twice sends nothing.
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await field.press('Enter');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await cancelled(shop, 'ASK-1')).toBe(0);
      await field.press('Enter');
      await page.keyboard.press('Tab');
      expect(await yes.evaluate((node) => node === document.activeElement)).toBe(true);
      await page.keyboard.press('Enter');
      await says('cancelled');
      await left('7,000원');
      await page.locator('#said:focus').waitFor();
      await page.locator('.steps').getByText('3,000원 환불되었습니다.').waitFor();
      expect(await cancelled(shop, 'ASK-1')).toBe(3_000);
    });

    it('the form offers "all", "the remaining amount" after a partial refund, and nothing when nothing is left', async () => {
      await paid(shop, 'ALL-1');
      const { form, part, refund, says, left } = orderPage(await visit('ALL-1'));
      await form.getByText('전액 10,000원').waitFor();
      await part('4000');
      await refund();
      await says('cancelled');
      await form.getByText('남은 금액 6,000원').waitFor();
      expect(await form.getByText('전액').count()).toBe(0);
      await refund();
      await left('0원');
      expect(await form.count()).toBe(0);
      expect(await cancelled(shop, 'ALL-1')).toBe(10_000);
    });

    it('a request is refused when the balance differs from the one that the page showed', async () => {
      await paid(shop, 'STALE-1');
      const { request, yes, says, left } = orderPage(await visit('STALE-1'));
      await request.click();
      await shop.run.call('POST', '/_local/iamport/imp_STALE-1/console-cancel', { body: { amount: 2_000 } });
      await yes.click();
      await says('refused');
      await left('8,000원');
      expect(await cancelled(shop, 'STALE-1')).toBe(2_000);
    });

    it('an invalid amount is marked with the reason, and nothing is asked or sent', async () => {
      await paid(shop, 'TYPED-1');
      const page = await visit('TYPED-1');
      const { part, request, dialog } = orderPage(page);
      for (const typed of ['0x10', '1,00,0', '', '10,001', '1.5']) {
        const field = await part(typed);
        await request.click();
        expect(await field.getAttribute('aria-invalid')).toBe('true');
        expect(await page.locator('#told-amount').textContent()).toMatch(/입력/);
        expect(await field.evaluate((node) => node === document.activeElement)).toBe(true);
        expect(await dialog.count()).toBe(0);
      }
    });

    it('a double click, or two tabs at once, make one refund', async () => {
      await paid(shop, 'TWICE-1');
      await scripted(shop, 'TWICE-1', { fault: 'slow', delay_ms: 3_000 });
      const page = await visit('TWICE-1');
      const other = await page.context().newPage();
      await other.goto(page.url());
      const tabs = [orderPage(page), orderPage(other)];
      for (const tab of tabs) {
        await tab.part('1,000');
        await tab.request.dblclick();
        expect(await tab.dialog.count()).toBe(1);
      }
      await Promise.all(tabs.map(async ({ yes }) => yes.dblclick()));
      for (const tab of tabs) await tab.says('cancelled');
      expect(await cancelled(shop, 'TWICE-1')).toBe(1_000);
    });

    it('a request from a tab with an outdated balance is not sent', async () => {
      await paid(shop, 'TABS-1');
      const page = await visit('TABS-1');
      const other = await page.context().newPage();
      await other.goto(page.url());
      for (const tab of [page, other]) await orderPage(tab).part('1,000');
      await orderPage(page).refund();
      await orderPage(page).says('cancelled');
      await orderPage(other).refund();
      await orderPage(other).says('refused');
      expect(await cancelled(shop, 'TABS-1')).toBe(1_000);
    });

    it('a refusal is explained in words for a customer', async () => {
      await paid(shop, 'NO-1');
      await scripted(shop, 'NO-1', { fault: 'refused' });
      const page = await visit('NO-1');
      await orderPage(page).refund();
      expect(await (await orderPage(page).says('refused')).textContent()).toContain('PG사에서 취소를 거절');
      expect(await page.locator('main').textContent()).not.toMatch(OF_A_PROGRAM);
      expect(await cancelled(shop, 'NO-1')).toBe(0);
    });

    it('a refund of a virtual account asks for a bank account, shows when the money comes, and does not store the account', async () => {
      await paid(shop, 'VBANK-1', { pay_method: 'vbank', pg_provider: 'tosspayments' });
      const page = await visit('VBANK-1');
      const { form, request, dialog, yes, says } = orderPage(page);
      await request.click();
      expect(await dialog.count()).toBe(0);
      expect(await form.locator('[aria-invalid="true"]').count()).toBe(3);
      await form.getByLabel('은행').selectOption({ label: '신한' });
      await form.getByLabel('계좌번호').fill('110-123-45678');
      await form.getByLabel('예금주').fill('김환불');
      await request.click();
      await dialog.getByText('···5678 (김환불)').waitFor();
      await yes.click();
      expect(await (await says('cancelled')).textContent()).toMatch(/까지 입금될 예정/);
      const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
      expect(kept).not.toMatch(/12345678|110-123|access_token/);
      expect(await cancelled(shop, 'VBANK-1')).toBe(10_000);
    });

    it('a payment method that cannot be refunded has no form, and the page says why', async () => {
      const paid_at = Math.floor(Date.now() / 1_000) - 45 * 86_400;
      await paid(shop, 'PHONE-1', { pay_method: 'phone', pg_provider: 'danal', paid_at });
      const page = await visit('PHONE-1');
      await page.getByText('결제수단의 규정 때문에 지금 환불할 수 없습니다').waitFor();
      expect(await page.locator('form').count()).toBe(0);
      await paid(shop, 'PHONE-2', { pay_method: 'phone', pg_provider: 'danal' });
      const { form } = orderPage(await visit('PHONE-2'));
      await form.getByText('일부 금액만 환불할 수 없습니다').waitFor();
      expect(await form.getByRole('radio').count()).toBe(1);
    });

    it('the page warns of a refund that the PG may refuse', async () => {
      await paid(shop, 'LATE-1', { paid_at: Math.floor(Date.now() / 1_000) - 400 * 86_400 });
      const { form, request } = orderPage(await visit('LATE-1'));
      await form.getByText('보통 1년 이내에만 취소할 수 있어').waitFor();
      await expect.poll(async () => request.isEnabled()).toBe(true);
    });

    it('an order that was paid twice asks for the payment first', async () => {
      await paid(shop, 'SEVERAL-1');
      await paid(shop, 'SEVERAL-1', { imp_uid: 'imp_SEVERAL-1b', amount: 7_000 });
      const page = await visit('SEVERAL-1');
      await page.getByText('이 주문은 결제가 2건입니다').waitFor();
      expect(await page.locator('form').count()).toBe(0);
      await page.getByRole('link', { name: 'imp_SEVERAL-1b' }).click();
      const { form, refund, says } = orderPage(page);
      await form.getByText('전액 7,000원').waitFor();
      await refund();
      await says('cancelled');
      expect(await cancelled(shop, 'SEVERAL-1b')).toBe(7_000);
      expect(await cancelled(shop, 'SEVERAL-1')).toBe(0);
    });
  });

  describe('a refund with an unknown outcome', () => {
    /** A kept request as an earlier tab left it in the storage. */
    async function leave(order: string, kept: object): Promise<Page> {
      await paid(shop, order);
      const page = await shop.visit('/openapi.json');
      const request = {
        merchant_uid: order,
        imp_uid: `imp_${order}`,
        amount: 5_000,
        key: 'a-key-of-before',
        time: Date.now() - 3_600_000,
        subject: 'demo-customer',
        ...kept,
      };
      await page.evaluate(([name, text]) => localStorage.setItem(name, text), [
        `iamport-refunds:${order}`,
        JSON.stringify(request),
      ] as const);
      await page.goto(`${shop.run.url}/orders/${order}`);
      return page;
    }

    it('an unknown refund is followed over a reload, cannot be requested again meanwhile, and claims no outcome', async () => {
      await paid(shop, 'LOST-1');
      await scripted(shop, 'LOST-1', { fault: 'answer_lost', also: ['asynchronous'], delay_ms: 4_000 });
      const page = await visit('LOST-1');
      const { part, refund, says, left, form } = orderPage(page);
      await part('4,000');
      await refund();
      await page.locator('.steps').getByText('아직 환불되었는지 알 수 없습니다').waitFor();
      expect(await page.locator('#said').textContent()).not.toMatch(CLAIMS);
      expect(await form.count()).toBe(0);
      await page.reload();
      await says('cancelled');
      await left('6,000원');
      expect(await cancelled(shop, 'LOST-1')).toBe(4_000);
    });

    it('a refund that was not executed is shown as such, and "ask again" makes a new one', async () => {
      await paid(shop, 'AGAIN-1');
      await scripted(shop, 'AGAIN-1', { fault: 'request_lost' });
      const page = await visit('AGAIN-1');
      const { part, refund, yes, says, left } = orderPage(page);
      await part('4,000');
      await refund();
      const said = await says('not_executed');
      expect(await cancelled(shop, 'AGAIN-1')).toBe(0);
      await said.getByRole('button', { name: '다시 요청' }).click();
      await yes.click();
      await says('cancelled');
      await left('6,000원');
      expect(await page.locator('article.refund').count()).toBe(2);
    });

    it('a lost connection is explained in words for a customer and claims no outcome', async () => {
      await paid(shop, 'CUT-1');
      const page = await visit('CUT-1');
      await page.route('**/payments/cancel', (route) => route.abort());
      await orderPage(page).refund();
      const said = page.locator('#said');
      await said.getByText('환불되었는지 아직 알 수 없습니다').waitFor();
      expect(await page.locator('main').textContent()).not.toMatch(OF_A_PROGRAM);
      expect(await said.textContent()).not.toMatch(CLAIMS);
    });

    it('a page load asks about an earlier request, and sends nothing before the customer confirms', async () => {
      const page = await leave('OLD-1', {});
      const { says, yes, left } = orderPage(page);
      const said = await says('needs_confirmation');
      expect(await said.textContent()).toContain('5,000원');
      await said.getByRole('button', { name: '다시 요청' }).click();
      await yes.waitFor();
      expect(await cancelled(shop, 'OLD-1')).toBe(0);
      await yes.click();
      await left('5,000원');
      expect(await cancelled(shop, 'OLD-1')).toBe(5_000);
    });

    it('a request for another amount shows the open one and is not sent; the open one can be dropped', async () => {
      const page = await leave('BUSY-1', {});
      const { says, refund, left } = orderPage(page);
      await says('needs_confirmation');
      await refund();
      const said = await says('busy');
      expect(await said.textContent()).toMatch(/5,000원.*10,000원/s);
      expect(await cancelled(shop, 'BUSY-1')).toBe(0);
      await said.getByRole('button', { name: '요청 지우기' }).click();
      await page.reload();
      await left('10,000원');
      await says('none');
    });
  });

  describe('a bad day', () => {
    it('a provider failure before sending is reported as not sent, and the same request can be sent again', async () => {
      await paid(shop, 'DOWN-1');
      const page = await visit('DOWN-1');
      const { refund, yes, says } = orderPage(page);
      const posts: (string | undefined)[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/cancel'))
          posts.push(request.headers()['idempotency-key']);
      });
      const answer = {
        code: 'PROVIDER_UNAVAILABLE',
        message: '결제 서비스에 연결할 수 없어 전달되지 않았습니다.',
      };
      const headers = { 'retry-after': '600' };
      const fulfilled = { status: 503, headers, contentType: 'application/problem+json', json: answer };
      await page.route('**/payments/cancel', (route) => route.fulfill(fulfilled));
      await refund();
      const said = await says('not_sent');
      expect(await said.textContent()).toContain('전달되지 않았습니다');
      await page.unroute('**/payments/cancel');
      await said.getByRole('button', { name: '다시 요청' }).click();
      await yes.click();
      await says('cancelled');
      expect(new Set(posts).size).toBe(1);
    });

    it('a page without a connection says so, keeps its data, and blocks requests', async () => {
      await paid(shop, 'OFFLINE-1');
      const page = await visit('OFFLINE-1');
      const { request, left } = orderPage(page);
      await left('10,000원');
      await page.context().setOffline(true);
      await page.getByText('인터넷 연결이 끊겼습니다').waitFor();
      expect(await request.isDisabled()).toBe(true);
      await left('10,000원');
      await page.context().setOffline(false);
      await page.locator('form button[type=submit]:enabled').waitFor();
      expect(await page.getByText('인터넷 연결이 끊겼습니다').count()).toBe(0);
    });

    it('the demonstration tools can cause a failure and end it', async () => {
      const page = await shop.visit('/');
      await page.locator('summary').click();
      await page.getByRole('button', { name: 'PG사 거절' }).click();
      await page.getByText('대기 중: PG사 거절').waitFor();
      await page.getByRole('button', { name: '장애 지우기' }).click();
      await page.getByText('대기 중인 장애가 없습니다.').waitFor();
      await page.getByRole('button', { name: '지금 결과 확인' }).click();
      expect(await page.getByText('할 수 없었습니다').count()).toBe(0);
    });
  });

  it('the shop violates no rule of its content security policy', () => {
    expect(shop.problems).toEqual([]);
  });
});
