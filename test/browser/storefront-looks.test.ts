import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, noChromium, openShop, paid, refundForm, scripted, type Shop } from '../support/shop.ts';

/** Five pages are looked through; axe takes a second or more for each. */
const LONG = 'A-VERY-LONG-ORDER-NUMBER-OF-40-LETTERS-X';

async function isWithin(page: Page, width: number): Promise<boolean> {
  return (await page.evaluate(() => document.documentElement.scrollWidth)) <= width;
}

describe.skipIf(noChromium)('the looks of the demo shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
    await (await shop.visit('/')).locator('tbody tr').first().waitFor();
    await paid(shop, LONG, { imp_uid: 'imp_long_number_1234567890' });
    await paid(shop, 'DRIFT-9');
    await scripted(shop, { fault: 'answer_lost', also: ['drop_tag'], imp_uid: 'imp_DRIFT-9' });
    const page = await shop.visit('/orders/DRIFT-9');
    await refundForm(page).confirm();
    await refundForm(page).says('pending');
    await shop.run.call('POST', '/_local/reconcile');
    const staff = await shop.visit('/orders/DRIFT-9', { who: 'staff1' });
    await staff.locator('form.close').waitFor();
  });
  afterAll(async () => shop.end());

  const combinations = (['ko', 'en'] as const).flatMap((language) =>
    (['light', 'dark'] as const).map((scheme) => ({ language, scheme })),
  );

  it.each(combinations)('have no fault of WCAG 2.2 AA in $language, $scheme', async (seen) => {
    const page = await shop.visit('/', { ...seen, who: 'staff1' });
    await page.locator('tbody tr').first().waitFor();
    await page.locator('#tools summary').click();
    await page.locator('.faults button').first().waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${shop.run.url}/orders/demo-vbank`);
    const { press, dialog } = refundForm(page);
    await page.locator('form.refund button.primary:enabled').waitFor();
    await press.click();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${shop.run.url}/orders/demo-part`);
    await page.locator('form.refund button.primary:enabled').click();
    await dialog.waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${shop.run.url}/orders/DRIFT-9`);
    await page.locator('form.close').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.goto(`${shop.run.url}/reconciliation`);
    await page.locator('.numbers').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.context().close();
  });

  it.each(['ko', 'en'] as const)('fit a phone of 390 px in %s, long order numbers too', async (language) => {
    const page = await shop.visit('/', { language, width: 390, who: 'staff1' });
    await page.locator('#tools summary').click();
    for (const path of ['/', `/orders/${LONG}`, '/orders/DRIFT-9', '/orders/demo-twice', '/reconciliation']) {
      await page.goto(`${shop.run.url}${path}`);
      await page.locator('tbody tr, .sums, .numbers').first().waitFor();
      expect([path, await isWithin(page, 390)]).toEqual([path, true]);
    }
    await page.goto(`${shop.run.url}/orders/${LONG}`);
    await page.locator('form.refund button.primary:enabled').click();
    await page.locator('dialog').getByText(LONG).first().waitFor();
    expect(await page.locator('dialog').evaluate((node) => node.scrollWidth <= node.clientWidth)).toBe(true);
    await page.context().close();
  });

  it('show the chosen one of several payments as one band', async () => {
    const page = await shop.visit('/orders/demo-twice', { width: 1_280 });
    const cells = page.locator('tr.current td');
    await cells.first().waitFor();
    const edges = await cells.evaluateAll((all) =>
      all.map((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return `${top} to ${bottom}`;
      }),
    );
    expect(new Set(edges).size).toBe(1);
  });

  it('are dark where the reader’s machine is', async () => {
    const groundOf = async (scheme: 'light' | 'dark'): Promise<string> => {
      const page = await shop.visit('/', { scheme });
      return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    };
    expect(await groundOf('dark')).not.toBe(await groundOf('light'));
  });

  it('print what was paid and refunded, and none of the buttons', async () => {
    const page = await shop.visit('/orders/demo-part');
    await page.locator('form.refund button.primary:enabled').waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByText('취소 가능 금액').first().isVisible()).toBe(true);
    expect(await page.getByRole('heading', { name: '환불 내역' }).isVisible()).toBe(true);
    expect(await page.locator('button:visible, select:visible, #tools:visible').count()).toBe(0);
  });

  it.each([
    ['ko-KR', 'ko', '주문 내역'],
    ['en-US', 'en', 'Orders'],
    ['de-DE', 'en', 'Orders'],
  ])('speak to a browser of %s in %s before anybody has chosen', async (locale, language, heading) => {
    const page = await shop.visit('/', { language: null, locale });
    await page.getByRole('heading', { name: heading }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
    await page.context().close();
  });

  it.each(['ko', 'en'] as const)(
    'break no word of a table, nor a link from its arrow, in %s',
    async (language) => {
      await paid(shop, `REFUSED-${language}`);
      const page = await shop.visit(`/orders/REFUSED-${language}`, { language, width: 1_280 });
      const linesOf = async (selector: string) =>
        page.locator(selector).evaluateAll((all) =>
          all.map((each) => {
            const range = document.createRange();
            range.selectNode(each.firstChild ?? each);
            const rects = [...range.getClientRects(), ...(each.matches('a') ? each.getClientRects() : [])];
            return {
              text: each.textContent,
              lines: new Set(rects.map(({ top }) => Math.round(top / 9))).size,
            };
          }),
        );
      const isBroken = ({ lines }: { readonly lines: number }): boolean => lines !== 1;
      await scripted(shop, { fault: 'refused', imp_uid: `imp_REFUSED-${language}` });
      for (const kind of ['refused', 'cancelled']) {
        await page.locator('form.refund button.primary:enabled').click();
        await page.locator('dialog button.primary').click();
        await page.locator(`.said[data-kind="${kind}"]`).waitFor();
        await page.locator('tbody td').first().waitFor();
        expect((await linesOf('tbody td:nth-child(4), tbody td a')).filter(isBroken)).toEqual([]);
      }
      await page.context().close();
    },
  );

  it.each(['ko', 'en'] as const)(
    'head a phone of 375 px in two lines, with whole names, in %s',
    async (language) => {
      const page = await shop.visit('/', { language, width: 375 });
      const head = page.locator('.top .inside');
      await page.locator('tbody tr').first().waitFor();
      const brand = await page.locator('.brand').boundingBox();
      const who = await page.locator('#who').boundingBox();
      expect(Math.abs((brand?.y ?? 0) - (who?.y ?? 1_000))).toBeLessThan(20);
      expect((await head.boundingBox())?.height).toBeLessThan(110);
      await page.context().close();
    },
  );

  it('speak English where it is chosen, and remember it', async () => {
    const page = await shop.visit('/');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Orders' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    // The button that leads back is in its own language.
    const hangul = await page.locator('main').textContent();
    expect(hangul).not.toMatch(/[가-힣]/);
  });

  it('show the API on a page that a person can read', async () => {
    const page = await shop.visit('/docs');
    await page.getByRole('heading', { name: 'POST /payments/cancel' }).waitFor();
    await page.getByRole('rowheader', { name: 'cancel_request_amount' }).waitFor();
    await page.getByText('Example').first().click();
    await page.getByText('"cancel_request_amount": 2000').waitFor();
    const heights = await page
      .locator('th, td:not(:last-child)')
      .filter({ hasText: /^\s*(\d{3}|header|path|query)\s*$/ })
      .evaluateAll((cells) =>
        cells.map((cell) => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          return range.getBoundingClientRect().height;
        }),
      );
    expect(heights.length).toBeGreaterThan(10);
    // One line each: a status is not written from top to bottom.
    expect(Math.max(...heights)).toBeLessThan(30);
    expect(await faultsOf(page)).toEqual([]);
    expect(shop.problems).toEqual([]);
  });
});
