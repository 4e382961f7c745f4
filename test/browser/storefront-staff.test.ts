import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderAddress } from '../../lib/lab/shop/page/route.ts';
import { atProvider, inService } from '../support/ledger.ts';
import { noChromium, openShop, paid, refundForm, scripted, type Shop } from '../support/shop.ts';

describe.skipIf(noChromium)('the staff’s side of the demo shop', () => {
  let shop: Shop;
  beforeAll(async () => {
    // Five times the quiet period is when doubt becomes drift.
    shop = await openShop({ quietPeriodSeconds: 1 });
  });
  afterAll(async () => shop.end());

  /** Carried out, the answer lost, and the PG has dropped the reason: nothing tells whose entry that is. */
  async function drifting(order: string, impUid = `imp_${order}`): Promise<Page> {
    await paid(shop, order, { imp_uid: impUid });
    await scripted(shop, { fault: 'answer_lost', also: ['drop_tag'], imp_uid: impUid });
    const customer = await shop.visit(orderAddress(order, impUid));
    const { part, confirm, says } = refundForm(customer);
    await part('4,000');
    await confirm();
    await says('pending');
    await customer.context().close();
    const staff = await shop.visit(orderAddress(order, impUid), { who: 'staff1' });
    await staff.locator('form.close').waitFor();
    return staff;
  }

  async function proposeNotExecuted(page: Page): Promise<void> {
    await page.getByLabel('확인 근거').fill('PG사 상담원에게 확인, 14:20');
    await page.getByRole('button', { name: '종결 제안' }).click();
    expect(await page.getByLabel('PG사에 확인한 결과').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('PG사에 확인한 결과').selectOption('not_executed');
    await page.getByRole('button', { name: '종결 제안' }).click();
    await page.getByText('다른 직원이 승인하면 종결됩니다').waitFor();
  }

  async function proposeExecuted(page: Page): Promise<void> {
    await page.getByLabel('이 환불에 해당하는 취소 내역').selectOption({ index: 1 });
    await page.getByLabel('확인 근거').fill('PG사 상담원에게 확인, 14:20');
    await page.getByRole('button', { name: '종결 제안' }).click();
    await page.getByText('다른 직원이 승인하면 종결됩니다').waitFor();
  }

  it('sees why a refund is in drift, and what both books say', async () => {
    const page = await drifting('DRIFT-1');
    const doubt = page.locator('.doubt');
    await doubt.getByText('태그가 없는 취소 내역이 이 환불일 수 있습니다.').waitFor();
    await doubt.getByText('우리 장부의 취소 금액').waitFor();
    await doubt.getByText('아임포트의 취소 금액').waitFor();
    await page.locator('.books .timeline').getByText('결과를 알 수 없음').waitFor();
    const customer = await shop.visit('/orders/DRIFT-1');
    await customer.getByText('환불 확인 중').waitFor();
    expect(await customer.locator('.doubt').count()).toBe(0);
  });

  it('closes it by two: one proposes, another approves, and nobody does both', async () => {
    const one = await drifting('CLOSE-1');
    await one.getByLabel('PG사에 확인한 결과').selectOption('executed');
    await one.getByRole('button', { name: '종결 제안' }).click();
    expect(await one.locator('form.close [aria-invalid="true"]').count()).toBe(2);
    await proposeExecuted(one);
    expect(await one.getByRole('button', { name: '승인하고 종결' }).count()).toBe(0);
    const two = await shop.visit('/orders/CLOSE-1', { who: 'staff2' });
    await two.getByText('직원 이도윤 제안').waitFor();
    await two.getByText('PG사 상담원에게 확인, 14:20').waitFor();
    await two.getByRole('button', { name: '승인하고 종결' }).click();
    await two.getByText('환불을 종결했습니다.').waitFor();
    await two.getByText('직원 이도윤 제안, 직원 박서연 승인').waitFor();
    await two.getByText('직원 두 명의 확인 (직원 이도윤, 직원 박서연)').waitFor();
    const { cancelAmount, refunds } = await inService(shop.run, 'CLOSE-1');
    expect(cancelAmount).toBe(4_000);
    expect(refunds.map(({ status }) => status)).toEqual(['cancelled']);
  });

  it('closes it also where a path cannot carry the order’s number', async () => {
    const one = await drifting('2026/11-1', 'imp_SLASH-1');
    await one.getByLabel('PG사에 확인한 결과').selectOption('executed');
    await proposeExecuted(one);
    const two = await shop.visit(orderAddress('2026/11-1', 'imp_SLASH-1'), { who: 'staff2' });
    await two.getByRole('button', { name: '승인하고 종결' }).click();
    await two.getByText('환불을 종결했습니다.').waitFor();
  });

  it('keeps what is being typed while the page looks again', async () => {
    const page = await drifting('TYPING-1');
    const evidence = page.getByLabel('확인 근거');
    await evidence.fill('아직 통화 중');
    const looked = page.waitForResponse((response) => response.url().includes('/timeline'));
    await looked;
    await page.waitForResponse((response) => response.url().includes('/timeline'));
    expect(await evidence.inputValue()).toBe('아직 통화 중');
    expect(await evidence.evaluate((node) => node === document.activeElement)).toBe(true);
    await proposeNotExecuted(page);
  });

  it('chooses one of several payments of an order, each at an address of its own', async () => {
    await paid(shop, 'SEVERAL-1');
    await paid(shop, 'SEVERAL-1', { imp_uid: 'imp_SEVERAL-1b', amount: 7_000 });
    const page = await shop.visit('/orders/SEVERAL-1', { who: 'staff1' });
    await page.getByText('이 주문은 결제가 2건입니다').waitFor();
    await page.getByRole('link', { name: 'imp_SEVERAL-1b' }).click();
    expect(page.url()).toContain('imp_uid=imp_SEVERAL-1b');
    const { left, confirm, says, press } = refundForm(page);
    await left('7,000원');
    await press.getByText('7,000원 전액 환불').waitFor();
    await confirm();
    await says('cancelled');
    expect((await atProvider(shop.run, 'imp_SEVERAL-1b')).cancelAmount).toBe(7_000);
    expect((await atProvider(shop.run, 'imp_SEVERAL-1')).cancelAmount).toBe(0);
  });

  it('cancels in the console, and finds it in the time line and beside i’mport’s own books', async () => {
    await paid(shop, 'CONSOLE-1');
    const page = await shop.visit('/orders/CONSOLE-1', { who: 'staff1' });
    await page.getByText('관리자 콘솔에서 취소').click();
    await page.getByLabel('취소 금액').fill('1e3');
    await page.getByRole('button', { name: '콘솔에서 취소' }).click();
    expect(await page.getByLabel('취소 금액').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('취소 금액').fill('1,000');
    await page.getByRole('button', { name: '콘솔에서 취소' }).click();
    await refundForm(page).left('9,000원');
    await page.locator('.timeline').getByText('다른 곳에서 1,000원 취소').waitFor();
    await page.locator('.books .badge').getByText('일치', { exact: true }).waitFor();
  });

  it('runs the reconciliation, and reads its last report on a page of its own', async () => {
    const page = await shop.visit('/reconciliation', { who: 'staff1' });
    await page.getByText('아직 끝난 대사가 없습니다').waitFor();
    await page.getByRole('button', { name: '지금 실행' }).click();
    await page.getByRole('heading', { name: '매시간 대사' }).waitFor();
    await page.getByText('대사를 마쳤습니다.').waitFor();
    await page.reload();
    const report = page.locator('.card', { hasText: '매시간 대사' });
    await report.getByText('비교한 결제').waitFor();
    await report.getByText('설명되지 않은 취소 금액').waitFor();
    const customer = await shop.visit('/reconciliation');
    await customer.getByText('직원만 볼 수 있는 화면입니다').waitFor();
  });

  it('gives the PG a bad day in the demo’s drawer, which a reload finds as it was', async () => {
    const page = await shop.visit('/');
    await page.getByText('데모 도구').click();
    await page.getByRole('button', { name: 'PG사 거절' }).click();
    await page.getByText('대기 중: PG사 거절').waitFor();
    await page.getByRole('button', { name: '연결 끊기' }).click();
    await page.getByText('지금 아임포트에 연결할 수 없습니다.').waitFor();
    await page.reload();
    await page.getByText('지금 아임포트에 연결할 수 없습니다.').waitFor();
    const down = page.getByRole('button', { name: '연결 끊기' });
    expect(await down.getAttribute('aria-pressed')).toBe('true');
    await down.click();
    await page.getByText('대기 중: PG사 거절').waitFor();
    const known = await page.getByLabel('그 밖의 장애').locator('option').count();
    expect(known).toBeGreaterThan(5);
    await page.getByRole('button', { name: '모두 지우기' }).click();
    await page.getByText('대기 중인 장애가 없습니다.').waitFor();
    expect(shop.problems).toEqual([]);
  });
});
