import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atProvider } from '../support/ledger.ts';
import { noChromium, openShop, paid, refundForm, scripted, type Shop } from '../support/shop.ts';

/** What the browser client keeps of a wish, as a tab of before has left it. */
async function leave(shop: Shop, order: string, wish: object) {
  const page = await shop.visit('/docs');
  const kept = {
    merchant_uid: order,
    imp_uid: `imp_${order}`,
    amount: 5_000,
    key: 'a-key-of-before',
    time: Date.now() - 3_600_000,
    subject: 'demo-customer',
    ...wish,
  };
  await page.evaluate(([name, text]) => localStorage.setItem(name, text), [
    `iamport-refunds:${order}`,
    JSON.stringify(kept),
  ] as const);
  await page.goto(`${shop.run.url}/orders/${order}`);
  return page;
}

describe.skipIf(noChromium)('a refund whose end is not known, on the page of its order', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(async () => shop.end());

  const cancelled = async (order: string): Promise<number> =>
    (await atProvider(shop.run, `imp_${order}`)).cancelAmount;

  it('is followed to its end, also over a reload in the middle, and can be refunded no second time meanwhile', async () => {
    await paid(shop, 'LOST-1');
    await scripted(shop, { fault: 'request_lost', imp_uid: 'imp_LOST-1' });
    const page = await shop.visit('/orders/LOST-1');
    const { part, confirm, says, left, press } = refundForm(page);
    await part('4,000');
    await confirm();
    await says('pending');
    await page.getByText('환불 확인 중').waitFor();
    expect(await press.isDisabled()).toBe(true);
    await page.reload();
    await says('cancelled');
    await left('6,000원');
    expect(await cancelled('LOST-1')).toBe(4_000);
  });

  it('is told without the words of a program', async () => {
    await paid(shop, 'WORDS-1');
    const page = await shop.visit('/orders/WORDS-1');
    await page.route('**/payments/cancel', (route) => route.abort());
    await refundForm(page).confirm();
    const said = await (await refundForm(page).says('pending')).textContent();
    expect(said).toContain('환불되었는지 아직 알 수 없습니다');
    expect(await page.locator('main').textContent()).not.toMatch(/NetworkError|TypeError|fetch|HTTP/);
  });

  it('an old wish is asked about on a page that comes up: nothing is sent before somebody says so', async () => {
    await paid(shop, 'OLD-1');
    const page = await leave(shop, 'OLD-1', {});
    const { says, dialog, left } = refundForm(page);
    const said = await says('needs_confirmation');
    expect(await said.textContent()).toContain('5,000원');
    expect(await cancelled('OLD-1')).toBe(0);
    await said.getByRole('button', { name: '5,000원 다시 요청' }).click();
    await dialog.getByText('OLD-1').first().waitFor();
    expect(await cancelled('OLD-1')).toBe(0);
    await dialog.locator('button.primary').click();
    await left('5,000원');
    expect(await cancelled('OLD-1')).toBe(5_000);
  });

  it('a wish of somebody else is forgotten by a button, and is not sent', async () => {
    await paid(shop, 'THEIRS-1');
    const page = await leave(shop, 'THEIRS-1', { subject: 'somebody-else' });
    const said = await refundForm(page).says('needs_confirmation');
    expect(await said.textContent()).toContain('다른 계정');
    await said.getByRole('button', { name: '요청 지우기' }).click();
    await said.waitFor({ state: 'hidden' });
    await page.reload();
    await refundForm(page).left('10,000원');
    expect(await page.locator('.said[data-kind="needs_confirmation"]').count()).toBe(0);
    expect(await cancelled('THEIRS-1')).toBe(0);
  });

  it('another wish while one is open is not sent, and both amounts are said', async () => {
    await paid(shop, 'BUSY-1');
    const page = await leave(shop, 'BUSY-1', {});
    const { says, confirm } = refundForm(page);
    await says('needs_confirmation');
    await confirm();
    const said = await says('busy');
    expect(await said.textContent()).toMatch(/5,000원.*10,000원/s);
    await said.getByRole('button', { name: '먼저 요청한 환불 확인' }).click();
    await says('needs_confirmation');
    expect(await cancelled('BUSY-1')).toBe(0);
  });

  it('without a token the amounts stay, nothing can be refunded, and trying again helps', async () => {
    await paid(shop, 'TOKEN-1');
    const page = await shop.visit('/docs');
    await page.route('**/_local/token', (route) => route.abort());
    await page.goto(`${shop.run.url}/orders/TOKEN-1`);
    await page.getByText('최신 금액을 확인하지 못했습니다').waitFor();
    const { left, press, says, confirm } = refundForm(page);
    await left('10,000원');
    expect(await press.isDisabled()).toBe(true);
    await page.unroute('**/_local/token');
    await page.getByRole('button', { name: '다시 시도' }).click();
    await page.locator('form.refund button.primary:enabled').waitFor();
    expect(await page.getByText('최신 금액을 확인하지 못했습니다').count()).toBe(0);
    await confirm();
    await says('cancelled');
    expect(shop.problems).toEqual([]);
  });
});
