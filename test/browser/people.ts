import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { atDesk, left, LOOKS, looksRight, noChromium, paid, paymentPage, scripted, shop } from './visit.ts';

/** The longest order number that i'mport allows. */
const LONG = 'A-VERY-LONG-ORDER-NUMBER-OF-40-LETTERS-Y';

async function close(page: Page, verdict: string, evidence: string): Promise<void> {
  const panel = page.locator('details.close').first();
  await panel.getByLabel(verdict, { exact: true }).check();
  if (verdict === '처리됨') await panel.getByRole('checkbox').first().check();
  await panel.getByLabel('근거').fill(evidence);
  await panel.getByRole('button', { name: /^(제안하기|동의하고 종결)$/ }).click();
}

describe.skipIf(noChromium)('what people decide at the staff desk', () => {
  /** Payments for the looks, and a refund of 4,000 won whose answer was lost and which i'mport has booked without our tag: only people can decide it. */
  beforeAll(async () => {
    await paid('DRIFT-1');
    await scripted('DRIFT-1', { fault: 'answer_lost', also: ['drop_tag'] });
    const page = await atDesk('#/orders/DRIFT-1');
    const { fill, refund, refunds } = paymentPage(page);
    await fill('4,000');
    await refund();
    await refunds.first().getByText('사람 확인 필요').waitFor();
    await paid('LOOK-VBANK', { pay_method: 'vbank', pg_provider: 'smartro_v2' });
    await paid(LONG, { imp_uid: 'imp_long_number_123456789_desk' });
    await paid('LOOK-TWICE');
    await paid('LOOK-TWICE', { imp_uid: 'imp_LOOK-TWICEb' });
    await shop.control('reconcile');
    await shop.leave();
  });

  it.each(LOOKS)(
    'every page has no WCAG 2.2 AA error and no horizontal scrolling: $language, $scheme, $width px',
    async (seen) => {
      const page = await atDesk('', seen);
      const go = async (address: string, there: string): Promise<void> => {
        await page.goto(`${shop.run.url}/desk/${address}`);
        await page.locator(there).first().waitFor();
      };
      await page.locator('table.rows').waitFor();
      await looksRight(page, 'list');
      await go('#/refunds?period=range', 'form.line');
      await page.locator('table.rows').waitFor();
      await looksRight(page, 'range');
      await go('#/orders/LOOK-VBANK', 'form.refund');
      await page.locator('form.refund input[value=part]').check();
      await page.locator('form.refund [type=submit]').click();
      await page.locator('[aria-invalid]').first().waitFor();
      await looksRight(page, 'form with marked errors');
      await go(`#/orders/${LONG}`, 'form.refund');
      await page.locator('form.refund select').selectOption({ index: 1 });
      await page.locator('form.refund [type=submit]').click();
      await page.locator('dialog[open]').waitFor();
      await looksRight(page, 'question');
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
      await go('#/open', 'table.rows');
      await looksRight(page, 'open');
      await go('#/orders/DRIFT-1', 'details.close');
      await page.locator('.close input[type=radio]').first().check();
      await page.locator('.close input[type=checkbox]').first().waitFor();
      await looksRight(page, 'closing');
      await go('#/orders/LOOK-TWICE', '.choice');
      await looksRight(page, 'choice');
      await go('#/reconciliation', '.findings');
      await page.locator('.findings summary').first().click();
      await looksRight(page, 'reports');
      // Only our texts: texts of the shop and the PG are in their own language.
      const labels = await page.locator('h1, h2, nav, dt, summary, button:not([lang])').allTextContents();
      expect(/[가-힣]/.test(labels.join(' '))).toBe(seen.language === 'ko');
    },
  );

  it('refunds that need people are listed, and two of them close one with the entry that the PG names', async () => {
    const page = await atDesk('#/open');
    await page.locator('tr', { hasText: 'DRIFT-1' }).getByText('사람 확인 필요').waitFor();
    await page.getByRole('link', { name: 'DRIFT-1' }).click();
    await close(page, '처리됨', '');
    await page.locator('.close textarea[aria-invalid]:focus').waitFor();
    await close(page, '처리됨', 'PG console, 10:02\nentry C1');
    await page.getByText('제안했습니다. 24시간 안에').waitFor();
    await page.getByText('내가 제안했습니다').waitFor();

    const other = await atDesk('#/orders/DRIFT-1', { who: 'staff-2' });
    await other.getByText('직접 PG사에 확인한 뒤').waitFor();
    await close(other, '처리되지 않음', 'I see nothing');
    await other.getByText('다른 담당자가').waitFor();
    await other.getByText('staff-1: 처리됨').waitFor();
    await close(other, '처리됨', 'asked the PG by telephone');
    await other.getByText('종결되었습니다.').waitFor();
    const card = await paymentPage(other).refunds.first().textContent();
    expect(card).toMatch(/staff-1: 종결을 제안했습니다.*staff-2: 동의하여 종결했습니다/s);
    await left(other, '6,000원');
  });

  it('a finding is acknowledged with a note, which the report then shows', async () => {
    await paid('TWICE-2');
    await paid('TWICE-2', { imp_uid: 'imp_TWICE-2b' });
    await shop.control('reconcile');
    const page = await atDesk('#/reconciliation');
    const finding = page.locator('.findings li', { hasText: 'TWICE-2' }).first();
    await finding.locator('summary').click();
    await finding.getByRole('button', { name: '확인 처리' }).click();
    await finding.locator('textarea[aria-invalid]:focus').waitFor();
    await finding.getByLabel('확인한 내용').fill('the customer has ordered twice');
    await finding.getByRole('button', { name: '확인 처리' }).click();
    await page.getByText('확인 처리했습니다.').waitFor();
    const acknowledged = page.locator('.findings li[data-state=acknowledged]');
    await acknowledged.getByText('the customer has ordered twice').first().waitFor();
  });
});
