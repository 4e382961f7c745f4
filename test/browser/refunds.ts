import { describe, expect, it } from 'vitest';
import { atDesk, cancelled, left, noChromium, paid, paymentPage, said, scripted, shop } from './visit.ts';

/** Words that must not appear while the outcome is unknown. */
const CLAIMS = /환불되었습니다|환불되지 않았|거절되었/;

describe.skipIf(noChromium)('a refund at the staff desk', () => {
  it('the confirmation shows payment, amount and remaining balance, and the request has checksum and one key', async () => {
    await paid('ASK-2');
    const page = await atDesk('#/orders/ASK-2');
    const { fill, form, dialog, yes, refunds } = paymentPage(page);
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
    expect(await dialog.textContent()).toMatch(/ASK-2.*imp_ASK-2.*상품 불량: 긁힘.*RMA-1.*7,000원/s);
    expect(posts).toEqual([]);
    await yes.click();
    expect(await (await said(page, 'cancelled')).textContent()).toContain('3,000원');
    await page.locator('#said:focus').waitFor();
    await left(page, '7,000원');
    const body = {
      cancel_request_amount: 3_000,
      checksum: 10_000,
      reason: '상품 불량: 긁힘',
      reference: 'RMA-1',
    };
    expect(posts).toMatchObject([{ key: /^[0-9a-f]{32}$/, body }]);
    await refunds.first().getByText('담당자').waitFor();
    expect(await form.getByLabel('관리번호').inputValue()).toBe('');
  });

  it('a wrong amount, a missing reason and a missing account are marked, and the account is not stored', async () => {
    await paid('ACCOUNT-1', { pay_method: 'vbank', pg_provider: 'tosspayments' });
    const page = await atDesk('#/orders/ACCOUNT-1');
    const { fill, form, review, dialog, yes } = paymentPage(page);
    await form.getByLabel('일부').check();
    await form.getByLabel('환불할 금액').fill('10,001');
    await form.locator('select[name=why]').selectOption({ label: '기타(직접 입력)' });
    await review.click();
    await page.getByText('10,000원 이하로 입력해 주세요').waitFor();
    const marked = form.locator('[aria-invalid]');
    expect(await marked.evaluateAll((nodes) => nodes.map((node) => node.getAttribute('name')))).toEqual(
      'amount reason refund_bank refund_account refund_holder'.split(' '),
    );
    expect(await dialog.count()).toBe(0);
    await fill('4,000');
    await form.getByLabel('은행').selectOption({ label: '신한' });
    await form.getByLabel('계좌번호').fill('110-123-45678');
    await form.getByLabel('예금주').fill('김환불');
    await review.click();
    await dialog.getByText('···5678 (김환불)').waitFor();
    await yes.click();
    await said(page, 'cancelled');
    const kept = await page.evaluate(() => JSON.stringify([sessionStorage, localStorage, location.href]));
    expect(kept).not.toMatch(/110-123|김환불/);
    expect(await form.getByLabel('계좌번호').inputValue()).toBe('');
  });

  it('a refusal of the PG is shown in its words, with its advice once; rules of the PG are only at the form', async () => {
    await paid('REFUSED-1', { pg_provider: 'nice' });
    await scripted('REFUSED-1', { fault: 'refused' });
    const page = await atDesk('#/orders/REFUSED-1');
    const { fill, refund, refunds } = paymentPage(page);
    await fill();
    await refund();
    const text = (await (await said(page, 'refused')).textContent()) ?? '';
    expect(text.split('부족한 금액을 입금한 뒤 다시 요청해 주세요')).toHaveLength(2);
    expect(text).toMatch(/PG사 응답: .*취소금액이 미정산 금액보다 큽니다/);
    await refunds.first().getByText('거절되었습니다').waitFor();
    await page.locator('ul.notice').getByText('vat_amount').waitFor();
    expect(await refunds.getByText('vat_amount').count()).toBe(0);
  });

  it('the form has what the rules of the payment allow; an order with several payments asks for one first', async () => {
    const byPhone = { pay_method: 'phone', pg_provider: 'danal' };
    await paid('PHONE-2', byPhone);
    await paid('PHONE-3', { ...byPhone, paid_at: Math.floor(Date.now() / 1_000) - 45 * 86_400 });
    await paid('SEVERAL-2');
    await paid('SEVERAL-2', { imp_uid: 'imp_SEVERAL-2b', amount: 7_000 });
    const page = await atDesk('#/orders/PHONE-2');
    await page.locator('form.refund').waitFor();
    expect(await page.locator('form.refund').getByRole('radio').count()).toBe(1);
    await page.goto(`${shop.run.url}/desk/#/orders/PHONE-3`);
    await page.getByText('규정 때문에 지금 환불할 수 없습니다').waitFor();
    expect(await page.locator('form.refund').count()).toBe(0);
    await page.goto(`${shop.run.url}/desk/#/orders/SEVERAL-2`);
    await page.getByText('환불할 결제를 선택해 주세요').waitFor();
    expect(await page.locator('form.refund').count()).toBe(0);
    await page.getByRole('link', { name: 'imp_SEVERAL-2b' }).click();
    await left(page, '7,000원');
    await page.locator('h1:focus').waitFor();
  });

  it('a refund can be made with the keyboard alone', async () => {
    await paid('KEYS-1');
    const page = await atDesk();
    await page.locator('table.rows').waitFor();
    const tabTo = async (what: RegExp): Promise<void> => {
      const focused = async (): Promise<string> =>
        page.evaluate(
          () => document.activeElement?.getAttribute('name') ?? document.activeElement?.textContent ?? '',
        );
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
    await page.locator('dialog[open]').waitFor();
    await tabTo(/2,500원 환불/);
    await page.keyboard.press('Enter');
    await said(page, 'cancelled');
    expect(await cancelled('KEYS-1')).toBe(2_500);
  });

  it('the desk shows a refund without an answer as unknown, follows it over a reload, and shows its end', async () => {
    await paid('LOST-2');
    await scripted('LOST-2', { fault: 'answer_lost', also: ['asynchronous'], delay_ms: 4_000 });
    const page = await atDesk('#/orders/LOST-2');
    const { fill, refund, refunds } = paymentPage(page);
    await fill('4,000');
    await refund();
    await refunds.first().getByText('결과를 아직 모릅니다').waitFor();
    expect(await page.locator('#said').textContent()).not.toMatch(CLAIMS);
    expect(await page.locator('form.refund').count()).toBe(0);
    await page.reload();
    expect(await (await said(page, 'cancelled')).textContent()).toContain('4,000원');
    await left(page, '6,000원');
    expect(await cancelled('LOST-2')).toBe(4_000);
  });

  it('the desk blocks requests while offline, claims no outcome of a broken one, and resends it only when asked, with one key', async () => {
    await paid('CUT-2');
    const page = await atDesk('#/orders/CUT-2');
    const { fill, refund, review, yes } = paymentPage(page);
    await left(page, '10,000원');
    await page.context().setOffline(true);
    await page.getByText('인터넷 연결이 끊겼습니다').waitFor();
    await review.and(page.locator(':disabled')).waitFor();
    await page.context().setOffline(false);
    const posts: string[] = [];
    page.on('request', (request) => {
      const body = request.postDataJSON() as { readonly checksum?: number } | null;
      if (request.url().endsWith('/cancel'))
        posts.push(`${request.headers()['idempotency-key']} ${body?.checksum}`);
    });
    await page.route('**/payments/cancel', (route) => route.abort());
    await fill('4,000');
    await refund();
    await page.locator('#said').getByText('환불되었는지 아직 알 수 없습니다').waitFor();
    await page.reload();
    expect(await (await said(page, 'needs_confirmation')).textContent()).toContain('4,000원');
    await page.unroute('**/payments/cancel');
    await page.getByRole('button', { name: '이어서 보내기' }).click();
    await yes.click();
    expect(await (await said(page, 'cancelled')).textContent()).toContain('4,000원');
    expect(posts.length).toBeGreaterThan(1);
    expect(new Set(posts).size).toBe(1);
    expect(posts[0]).toMatch(/^[0-9a-f]{32} 10000$/);
    expect(await cancelled('CUT-2')).toBe(4_000);
  });
});
