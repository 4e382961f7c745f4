import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, noChromium, openShop, orderPage, paid, scripted, type Shop } from '../support/shop.ts';

/** The longest order number that i'mport allows. */
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

  /** Each page in use: with marked errors, with the confirmation question, with open tools. */
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

  /** All combinations of language, colour scheme and width. */
  const combinations = [
    { language: 'ko', scheme: 'light', width: 375 },
    { language: 'ko', scheme: 'dark', width: 1_280 },
    { language: 'en', scheme: 'light', width: 1_280 },
    { language: 'en', scheme: 'dark', width: 375 },
  ] as const;

  it.each(combinations)(
    'the shop has no WCAG 2.2 AA error and no horizontal overflow in $language, $scheme, $width px',
    async (seen) => {
      const page = await shop.visit('/', seen);
      for await (const name of pages(page)) {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([name, width, await faultsOf(page)]).toEqual([name, seen.width, []]);
      }
    },
  );

  it('the shop follows the dark colour scheme of the machine', async () => {
    const groundOf = async (scheme: 'light' | 'dark'): Promise<string> => {
      const page = await shop.visit('/', { scheme });
      return page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    };
    expect(await groundOf('dark')).not.toBe(await groundOf('light'));
  });

  it('the shop uses the browser’s language until another one is chosen, which is remembered', async () => {
    const page = await shop.visit('/', { language: 'ko' });
    await page.getByRole('heading', { name: '주문 내역' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Your orders' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    expect(await page.locator('main').textContent()).not.toMatch(/[가-힣]/);
  });

  it('the API page loads nothing from other hosts', async () => {
    const page = await shop.visit('/docs');
    await page.locator('.opblock-summary', { hasText: '/payments/cancel' }).click();
    await page.getByText('cancel_request_amount').first().waitFor();
    await page.getByText('Try it out').first().waitFor();
  });

  it('the shop pages violate no rule of their content security policy', () => {
    expect(shop.problems).toEqual([]);
  });
});
