import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { cancelled, left, LOOKS, looksRight, noChromium, paid, said, shop } from './visit.ts';

/** The longest order number that i'mport allows. */
const LONG = 'A-VERY-LONG-ORDER-NUMBER-OF-40-LETTERS-X';

const visit = async (order: string): Promise<Page> => shop.visit(`/orders/${encodeURIComponent(order)}`);

/** The page of an order, used as a person uses it. */
function orderPage(page: Page) {
  const form = page.locator('form');
  const request = form.getByRole('button', { name: '환불 요청하기' });
  const dialog = page.getByRole('dialog');
  const yes = dialog.getByRole('button', { name: '환불 요청하기' });
  const part = async (amount: string): Promise<Locator> => {
    await form.getByLabel('일부 금액').check();
    const field = form.getByLabel('환불받을 금액');
    await field.fill(amount);
    return field;
  };
  const refund = async (): Promise<void> => {
    await request.click();
    await yes.click();
  };
  return { form, request, dialog, yes, part, refund };
}

describe.skipIf(noChromium)('the demo shop', () => {
  it('the list has the demo orders, newest first, and no order of another customer; odd numbers and names are shown as text', async () => {
    const odd = '<img src=x onerror=alert(1)>/?#%';
    await paid(odd, { imp_uid: 'imp_odd', name: '<b>bold</b>', receipt_url: 'javascript:alert(1)' });
    await paid('OTHERS-1', { customer_id: 'somebody', name: '남의 주문' });
    const page = await shop.visit('/');
    const rows = page.locator('.orders li');
    await rows.filter({ hasText: '원두 세 봉지' }).getByText('부분 환불').waitFor();
    await rows.filter({ hasText: '러닝화' }).getByText('중복 결제').waitFor();
    await rows.filter({ hasText: '엽서 세트' }).getByText('US$14.20').waitFor();
    const dates = (await rows.locator('small').allTextContents()).map((text) => text.slice(0, 13));
    expect(dates).toEqual(dates.toSorted().toReversed());
    expect(await page.getByText('남의 주문').count()).toBe(0);
    await page.getByRole('link', { name: '<b>bold</b>' }).click();
    await left(page, '10,000원');
    await page.getByText(odd).first().waitFor();
    expect(await page.locator('main img, main b, a[href^="javascript"]').count()).toBe(0);
    await page.goto(`${shop.run.url}/orders/OTHERS-1`);
    await page.getByText('주문을 찾을 수 없습니다').waitFor();
  });

  it('a refund is confirmed before it is sent, also with Enter, and "back" and Escape send nothing', async () => {
    await paid('ASK-1');
    const page = await visit('ASK-1');
    const { form, part, dialog, yes } = orderPage(page);
    const field = await part('3,000');
    await field.press('Enter');
    await dialog.getByRole('heading', { name: '3,000원 환불을 요청할까요?' }).waitFor();
    await dialog.getByText('7,000원').waitFor();
    // "Back" has the focus, so pressing Enter twice sends nothing.
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await field.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await cancelled('ASK-1')).toBe(0);
    await field.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Tab');
    await yes.and(page.locator(':focus')).waitFor();
    // A failure before the sending is told, and the same input can be sent again.
    const json = { code: 'PROVIDER_UNAVAILABLE', message: '전달되지 않았습니다.' };
    const down = { status: 503, headers: { 'retry-after': '600' }, json };
    await page.route('**/payments/cancel', (route) => route.fulfill(down), { times: 1 });
    await page.keyboard.press('Enter');
    const notSent = await said(page, 'not_sent');
    await notSent.getByRole('button', { name: '다시 요청' }).click();
    await yes.click();
    await said(page, 'cancelled');
    await left(page, '7,000원');
    await page.locator('#said:focus').waitFor();
    await page.locator('.steps').getByText('3,000원 환불되었습니다.').waitFor();
    await form.getByText('남은 금액 7,000원').waitFor();
    expect(await cancelled('ASK-1')).toBe(3_000);
  });

  describe('as it looks', () => {
    beforeAll(async () => paid(LONG, { imp_uid: 'imp_long_number_1234567890' }));

    it.each(LOOKS)(
      'every page has no WCAG 2.2 AA error and no horizontal scrolling: $language, $scheme, $width px',
      async (seen) => {
        const page = await shop.visit('/', seen);
        const go = async (path: string, there: string): Promise<void> => {
          await page.goto(`${shop.run.url}${path}`);
          await page.locator(there).first().waitFor();
        };
        await page.locator('.orders li').first().waitFor();
        await page.locator('summary').click();
        await looksRight(page, 'orders');
        await go('/orders/demo-vbank', 'form button[type=submit]:enabled');
        await page.locator('form button[type=submit]').click();
        await page.locator('[aria-invalid=true]').first().waitFor();
        await looksRight(page, 'form with marked errors');
        await go(`/orders/${LONG}`, 'form button[type=submit]:enabled');
        await page.locator('form button[type=submit]').click();
        await page.locator('dialog[open]').waitFor();
        await looksRight(page, 'question');
        await go('/orders/demo-twice', '.orders li');
        await looksRight(page, 'choice');
      },
    );

    it('the shop uses the browser’s language until another one is chosen, which is remembered', async () => {
      const page = await shop.visit('/');
      await page.getByRole('heading', { name: '주문 내역' }).waitFor();
      await page.getByRole('button', { name: 'English' }).click();
      await page.getByRole('heading', { name: 'Your orders' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Your orders' }).waitFor();
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
      expect(await page.locator('main').textContent()).not.toMatch(/[가-힣]/);
    });

    it('the API page shows its operations, from this host alone', async () => {
      const page = await shop.visit('/docs');
      await page.locator('.opblock-summary', { hasText: '/payments/cancel' }).waitFor();
    });
  });
});
