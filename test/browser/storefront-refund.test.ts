import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atProvider } from '../support/ledger.ts';
import { noChromium, openShop, paid, refundForm, scripted, type Shop } from '../support/shop.ts';

describe.skipIf(noChromium)('refunding on the page of an order', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(async () => shop.end());

  const cancelled = async (order: string): Promise<number> =>
    (await atProvider(shop.run, `imp_${order}`)).cancelAmount;

  it('asks before money moves, and names the amount and the order', async () => {
    await paid(shop, 'ASK-1');
    const page = await shop.visit('/orders/ASK-1');
    const { part, press, dialog, says, left } = refundForm(page);
    await part('3,000');
    await press.click();
    await dialog.getByRole('heading', { name: '3,000원 환불할까요?' }).waitFor();
    await dialog.getByText('ASK-1').first().waitFor();
    await dialog.getByText('7,000원').waitFor();
    expect(await cancelled('ASK-1')).toBe(0);
    await dialog.getByRole('button', { name: '3,000원 환불' }).click();
    await says('cancelled');
    await left('7,000원');
    expect(await cancelled('ASK-1')).toBe(3_000);
  });

  it('sends nothing when the question is answered with "back" or Escape', async () => {
    await paid(shop, 'BACK-1');
    const page = await shop.visit('/orders/BACK-1');
    const { press, dialog } = refundForm(page);
    await press.click();
    // The way back has the focus: whoever presses Enter twice has not refunded anything.
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await press.click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await press.isEnabled()).toBe(true);
    expect(await cancelled('BACK-1')).toBe(0);
  });

  it('never refunds by Enter in a field', async () => {
    await paid(shop, 'ENTER-1');
    const page = await shop.visit('/orders/ENTER-1');
    const { part, dialog } = refundForm(page);
    const field = await part('1000');
    await field.press('Enter');
    expect(await dialog.count()).toBe(0);
    expect(page.url()).toContain('/orders/ENTER-1');
    expect(await cancelled('ENTER-1')).toBe(0);
  });

  it('marks the drawer of bad days while one waits for its refund, and no longer', async () => {
    await paid(shop, 'MARK-1');
    await scripted(shop, { fault: 'refused', imp_uid: 'imp_MARK-1' });
    const page = await shop.visit('/orders/MARK-1');
    await page.locator('#tools[data-stormy="true"]').waitFor();
    await refundForm(page).confirm();
    await refundForm(page).says('refused');
    await page.locator('#tools[data-stormy="false"]').waitFor();
  });

  it('says "all" only where it is all, otherwise "the rest"', async () => {
    await paid(shop, 'ALL-1');
    const page = await shop.visit('/orders/ALL-1');
    const { part, press, confirm, says, left, form } = refundForm(page);
    await press.getByText('10,000원 전액 환불').waitFor();
    await part('4000');
    await confirm();
    await says('cancelled');
    await left('6,000원');
    await press.getByText('남은 금액 6,000원 환불').waitFor();
    expect(await form.getByText('전액').count()).toBe(0);
    await confirm();
    await left('0원');
    expect(await press.isVisible()).toBe(false);
    expect(await cancelled('ALL-1')).toBe(10_000);
  });

  it('refunds nothing when another amount is left than the page has shown', async () => {
    await paid(shop, 'STALE-1');
    const page = await shop.visit('/orders/STALE-1');
    const { press, dialog, says, left } = refundForm(page);
    await press.click();
    await shop.run.call('POST', '/_local/iamport/imp_STALE-1/console-cancel', { body: { amount: 2_000 } });
    await dialog.locator('button.primary').click();
    await says('refused');
    await left('8,000원');
    expect(await cancelled('STALE-1')).toBe(2_000);
  });

  it.each(['0x10', '1,00,0', '', '10,001'])(
    'marks the amount %j and says beside it what is wrong, without asking or sending',
    async (typed) => {
      if (typed === '0x10') await paid(shop, 'TYPED-1');
      const page = await shop.visit('/orders/TYPED-1');
      const { part, press, dialog } = refundForm(page);
      const field = await part(typed);
      await press.click();
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      const told = (await field.getAttribute('aria-describedby'))?.split(' ')[0] ?? '';
      expect(await page.locator(`#${told}`).textContent()).toMatch(/입력/);
      expect(await field.evaluate((node) => node === document.activeElement)).toBe(true);
      expect(await dialog.count()).toBe(0);
      await page.context().close();
    },
  );

  it('makes one refund of a double click', async () => {
    await paid(shop, 'TWICE-1');
    const page = await shop.visit('/orders/TWICE-1');
    const { part, press, dialog, says } = refundForm(page);
    await part('1,000');
    await press.dblclick();
    expect(await dialog.count()).toBe(1);
    await dialog.locator('button.primary').dblclick();
    await says('cancelled');
    expect(await cancelled('TWICE-1')).toBe(1_000);
  });

  it('says why it was refused in words for customers, and for staff what the PG said', async () => {
    await paid(shop, 'NO-1');
    await scripted(shop, { fault: 'refused', times: 2, imp_uid: 'imp_NO-1' });
    const page = await shop.visit('/orders/NO-1');
    await refundForm(page).confirm();
    const said = await refundForm(page).says('refused');
    expect(await said.textContent()).toContain('PG사에서 취소를 거절');
    expect(await page.locator('main').textContent()).not.toMatch(/errors|imp_uid|code|Error/);
    const desk = await shop.visit('/orders/NO-1', { who: 'staff1' });
    await refundForm(desk).confirm();
    expect(await (await refundForm(desk).says('refused')).textContent()).toContain('PG사 응답');
    expect(await cancelled('NO-1')).toBe(0);
  });

  it('asks for the account of a virtual account, tells where the money goes and when, and keeps it nowhere', async () => {
    await paid(shop, 'VBANK-1', { pay_method: 'vbank', pg_provider: 'tosspayments' });
    const page = await shop.visit('/orders/VBANK-1');
    const { form, press, dialog, says } = refundForm(page);
    await press.click();
    expect(await dialog.count()).toBe(0);
    expect(await form.locator('[aria-invalid="true"]').count()).toBe(3);
    await form.getByLabel('은행').selectOption({ label: '신한' });
    await form.getByLabel('계좌번호').fill('110-123-45678');
    await form.getByLabel('예금주', { exact: true }).fill('김환불');
    await press.click();
    await dialog.getByText('신한 ···5678 (김환불)').waitFor();
    await dialog.locator('button.primary').click();
    expect(await (await says('cancelled')).textContent()).toMatch(/까지 입금될 예정/);
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(kept).not.toContain('12345678');
    expect(kept).not.toContain('access_token');
    expect(await cancelled('VBANK-1')).toBe(10_000);
  });

  it('can be used with the keyboard alone', async () => {
    await paid(shop, 'KEYS-1');
    const page = await shop.visit('/orders/KEYS-1');
    const { says } = refundForm(page);
    await page.locator('form.refund button.primary:enabled').waitFor();
    await page.locator('form.refund input[value="everything"]').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await says('cancelled');
    // The form is gone, so the focus is on what was said.
    await page.locator('.said:focus').waitFor();
    expect(await cancelled('KEYS-1')).toBe(10_000);
  });

  it('breaks no policy of its own', () => {
    expect(shop.problems).toEqual([]);
  });
});
