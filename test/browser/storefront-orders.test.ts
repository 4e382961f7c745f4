import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO } from '../../lib/lab/shop/words/demo.ts';
import { noChromium, openShop, paid, refundForm, type Shop } from '../support/shop.ts';

describe.skipIf(noChromium)('the orders of the demo shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
    await (await shop.visit('/')).locator('tbody tr').first().waitFor();
    await paid(shop, 'OTHERS-1', { customer_id: 'somebody', name: '남의 주문' });
  });
  afterAll(async () => shop.end());

  it('are placed on the first visit, and stand in a table with state, date and sums, the newest first', async () => {
    const page = await shop.visit('/');
    const part = page.getByRole('row', { name: /원두 세 봉지/ });
    await part.getByText('부분 환불').waitFor();
    await part.getByText('58,000원').waitFor();
    expect(await part.getByText(/^\d{4}\. \d{2}\. \d{2}\.$/).count()).toBe(1);
    await page
      .getByRole('row', { name: /러닝화/ })
      .getByText('중복 결제')
      .waitFor();
    const dates = await page.locator('td.date').allTextContents();
    expect(dates).toEqual(dates.toSorted().toReversed());
  });

  it('are found by product, number, state and period, and a reload keeps what was chosen', async () => {
    const page = await shop.visit('/');
    await page.getByLabel('검색').fill('전자');
    await page.getByText('1건', { exact: true }).waitFor();
    await page.getByLabel('검색').fill('DEMO-VBANK');
    await page.getByRole('row', { name: /책상 스탠드/ }).waitFor();
    await page.getByLabel('검색').fill('');
    await page.getByLabel('상태').selectOption('part');
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByLabel('상태').selectOption('all');
    await page.getByLabel('기간').selectOption('7');
    expect(await page.getByRole('row', { name: /명절 선물 세트/ }).count()).toBe(0);
    await page.reload();
    await page.getByRole('row', { name: /니트 스웨터/ }).waitFor();
    expect(await page.getByLabel('기간').inputValue()).toBe('7');
  });

  it('say when nothing matches, and lead back', async () => {
    const page = await shop.visit('/?q=nothing-of-the-kind');
    await page.getByText('조건에 맞는 주문이 없습니다').waitFor();
    await page.getByRole('button', { name: '조건 초기화' }).click();
    await page.getByRole('row', { name: /니트 스웨터/ }).waitFor();
  });

  it('say that they are loading, and when they could not be loaded, and try again', async () => {
    const page = await shop.visit('/docs');
    let isBroken = true;
    const held = Promise.withResolvers<void>();
    await page.route('**/_local/orders', async (route) => {
      await held.promise;
      await (isBroken ? route.abort() : route.continue());
    });
    await page.goto(shop.run.url);
    await page.getByText('불러오는 중입니다').waitFor();
    held.resolve();
    await page.getByText('내용을 불러오지 못했습니다').waitFor();
    isBroken = false;
    await page.getByRole('button', { name: '다시 시도' }).click();
    await page.getByRole('row', { name: /니트 스웨터/ }).waitFor();
  });

  it('of others are the staff’s to see, not a customer’s', async () => {
    const customer = await shop.visit('/');
    await customer.getByRole('row', { name: /니트 스웨터/ }).waitFor();
    expect(await customer.getByText('남의 주문').count()).toBe(0);
    await customer.goto(`${shop.run.url}/orders/OTHERS-1`);
    await customer.getByText('주문을 찾을 수 없습니다').waitFor();
    const staff = await shop.visit('/', { who: 'staff1' });
    await staff.getByRole('link', { name: '남의 주문' }).click();
    await staff.getByRole('heading', { name: '남의 주문' }).waitFor();
  });

  it('without a name go by their number, and the one that a start pays for has its name in both languages', async () => {
    await paid(shop, 'NAMELESS-1');
    await paid(shop, 'STARTED-1', { name: DEMO.startedOrder.en });
    const page = await shop.visit('/');
    await page.getByRole('link', { name: 'NAMELESS-1' }).waitFor();
    await page.getByRole('link', { name: DEMO.startedOrder.ko }).click();
    await page.getByRole('heading', { name: DEMO.startedOrder.ko }).waitFor();
    await page.goto(`${shop.run.url}/orders/NAMELESS-1`);
    await page.getByRole('heading', { name: 'NAMELESS-1' }).waitFor();
  });

  it('have addresses of their own, which a reload keeps', async () => {
    const page = await shop.visit('/');
    await page.getByRole('link', { name: '엽서 세트' }).click();
    await page.getByRole('heading', { name: '엽서 세트' }).waitFor();
    expect(page.url()).toBe(`${shop.run.url}/orders/demo-usd`);
    await page.reload();
    await page.getByRole('heading', { name: '엽서 세트' }).waitFor();
    await refundForm(page).left('US$14.20');
    await page.goBack();
    await page.getByRole('row', { name: /엽서 세트/ }).waitFor();
  });

  it('with odd numbers are shown as text and found by their address', async () => {
    const odd = '<img src=x onerror=alert(1)>/?#%';
    await paid(shop, 'odd', { merchant_uid: odd, imp_uid: 'imp_odd', name: '<b>bold</b>' });
    const page = await shop.visit('/?q=onerror');
    await page.getByRole('link', { name: '<b>bold</b>' }).click();
    await page.getByText(odd).first().waitFor();
    await refundForm(page).left('10,000원');
    expect(await page.locator('main img, main b img').count()).toBe(0);
  });

  it('link to the receipt of the PG, and never to an address that is none', async () => {
    await paid(shop, 'LINK-1', { receipt_url: 'https://pg.example/receipt/1' });
    await paid(shop, 'LINK-2', { receipt_url: 'javascript:alert(1)' });
    const good = await shop.visit('/orders/LINK-1');
    const link = good.getByRole('link', { name: '매출전표' });
    expect(await link.getAttribute('href')).toBe('https://pg.example/receipt/1');
    expect(await link.getAttribute('rel')).toContain('noopener');
    const bad = await shop.visit('/orders/LINK-2');
    await refundForm(bad).left('10,000원');
    expect(await bad.locator('a[href^="javascript"]').count()).toBe(0);
  });

  it('can be placed again when all are refunded', async () => {
    const page = await shop.visit('/');
    await page.getByRole('button', { name: '새 주문 만들기' }).click();
    await page.getByText('demo-card-2', { exact: true }).waitFor();
    expect(shop.problems).toEqual([]);
  });
});
