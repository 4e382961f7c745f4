import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, noChromium, openShop, orderPage, paid, scripted, type Shop } from '../support/shop.ts';

/** As long as i'mport lets an order number be. */
const LONG = 'A-VERY-LONG-ORDER-NUMBER-OF-40-LETTERS-X';

describe.skipIf(noChromium)('the looks of the demo shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
    await paid(shop, LONG, { imp_uid: 'imp_long_number_1234567890' });
    await paid(shop, 'DOUBT-1');
    await scripted(shop, 'DOUBT-1', { fault: 'answer_lost', also: ['drop_tag'] });
    const page = await shop.visit('/orders/DOUBT-1');
    await orderPage(page).refund();
    await page.locator('[data-tone="open"]').first().waitFor();
    await (await shop.visit('/')).locator('.orders li').first().waitFor();
  });
  afterEach(async () => shop.leave());
  afterAll(async () => shop.end());

  /** Each page as a person leaves it: with its faults marked, its question asked, its tools open. */
  async function* pages(page: Page): AsyncGenerator<string> {
    await page.goto(shop.run.url);
    await page.locator('.orders li').first().waitFor();
    await page.locator('summary').click();
    yield 'orders';
    await page.goto(`${shop.run.url}/orders/demo-vbank`);
    await page.locator('form button[type=submit]:enabled').click();
    yield 'form';
    await page.goto(`${shop.run.url}/orders/${LONG}`);
    await page.locator('form button[type=submit]:enabled').click();
    await page.locator('dialog[open]').waitFor();
    yield 'question';
    await page.goto(`${shop.run.url}/orders/DOUBT-1`);
    await page.locator('[data-tone="open"]').first().waitFor();
    yield 'doubt';
    await page.goto(`${shop.run.url}/orders/demo-twice`);
    await page.locator('.orders li').first().waitFor();
    yield 'choice';
  }

  /** Each language, each scheme and each width with each other one. */
  const combinations = [
    { language: 'ko', scheme: 'light', width: 375 },
    { language: 'ko', scheme: 'dark', width: 1_280 },
    { language: 'en', scheme: 'light', width: 1_280 },
    { language: 'en', scheme: 'dark', width: 375 },
  ] as const;

  it.each(combinations)(
    'have no fault of WCAG 2.2 AA and nothing beside the screen in $language, $scheme, $width px',
    async (seen) => {
      const page = await shop.visit('/', seen);
      for await (const name of pages(page)) {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([name, width, await faultsOf(page)]).toEqual([name, seen.width, []]);
      }
    },
  );

  it('are dark where the reader’s machine is', async () => {
    const groundOf = async (scheme: 'light' | 'dark'): Promise<string> => {
      const page = await shop.visit('/', { scheme });
      return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    };
    expect(await groundOf('dark')).not.toBe(await groundOf('light'));
  });

  it('speak the browser’s language, and another one where it is chosen, and remember it', async () => {
    const page = await shop.visit('/', { language: 'ko' });
    await page.getByRole('heading', { name: '주문 내역' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    expect(await page.locator('main').textContent()).not.toMatch(/[가-힣]/);
  });

  it('show the API on a page that loads nothing from elsewhere', async () => {
    const page = await shop.visit('/docs');
    await page.locator('.opblock-summary', { hasText: '/payments/cancel' }).click();
    await page.getByText('cancel_request_amount').first().waitFor();
    await page.getByText('Try it out').first().waitFor();
  });

  it('break no policy of their own', () => {
    expect(shop.problems).toEqual([]);
  });
});
