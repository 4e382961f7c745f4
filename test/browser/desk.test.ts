import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { atDesk, manyRefunds, paymentPage } from '../support/desk.ts';
import { cancelled, faultsOf, noChromium, openShop, paid, scripted, type Shop } from '../support/shop.ts';

const order = (number: string, query = ''): string => `#/orders/${encodeURIComponent(number)}${query}`;

/** The content of sessionStorage and localStorage. */
async function keptIn(page: Page): Promise<{ readonly tab: string; readonly browser: string }> {
  return page.evaluate(() => ({
    tab: JSON.stringify(sessionStorage),
    browser: JSON.stringify(localStorage),
  }));
}

describe.skipIf(noChromium)('the staff desk', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterEach(async () => shop.leave());
  afterAll(async () => shop.end());

  const post = async (path: string, body: object = {}) => shop.run.call('POST', path, { body });

  describe('signing in', () => {
    it('sign-in returns to the same page; the token is in no address, ends with the tab, and is removed by signing out', async () => {
      await paid(shop, 'SIGN-1');
      const page = await atDesk(shop, order('SIGN-1'));
      await paymentPage(page).left('10,000원');
      expect(page.url()).toBe(`${shop.run.url}/desk/${order('SIGN-1')}`);
      const { tab, browser } = await keptIn(page);
      expect([tab.includes('access'), browser.includes('ey')]).toEqual([true, false]);
      const other = await page.context().newPage();
      await other.goto(page.url());
      await other.getByRole('button', { name: '로그인' }).waitFor();
      await page.getByRole('button', { name: '로그아웃' }).click();
      await page.getByRole('button', { name: '로그인' }).waitFor();
      expect((await keptIn(page)).tab).toBe('{}');
    });

    it('a failed sign-in, or one with a foreign state, is reported and can be tried again', async () => {
      const page = await shop.visit('/desk/');
      await page.locator('button.strong').click();
      await page.getByRole('button', { name: 'Do not sign in' }).click();
      await page.getByText('로그인하지 못했습니다').waitFor();
      await page.goto(`${shop.run.url}/desk/?code=stolen&state=forged`);
      await page.getByText('로그인하지 못했습니다').waitFor();
      expect(page.url()).toBe(`${shop.run.url}/desk/`);
    });

    it('every page tells a signed-in person who is not staff what to do', async () => {
      const page = await atDesk(shop, '', { who: 'customer-1' });
      await page.getByText('환불 담당자가 아닙니다').waitFor();
      expect(await page.locator('table.rows').count()).toBe(0);
    });

    it('an expired sign-in is reported once, and signing in again returns to the same page', async () => {
      await paid(shop, 'EXPIRED-1');
      const page = await atDesk(shop, order('EXPIRED-1'));
      await paymentPage(page).left('10,000원');
      await page.route('**/payments/**', (route) =>
        route.fulfill({ status: 401, json: { message: 'Unauthorized' } }),
      );
      await page.getByRole('button', { name: '새로 고침' }).click();
      const notice = page.getByRole('alert').filter({ hasText: '로그인이 만료되었습니다. 다시 로그인하면' });
      await notice.waitFor();
      expect(await page.getByText('로그인이 만료되었습니다').count()).toBe(1);
      expect((await keptIn(page)).tab).not.toContain('access');
      await page.unroute('**/payments/**');
      await notice.getByRole('button', { name: '로그인' }).click();
      await page.getByRole('button', { name: 'staff-1' }).click();
      await paymentPage(page).left('10,000원');
    });
  });

  it('the desk renews an expiring token without asking to sign in again', async () => {
    await paid(shop, 'RENEW-1');
    const page = await shop.visit(`/desk/${order('RENEW-1')}`);
    const grants: (string | null)[] = [];
    await page.route('**/_local/oidc/token', async (route) => {
      const grant = new URLSearchParams(route.request().postData() ?? '').get('grant_type');
      grants.push(grant);
      // As in Cognito: only the first answer contains a refresh token.
      if (grant === 'authorization_code') {
        const given = (await (await route.fetch()).json()) as object;
        await route.fulfill({ json: { ...given, expires_in: 1, refresh_token: 'refresh' } });
      } else {
        const [, token] = (await shop.run.signIn({ sub: 'staff-1', groups: ['refund-staff'] })).split(' ');
        await route.fulfill({ json: { access_token: token, token_type: 'Bearer', expires_in: 3_600 } });
      }
    });
    await page.locator('button.strong').click();
    await page.getByRole('button', { name: 'staff-1' }).click();
    await paymentPage(page).left('10,000원');
    await page.getByRole('button', { name: '새로 고침' }).click();
    await paymentPage(page).left('10,000원');
    expect(grants).toEqual(['authorization_code', 'refresh_token']);
  });

  describe('a list', () => {
    const DAY = '2026-03-02';
    const ADDRESS = `#/refunds?period=range&from=${DAY}&to=${DAY}`;

    it('a list with several pages has links and "back", totals over all pages, and one CSV file', async () => {
      await manyRefunds(shop, 1_030, Date.parse(`${DAY}T23:00:00+09:00`));
      const page = await atDesk(shop, ADDRESS);
      const rows = page.locator('table.rows tbody tr');
      await rows.first().getByText('MANY-000000').waitFor();
      await page.getByText('최근 1,000건까지의 합계').waitFor();
      await page.getByRole('button', { name: '나머지도 합산' }).click();
      await page.getByText('기간 전체 1,030건').waitFor();
      await page.locator('.totals').getByText('1,030,000원').waitFor();
      await page.getByRole('link', { name: '다음 쪽' }).click();
      await rows.first().getByText('MANY-000050').waitFor();
      await page.goBack();
      await rows.first().getByText('MANY-000000').waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'CSV 내려받기' }).click();
      const file = await readFile(await (await download).path(), 'utf8');
      expect((await download).suggestedFilename()).toBe(`refunds-${DAY}_${DAY}.csv`);
      expect([file.startsWith('\uFEFFrefund_id,'), file.split('\uFEFF').length]).toEqual([true, 2]);
      expect(new Set(file.trimEnd().split('\r\n')).size).toBe(1_031);
      await page.getByText('CSV를 내려받았습니다').waitFor();
    });

    it('a list filters by period and status, shows cancels made elsewhere, and reports rows that it cannot show', async () => {
      await paid(shop, 'ELSE-1');
      await post('/_local/iamport/imp_ELSE-1/console-cancel', { amount: 3_000 });
      const page = await atDesk(shop);
      await page.getByRole('link', { name: '오늘' }).click();
      const row = page.locator('tr', { hasText: 'ELSE-1' });
      await row.getByText('외부 취소').waitFor();
      await page.getByRole('link', { name: '거절', exact: true }).click();
      await row.waitFor({ state: 'detached' });
      await page.reload();
      expect(await page.locator('.chips [aria-current]').allTextContents()).toEqual(['오늘', '거절']);
      await page.goto(`${shop.run.url}/desk/#/refunds?period=range&from=2026-01-01&to=2026-11-30`);
      await page.getByRole('alert').getByText('입력한 내용을 확인해 주세요').waitFor();
    });

    it('a list can be searched by order number, imp_uid, refund id and reference', async () => {
      await paid(shop, 'FIND-1');
      const authorization = await shop.run.signIn({ sub: 's', groups: ['refund-staff'] });
      const body = { merchant_uid: 'FIND-1', cancel_request_amount: 1_000, reference: 'RMA-77' };
      const made = await shop.run.call('POST', '/payments/cancel', { body, headers: { authorization } });
      const { refund_id: id } = made.body['refund'] as { refund_id: string };
      const page = await atDesk(shop);
      for (const number of ['FIND-1', 'imp_FIND-1', id, 'RMA-77']) {
        await page.getByRole('searchbox').fill(number);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: number }).waitFor();
        await page.locator('tr').getByRole('link', { name: 'FIND-1' }).waitFor();
      }
      await page.locator('tr').getByRole('link', { name: 'FIND-1' }).click();
      await page.locator(`article[id="${id}"][data-chosen=true]`).waitFor();
      await page.getByRole('searchbox').fill('nothing of that name');
      await page.keyboard.press('Enter');
      await page.getByText('이 번호의 주문, 결제, 환불이 없습니다').waitFor();
    });
  });

  describe('a refund', () => {
    it('the confirmation shows payment, amount and remaining balance, and the request has checksum and one key', async () => {
      await paid(shop, 'ASK-1');
      const page = await atDesk(shop, order('ASK-1'));
      const { fill, form, review, dialog, refund, says, left, refunds } = paymentPage(page);
      const posts: { readonly key: string | undefined; readonly body: object }[] = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/cancel'))
          posts.push({ key: request.headers()['idempotency-key'], body: request.postDataJSON() as object });
      });
      await fill('3,000');
      await form.getByLabel('상세 사유').fill('긁힘');
      await form.getByLabel('관리번호').fill('RMA-1');
      await form.getByLabel('환불할 금액').press('Enter');
      await dialog.getByRole('heading', { name: '3,000원 환불할까요?' }).waitFor();
      expect(await dialog.textContent()).toMatch(/ASK-1.*imp_ASK-1.*상품 불량: 긁힘.*RMA-1.*7,000원/s);
      // "Back" has the focus, so pressing Enter twice sends nothing.
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      expect(posts).toEqual([]);
      await review.focus();
      await refund();
      expect(await says('cancelled')).toContain('환불되었습니다: 3,000원');
      await page.locator('#said:focus').waitFor();
      await left('7,000원');
      const body = {
        cancel_request_amount: 3_000,
        checksum: 10_000,
        reason: '상품 불량: 긁힘',
        reference: 'RMA-1',
      };
      expect(posts).toMatchObject([{ key: /^[0-9a-f]{32}$/, body }]);
      await refunds.first().getByText('담당자').waitFor();
      await page.getByText('두 장부가 같습니다').waitFor();
      expect(await form.getByLabel('관리번호').inputValue()).toBe('');
    });

    it('a missing reason or an invalid amount is marked, and nothing is sent', async () => {
      await paid(shop, 'NEED-1');
      const page = await atDesk(shop, order('NEED-1'));
      const { form, review, dialog } = paymentPage(page);
      await form.getByLabel('일부').check();
      await form.getByLabel('환불할 금액').fill('10,001');
      await form.locator('select[name=why]').selectOption({ label: '기타(직접 입력)' });
      await review.click();
      const wrong = page.locator('form.refund [aria-invalid]');
      expect(await wrong.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('name')))).toEqual([
        'amount',
        'reason',
      ]);
      await page.getByText('10,000원 이하로 입력해 주세요').waitFor();
      expect(await dialog.count()).toBe(0);
    });

    it('a refund is refused when the balance has changed, and the page shows the new balance', async () => {
      await paid(shop, 'STALE-1');
      const page = await atDesk(shop, order('STALE-1'));
      const { fill, review, yes, says, left } = paymentPage(page);
      await fill();
      await review.click();
      await post('/_local/iamport/imp_STALE-1/console-cancel', { amount: 2_000 });
      await yes.click();
      expect(await says('refused')).toContain('남은 금액이 바뀌어 이 요청으로는 환불되지 않았습니다');
      await left('8,000원');
      expect(await cancelled(shop, 'STALE-1')).toBe(2_000);
    });

    it('a refund to a bank account asks for the account and does not store it', async () => {
      await paid(shop, 'ACCOUNT-1', { pay_method: 'vbank', pg_provider: 'tosspayments' });
      const page = await atDesk(shop, order('ACCOUNT-1'));
      const { fill, form, review, dialog, yes, says } = paymentPage(page);
      await fill('4,000');
      await review.click();
      expect(await form.locator('[aria-invalid]').count()).toBe(3);
      await form.getByLabel('은행').selectOption({ label: '신한' });
      await form.getByLabel('계좌번호').fill('110-123-45678');
      await form.getByLabel('예금주').fill('김환불');
      await review.click();
      await dialog.getByText('···5678 (김환불)').waitFor();
      await yes.click();
      await says('cancelled');
      const { tab, browser } = await keptIn(page);
      expect(tab + browser + page.url()).not.toMatch(/110-123|김환불/);
      expect(await form.getByLabel('계좌번호').inputValue()).toBe('');
    });

    it('a refusal of the PG is shown in its words, with its advice once; rules of the PG are only at the form', async () => {
      await paid(shop, 'REFUSED-1', { pg_provider: 'nice' });
      await scripted(shop, 'REFUSED-1', { fault: 'refused' });
      const page = await atDesk(shop, order('REFUSED-1'));
      const { fill, refund, says, refunds } = paymentPage(page);
      await fill();
      await refund();
      const said = await says('refused');
      expect(said.split('부족한 금액을 입금한 뒤 다시 요청해 주세요')).toHaveLength(2);
      expect(said).toMatch(/PG사 응답: .*취소금액이 미정산 금액보다 큽니다/);
      await refunds.first().getByText('거절되었습니다').waitFor();
      await page.locator('ul.notice').getByText('vat_amount').waitFor();
      expect(await refunds.getByText('vat_amount').count()).toBe(0);
    });

    it('a payment that cannot be refunded has no form and shows why; an order with several payments asks for one first', async () => {
      const paid_at = Math.floor(Date.now() / 1_000) - 45 * 86_400;
      await paid(shop, 'PHONE-1', { pay_method: 'phone', pg_provider: 'danal', paid_at });
      await paid(shop, 'SEVERAL-1');
      await paid(shop, 'SEVERAL-1', { imp_uid: 'imp_SEVERAL-1b', amount: 7_000 });
      const page = await atDesk(shop, order('PHONE-1'));
      await page.getByText('규정 때문에 지금 환불할 수 없습니다').waitFor();
      expect(await page.locator('form.refund').count()).toBe(0);
      await page.goto(`${shop.run.url}/desk/${order('SEVERAL-1')}`);
      await page.getByText('환불할 결제를 선택해 주세요').waitFor();
      expect(await page.locator('form.refund').count()).toBe(0);
      await page.getByRole('link', { name: 'imp_SEVERAL-1b' }).click();
      await paymentPage(page).left('7,000원');
      await page.locator('h1:focus').waitFor();
      await page.goBack();
      await page.getByText('환불할 결제를 선택해 주세요').waitFor();
    });

    it('a refund can be made with the keyboard alone', async () => {
      await paid(shop, 'KEYS-1');
      const page = await atDesk(shop);
      const focused = async (): Promise<string> =>
        page.evaluate(
          () => document.activeElement?.getAttribute('name') ?? document.activeElement?.textContent ?? '',
        );
      const tabTo = async (what: RegExp): Promise<void> => {
        for (let stops = 0; stops < 60 && !what.test(await focused()); stops += 1)
          await page.keyboard.press('Tab');
        expect(await focused()).toMatch(what);
      };
      await tabTo(/^q$/);
      await page.keyboard.type('KEYS-1');
      await page.keyboard.press('Enter');
      await page.locator('.found a').waitFor();
      await tabTo(/^KEYS-1$/);
      await page.keyboard.press('Enter');
      await page.locator('form.refund').waitFor();
      await tabTo(/^which$/);
      await page.keyboard.press('ArrowDown');
      await tabTo(/^amount$/);
      await page.keyboard.type('2500');
      await tabTo(/^why$/);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await tabTo(/환불 확인/);
      await page.keyboard.press('Enter');
      await tabTo(/2,500원 환불/);
      await page.keyboard.press('Enter');
      await paymentPage(page).says('cancelled');
      expect(await cancelled(shop, 'KEYS-1')).toBe(2_500);
    });
  });

  it('the desk shows text from outside as text, and links only valid addresses', async () => {
    const odd = '<img src=x onerror=alert(1)>\u202E';
    await paid(shop, 'ODD-1', { receipt_url: 'javascript:alert(1)' });
    await post('/_local/iamport/imp_ODD-1/console-cancel', { amount: 1_000, reason: odd });
    const page = await atDesk(shop, order('ODD-1'));
    await page.locator('article.refund').getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(await page.locator('main').textContent()).not.toContain('\u202E');
    expect(await page.locator('main img, a[href^="javascript"]').count()).toBe(0);
  });

  it('the desk without a connection says so and blocks requests', async () => {
    await paid(shop, 'OFFLINE-1');
    const page = await atDesk(shop, order('OFFLINE-1'));
    const { left, review } = paymentPage(page);
    await left('10,000원');
    await page.context().setOffline(true);
    await page.getByText('인터넷 연결이 끊겼습니다').waitFor();
    expect(await review.isDisabled()).toBe(true);
    await page.getByRole('button', { name: '새로 고침' }).click();
    await page.getByText('서버에 연결하지 못했습니다').waitFor();
    await left('10,000원');
  });

  it('the desk violates no rule of its content security policy', async () => {
    expect(shop.problems).toEqual([]);
    expect(await faultsOf(await atDesk(shop))).toEqual([]);
  });
});
