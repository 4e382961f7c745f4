import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { atDesk, cancelElsewhere, left, noChromium, paid, shop, signIn } from './visit.ts';

/** The content of sessionStorage and localStorage. */
async function keptIn(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage)]);
}

describe.skipIf(noChromium)('signing in at the staff desk', () => {
  it('sign-in returns to the same page; the token is in no address, ends with the tab, and is removed by signing out', async () => {
    await paid('SIGN-1');
    const page = await shop.visit('/desk/#/orders/SIGN-1');
    await signIn(page);
    await left(page, '10,000원');
    expect(page.url()).toBe(`${shop.run.url}/desk/#/orders/SIGN-1`);
    const [tab, browser] = await keptIn(page);
    expect([tab?.includes('access'), browser?.includes('ey')]).toEqual([true, false]);
    const other = await shop.visit('/desk/#/orders/SIGN-1');
    await other.getByRole('button', { name: '로그인' }).waitFor();
    await page.getByRole('button', { name: '로그아웃' }).click();
    await page.getByRole('button', { name: '로그인' }).waitFor();
    expect((await keptIn(page))[0]).toBe('{}');
  });

  it('a refused sign-in, one with a foreign state, and a person who is not staff are told so, and it can be tried again', async () => {
    const page = await shop.visit('/desk/');
    await page.locator('button.strong').click();
    await page.getByRole('button', { name: 'Do not sign in' }).click();
    await page.getByText('로그인하지 못했습니다').waitFor();
    await page.goto(`${shop.run.url}/desk/?code=stolen&state=forged`);
    await page.getByText('로그인하지 못했습니다').waitFor();
    expect(page.url()).toBe(`${shop.run.url}/desk/`);
    await signIn(page, 'customer-1');
    await page.getByText('환불 담당자가 아닙니다').waitFor();
    expect(await page.locator('table.rows').count()).toBe(0);
  });

  it('an expiring token is renewed unseen; an ended sign-in is told once, and signing in again returns to the page', async () => {
    await paid('RENEW-1');
    const page = await shop.visit('/desk/#/orders/RENEW-1');
    const grants: (string | null)[] = [];
    await page.route('**/_local/oidc/token', async (route) => {
      const grant = new URLSearchParams(route.request().postData() ?? '').get('grant_type');
      grants.push(grant);
      const given = (await (await route.fetch()).json()) as object;
      // As in Cognito: only the first answer contains a refresh token.
      if (grant === 'authorization_code')
        return route.fulfill({ json: { ...given, expires_in: 1, refresh_token: 'refresh' } });
      const access_token = (await shop.run.signIn({ sub: 's', groups: ['refund-staff'] })).slice(
        'Bearer '.length,
      );
      return route.fulfill({ json: { access_token, token_type: 'Bearer', expires_in: 3_600 } });
    });
    await signIn(page);
    await left(page, '10,000원');
    expect(grants).toEqual(['authorization_code', 'refresh_token']);
    const refused = { status: 401, json: { message: 'Unauthorized' } };
    await page.route('**/payments/**', (route) => route.fulfill(refused));
    await page.route('**/_local/oidc/token', (route) =>
      route.fulfill({ status: 400, json: { error: 'invalid_grant' } }),
    );
    await page.getByRole('button', { name: '새로 고침' }).click();
    const notice = page.getByRole('alert').filter({ hasText: '로그인이 만료되었습니다. 다시 로그인하면' });
    await notice.waitFor();
    expect(await page.getByText('로그인이 만료되었습니다').count()).toBe(1);
    expect((await keptIn(page))[0]).not.toContain('access');
    await page.unrouteAll();
    await notice.getByRole('button', { name: '로그인' }).click();
    await page.getByRole('button', { name: 'staff-1' }).click();
    await left(page, '10,000원');
  });
});

describe.skipIf(noChromium)('a list of the staff desk', () => {
  const DAY = '2026-03-02';

  it('a list with several pages has links and "back", totals that say what they cover, and one CSV file', async () => {
    const last = Date.parse(`${DAY}T23:00:00+09:00`) / 1_000;
    await paid('MANY', {
      amount: 110_000,
      paid_at: last - 86_400,
      // Oldest first, a minute apart.
      cancel_history: Array.from({ length: 105 }, (_, index) => ({
        amount: 1_000,
        reason: `number ${index}`,
        cancelled_at: last - (104 - index) * 60,
      })),
    });
    const page = await atDesk();
    // Pages of ten instead of a hundred: ten pages are added up at once. The eleventh fails once.
    let pages = 0;
    await page.route(new RegExp(`from=${DAY}.*limit=100`), (route) => {
      pages += 1;
      const url = route.request().url().replace('limit=100', 'limit=10');
      return pages === 11 ? route.fulfill({ status: 500, json: {} }) : route.continue({ url });
    });
    await page.goto(`${shop.run.url}/desk/#/refunds?period=range&from=${DAY}&to=${DAY}`);
    const first = page.locator('table.rows tbody tr').first();
    await first.getByText('number 104').waitFor();
    await page.getByText('최근 100건까지의 합계').waitFor();
    await page.getByRole('button', { name: '나머지도 합산' }).click();
    await page.getByRole('alert').getByText('오류가 발생했습니다').waitFor();
    await page.getByText('최근 100건까지의 합계').waitFor();
    await page.getByRole('button', { name: '나머지도 합산' }).click();
    await page.getByText('기간 전체 105건').waitFor();
    await page.locator('.totals').getByText('105,000원').waitFor();
    await page.getByRole('link', { name: '다음 쪽' }).click();
    await first.getByText('number 54').waitFor();
    await page.goBack();
    await first.getByText('number 104').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV 내려받기' }).click();
    const file = await readFile(await (await download).path(), 'utf8');
    expect((await download).suggestedFilename()).toBe(`refunds-${DAY}_${DAY}.csv`);
    expect([file.startsWith('\uFEFFrefund_id,'), file.split('\uFEFF').length]).toEqual([true, 2]);
    expect(new Set(file.trimEnd().split('\r\n')).size).toBe(106);
    await page.getByText('CSV를 내려받았습니다').waitFor();
  });

  it('a list filters by period and status, shows cancels made elsewhere, and reports rows that it cannot show', async () => {
    await paid('ELSE-1', { receipt_url: 'javascript:alert(1)' });
    await cancelElsewhere('ELSE-1', 3_000, { reason: '<img src=x onerror=alert(1)>\u202E' });
    const page = await atDesk();
    await page.getByRole('link', { name: '오늘' }).click();
    const row = page.locator('tr', { hasText: 'ELSE-1' });
    await row.getByText('외부 취소').waitFor();
    // Text from outside is shown as text, and only a valid address becomes a link.
    for (const place of [row, page.locator('article.refund')]) {
      await place.getByText('<img src=x onerror=alert(1)>').first().waitFor();
      expect(await page.locator('main').textContent()).not.toContain('\u202E');
      expect(await page.locator('main img, a[href^="javascript"]').count()).toBe(0);
      if (place === row) await row.getByRole('link').click();
    }
    await page.goBack();
    await page.getByRole('link', { name: '거절', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('.chips [aria-current]').nth(1).waitFor();
    expect(await page.locator('.chips [aria-current]').allTextContents()).toEqual(['오늘', '거절']);
    await page.goto(`${shop.run.url}/desk/#/refunds?period=range&from=2026-01-01&to=2026-11-30`);
    await page.getByRole('alert').getByText('입력한 내용을 확인해 주세요').waitFor();
  });

  it('the search finds an order number, an imp_uid, a refund id and a reference', async () => {
    await paid('FIND-1');
    const authorization = await shop.run.signIn({ sub: 's', groups: ['refund-staff'] });
    const body = { merchant_uid: 'FIND-1', cancel_request_amount: 1_000, reference: 'RMA-77' };
    const made = await shop.run.call('POST', '/payments/cancel', { body, headers: { authorization } });
    const { refund_id: id } = made.body['refund'] as { refund_id: string };
    const page = await atDesk();
    const search = async (number: string): Promise<void> => {
      await page.getByRole('searchbox').fill(number);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: number }).waitFor();
    };
    const found = page.locator('tr').getByRole('link', { name: 'FIND-1' });
    for (const number of ['FIND-1', 'imp_FIND-1', id, 'RMA-77']) {
      await search(number);
      await found.waitFor();
    }
    await found.click();
    await page.locator(`article[id="${id}"][data-chosen=true]`).waitFor();
    await search('nothing of that name');
    await page.getByText('이 번호의 주문, 결제, 환불이 없습니다').waitFor();
  });
});
