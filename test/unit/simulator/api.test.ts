import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PaymentInputError } from '../../../lib/lab/simulator/simulator.ts';
import { CREDENTIALS, getToken, type Merchant, MINUTE_MS, NOW_MS, read, simulate } from './support.ts';

const NOW = NOW_MS / 1000;
const DAY = 24 * 60 * 60;
const NOT_FOUND = { status: 404, code: -1, message: '존재하지 않는 결제정보입니다.', response: null };
const UNAUTHORIZED = { status: 401, code: -1, message: 'Unauthorized', response: null };

describe('a token', () => {
  it('a token lasts 30 minutes; a new request prolongs it in its last minute and replaces it after its end', async () => {
    const { simulator } = await simulate();
    const { response: first, ...reply } = await getToken(simulator.url);
    expect(reply).toMatchObject({ status: 200, code: 0, message: null });
    expect(first).toEqual({ access_token: expect.any(String) as string, now: NOW, expired_at: NOW + 1800 });
    await simulator.advance(29 * MINUTE_MS - 1000);
    expect((await getToken(simulator.url)).response).toMatchObject({ ...first, now: NOW + 1739 });
    await simulator.advance(1000);
    const prolonged = { ...first, now: NOW + 1740, expired_at: NOW + 2100 };
    expect((await getToken(simulator.url)).response).toMatchObject(prolonged);
    await simulator.advance(6 * MINUTE_MS);
    expect((await getToken(simulator.url)).response.access_token).not.toBe(first.access_token);
  });

  it.for([
    ['{"imp_key":"key","imp_secret":"wrong"}', 401, '인증에 실패하였습니다. API키와 secret을 확인하세요.'],
    ['{"imp_key":"key"}', 400, 'imp_key, imp_secret 파라메터가 누락되었습니다.'],
    [new URLSearchParams(CREDENTIALS), 200, null],
  ] as const)('a token request with %s is answered with %i', async ([body, status, message]) => {
    const { simulator } = await simulate();
    const type = typeof body === 'string' ? 'json' : 'x-www-form-urlencoded';
    const headers = { 'content-type': `application/${type}` };
    const sent = fetch(`${simulator.url}/users/getToken`, { method: 'POST', headers, body });
    expect(await read(await sent)).toMatchObject({ status, message });
  });

  it('a token is accepted with and without "Bearer"; an unknown, expired or revoked one gets 401 everywhere', async () => {
    const { simulator, cancel, get, paid, token } = await simulate();
    const before = paid();
    const authorization = `Bearer ${await token()}`;
    expect((await cancel({ imp_uid: 'imp_x' }, { authorization, tier: 'ABC' })).code).toBe(1);
    expect((await get('/payments/imp_1')).code).toBe(0);
    for (const path of ['/payments/imp_1', '/payments', '/nowhere'])
      expect(
        await read(await fetch(simulator.url + path, { headers: { authorization: 'wrong' } })),
      ).toMatchObject(UNAUTHORIZED);
    await simulator.advance(30 * MINUTE_MS);
    expect(await cancel({ imp_uid: 'imp_1' })).toMatchObject(UNAUTHORIZED);
    const { access_token: renewed } = (await getToken(simulator.url)).response;
    simulator.revokeTokens();
    expect(await cancel({ imp_uid: 'imp_1' }, { authorization: renewed })).toMatchObject(UNAUTHORIZED);
    expect(simulator.payment('imp_1')).toEqual(before);
  });
});

describe('a cancel', () => {
  it('partial cancels add up, oldest first; the payment shows reason and time of the latest, and before a cancel 0, null and []', async () => {
    const { simulator, cancel, get, paid } = await simulate();
    paid();
    expect((await get('/payments/imp_1')).response).toMatchObject({
      status: 'paid',
      cancel_amount: 0,
      cancel_history: [],
      cancel_receipt_urls: [],
      cancel_reason: null,
      cancelled_at: 0,
      failed_at: 0,
    });
    const first = await cancel({ imp_uid: 'imp_1', amount: 1000, reason: 'first' });
    expect(first).toMatchObject({ status: 200, code: 0, message: null });
    const partly = { status: 'cancelled', amount: 10_000, cancel_amount: 1000, cancelled_at: NOW };
    expect(first.response).toMatchObject(partly);
    await simulator.advance(5000);
    const { response } = await cancel({ imp_uid: 'imp_1', amount: 1000, reason: 'second' });
    expect(response).toMatchObject({ cancel_amount: 2000, cancel_reason: 'second', cancelled_at: NOW + 5 });
    expect(response.cancel_history).toMatchObject([
      { amount: 1000, reason: 'first', cancelled_at: NOW },
      { amount: 1000, reason: 'second', cancelled_at: NOW + 5 },
    ]);
    expect(response.cancel_receipt_urls).toHaveLength(2);
    const ids = response.cancel_history.map((entry) => entry.cancellation_id);
    expect(new Set(ids.filter((id) => /^[0-9A-Z]{20}$/.test(id))).size).toBe(2);
  });

  it.for([{}, { amount: 0 }, { amount: null }, { amount: '0' }])(
    'a cancel with the amount of %j cancels the whole balance',
    async (amount) => {
      const { cancel, paid } = await simulate();
      paid({ cancel_amount: 4000 });
      const { response } = await cancel({ imp_uid: 'imp_1', ...amount });
      expect(response.cancel_history.map((entry) => entry.amount)).toEqual([4000, 6000]);
    },
  );

  it('a cancel by merchant_uid alone finds the paid attempt, not a newer failed one; an empty imp_uid is ignored', async () => {
    const { cancel, paid } = await simulate();
    paid({ started_at: 1000 });
    paid({ imp_uid: 'imp_2', amount: 1, status: 'failed', started_at: 2000 });
    expect((await cancel({ imp_uid: '', merchant_uid: 'order-1' })).response.imp_uid).toBe('imp_1');
  });
});

describe('a refused cancel: HTTP 200, response null, nothing changes', () => {
  const NOTHING = '취소할 결제건이 존재하지 않습니다.';
  const ACCOUNT = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
  const LEFT_7000 = { cancel_amount: 3000 };

  it.for([
    ['an unknown imp_uid with a correct merchant_uid', {}, { imp_uid: 'imp_x' }, 1, NOTHING],
    ['an unknown merchant_uid', {}, { imp_uid: null, merchant_uid: 'order-x' }, 1, NOTHING],
    ['a failed payment', { status: 'failed' }, {}, 1, NOTHING],
    ['a payment that was revoked before it was paid', { status: 'cancelled', paid_at: 0 }, {}, 1, NOTHING],
    ['nothing left', { cancel_amount: 10_000 }, {}, 1, '이미 전액취소된 주문입니다.'],
    ['no payment', {}, { imp_uid: null, merchant_uid: null }, 1, /지정해주셔야합니다\.$/],
    ...[7001, -1, 'x', 0.5, true, '1e2'].map(
      (amount) => ['a wrong amount', LEFT_7000, { amount }, 1, /취소요청금액/] as const,
    ),
    ...[10_000, 0, '0', 6999, 'x'].map(
      (checksum) => ['a wrong checksum', LEFT_7000, { amount: 1000, checksum }, 1, /checksum/] as const,
    ),
    ['a rule of i’mport', { pay_method: 'vbank' }, { ...ACCOUNT, refund_bank: '088' }, 1, /은행코드/],
    [
      'a rule of a PG',
      { pay_method: 'phone', pg_provider: 'danal' },
      { amount: 1000 },
      -1,
      /^결제취소에 실패하였습니다\. ./,
    ],
  ] as const)('%s: %j, asked for by %j', async ([, payment, body, code, message]) => {
    const { simulator, cancel, paid } = await simulate();
    const before = paid(payment);
    const reply = await cancel({ imp_uid: 'imp_1', merchant_uid: 'order-1', ...body });
    expect(reply).toMatchObject({ status: 200, code, response: null });
    expect(reply.message).toMatch(message);
    expect(simulator.payment('imp_1')).toEqual(before);
  });
});

/** Three paid payments a day apart (the newest partly cancelled), and a failed one with an odd order number. */
async function payments(): Promise<Merchant> {
  const merchant = await simulate();
  for (const day of [3, 2, 1]) {
    const at = NOW - day * DAY;
    merchant.paid({ imp_uid: `imp_${day}`, merchant_uid: `order-${day}`, started_at: at - 60, paid_at: at });
  }
  merchant.paid({ imp_uid: 'imp_f', merchant_uid: '주문/f', status: 'failed', started_at: NOW - 2.5 * DAY });
  await merchant.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
  return merchant;
}

describe('one payment', () => {
  it.for([
    ['imp_1/', 'imp_1'],
    ['imp_x', undefined],
    // A payment of a test channel is found only with include_sandbox.
    ['imp_test', undefined],
    ['imp_test?include_sandbox=true', 'imp_test'],
    [`find/${encodeURIComponent('주문/f')}`, 'imp_f'],
    ['find/order-x', undefined],
    ['findAll/order-x', undefined],
    // Of several attempts at an order the newest, which may have failed.
    ['find/order-3', 'imp_new'],
    ['find/order-3/paid', 'imp_3'],
    ['find/order-3/cancelled', undefined],
    ['find/order-3?sorting=started', 'imp_3'],
    ['find/order-3?sorting=-paid', 'imp_3'],
  ] as const)('at /payments/%s: %s', async ([path, impUid]) => {
    const { get, paid } = await payments();
    paid({ imp_uid: 'imp_test', sandbox: true });
    paid({ imp_uid: 'imp_new', merchant_uid: 'order-3', status: 'failed', started_at: NOW });
    expect(await get(`/payments/${path}`)).toMatchObject(
      impUid === undefined ? NOT_FOUND : { status: 200, response: { imp_uid: impUid } },
    );
  });

  it('only a PAYCO payment has a balance, which can only be read; no amount is prepared', async () => {
    const { simulator, get, paid, token } = await simulate();
    paid({ pg_provider: 'payco', cancel_amount: 4000 });
    paid({ imp_uid: 'imp_2' });
    expect(await get('/payments/imp_1/balance')).toMatchObject({ status: 200, response: { amount: 6000 } });
    for (const impUid of ['imp_2', 'imp_3'])
      expect((await get(`/payments/${impUid}/balance`)).status).toBe(404);
    const headers = { authorization: await token() };
    const posted = await fetch(`${simulator.url}/payments/imp_1/balance`, { method: 'POST', headers });
    expect(posted.status).toBe(405);
    const message = '사전등록된 결제정보가 존재하지 않습니다.';
    expect(await get('/payments/prepare/order-1')).toMatchObject({ status: 404, message });
  });
});

describe('several payments', () => {
  interface List {
    readonly list: readonly { readonly imp_uid: string }[];
  }
  const listed = async ({ get }: Merchant, path: string): Promise<readonly string[]> =>
    (await get<List>(`/payments/${path}`)).response.list.map(({ imp_uid }) => imp_uid);

  const span = (from: number, to: number): string => `from=${NOW - from * DAY}&to=${NOW - to * DAY}`;
  it.for([
    // Newest first; a partly cancelled payment has the status cancelled.
    ['status/paid', ['imp_2', 'imp_3']],
    ['status/cancelled', ['imp_1']],
    ['status/failed', ['imp_f']],
    ['status/ready', []],
    ['status/all', ['imp_1', 'imp_2', 'imp_f', 'imp_3']],
    ['status/all?sorting=%2Bupdated', ['imp_3', 'imp_f', 'imp_2', 'imp_1']],
    // A plus sign that is not escaped arrives as a space.
    ['status/all?sorting=+paid', ['imp_f', 'imp_3', 'imp_2', 'imp_1']],
    // Both ends are included; imp_1 was paid a day ago, but its status changed only now.
    [`status/all?${span(3, 2)}`, ['imp_2', 'imp_f', 'imp_3']],
    [`status/all?${span(1, 1)}`, []],
    ['findAll/order-1', ['imp_1']],
  ] as const)('/payments/%s: %j', async ([path, impUids]) => {
    expect(await listed(await payments(), path)).toEqual(impUids);
  });

  it('payments are found by a list of names: 207 when some do not exist, 404 when none does', async () => {
    const { get } = await payments();
    const statuses = [
      'imp_uid[]=imp_1&merchant_uid[]=order-2',
      'imp_uid[]=imp_1&imp_uid[]=imp_x',
      'imp_uid[]=imp_x',
    ].map(async (query) => (await get(`/payments?${query}`)).status);
    expect(await Promise.all(statuses)).toEqual([200, 207, 404]);
  });

  it('a page of a list names the previous and the next page, 0 meaning none', async () => {
    const { get } = await payments();
    const page = async (number: number) =>
      (await get(`/payments/status/all?limit=2&page=${number}`)).response;
    expect(await page(1)).toMatchObject({ total: 4, previous: 0, next: 2, list: [{}, {}] });
    expect(await page(2)).toMatchObject({ total: 4, previous: 1, next: 0, list: [{}, {}] });
  });
});

describe('adding a payment', () => {
  it.for([
    [{ imp_uid: undefined }, 'payment.imp_uid: must be a text of 1 to 32 characters, got nothing'],
    [{ merchant_uid: 'x'.repeat(256) }, 'payment.merchant_uid: must be a text of 1 to 255 characters'],
    [{ amount: 1.234, currency: 'USD' }, 'payment.amount: must be a number with at most 2 decimals (USD)'],
    [{ status: 'refunded' }, 'payment.status: must be one of ready, paid, cancelled, failed'],
    [{ status: 'cancelled' }, 'payment.status: is cancelled exactly when'],
    [{ cancel_amount: 10_001 }, 'payment.cancel_amount: must not be more than amount'],
    [{ cancel_history: {} }, 'payment.cancel_history: must be an array'],
    [{ paid_at: NOW_MS }, 'payment.paid_at: must be a time in whole UNIX seconds'],
    [{ pgprovider: 'kcp' }, "payment.pgprovider: is not a field of an i'mport payment"],
  ] as const)('a payment cannot have %j: %s', async ([wrong, message]) => {
    const { paid } = await simulate();
    expect(() => paid(wrong)).toThrow(PaymentInputError);
    expect(() => paid(wrong)).toThrow(message);
  });
});

it('a restart keeps payments and pending cancels, without bank accounts, in a file that only its owner can read', async () => {
  const made = mkdtempSync(join(tmpdir(), 'iamport-simulator-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  const directory = join(made, 'kept');
  const first = await simulate({ directory });
  first.paid({ pay_method: 'vbank' });
  first.paid({ imp_uid: 'imp_2', currency: 'USD', amount: 14.2 });
  const account = { refund_holder: '홍길동', refund_bank: '88', refund_account: '110123456789' };
  const part = { imp_uid: 'imp_1', amount: 3000, ...account };
  await first.cancel(part);
  first.simulator.script({ fault: 'asynchronous' });
  await first.cancel(part);
  const before = first.simulator.payments();
  await first.simulator.end();
  const { simulator } = await simulate({ directory });
  expect(simulator.payments()).toEqual(before);
  const journal = join(directory, 'iamport-payments.jsonl');
  expect(readFileSync(journal, 'utf8').trim().split('\n')).toHaveLength(2);
  expect(readFileSync(journal, 'utf8')).not.toContain('110123456789');
  expect([statSync(journal).mode & 0o777, statSync(directory).mode & 0o777]).toEqual([0o600, 0o700]);
  await simulator.advance(MINUTE_MS);
  expect(simulator.payment('imp_1')).toMatchObject({ cancel_amount: 6000 });
});
