import { describe, expect, it } from 'vitest';
import type { IamportPayment } from '../../../lib/lab/simulator/simulator.ts';
import { read, simulate, type World } from './support.ts';

const NOT_FOUND = { status: 404, code: -1, message: '존재하지 않는 결제정보입니다.', response: null };

function query(...uids: string[]): string {
  return `/payments?${uids.map((uid) => `imp_uid[]=${uid}`).join('&')}`;
}

async function attempts(): Promise<World> {
  const world = await simulate();
  world.paid({ imp_uid: 'imp_old', started_at: 1000, paid_at: 1010 });
  world.paid({ imp_uid: 'imp_new', started_at: 2000, status: 'failed' });
  return world;
}

describe('one payment by imp_uid', () => {
  it('an unknown one is 404', async () => {
    const { get } = await simulate();
    expect(await get('/payments/imp_unknown')).toMatchObject(NOT_FOUND);
  });

  it('a payment of a test channel is found only by those who ask for it', async () => {
    const { get, paid } = await simulate();
    paid({ sandbox: true });
    expect(await get('/payments/imp_1')).toMatchObject(NOT_FOUND);
    expect(await get('/payments/imp_1?include_sandbox=true')).toMatchObject({
      status: 200,
      response: { sandbox: true },
    });
  });

  it('a trailing slash changes nothing', async () => {
    const { get, paid } = await simulate();
    paid();
    expect((await get('/payments/imp_1/')).response.imp_uid).toBe('imp_1');
  });
});

describe('several payments', () => {
  it('all found: 200; some missing: 207; none: 404', async () => {
    const { get, paid } = await simulate();
    paid();
    paid({ imp_uid: 'imp_2', merchant_uid: 'order-2' });
    const both = await get<IamportPayment[]>(query('imp_1', 'imp_2'));
    expect([both.status, both.response.map(({ imp_uid }) => imp_uid)]).toEqual([200, ['imp_1', 'imp_2']]);
    expect((await get(query('imp_1', 'imp_3'))).status).toBe(207);
    expect(await get(query('imp_3'))).toMatchObject(NOT_FOUND);
  });
});

describe('the attempts of one order', () => {
  it('the newest comes first, even when it failed', async () => {
    const { get } = await attempts();
    expect((await get('/payments/find/order-1')).response.imp_uid).toBe('imp_new');
  });

  it('a status or another order can be asked for', async () => {
    const { get } = await attempts();
    expect((await get('/payments/find/order-1/paid')).response.imp_uid).toBe('imp_old');
    expect((await get('/payments/find/order-1?sorting=started')).response.imp_uid).toBe('imp_old');
    expect((await get('/payments/find/order-1?sorting=-paid')).response.imp_uid).toBe('imp_old');
  });

  it('nothing found is 404, a status that does not exist 400', async () => {
    const { get } = await attempts();
    expect(await get('/payments/find/order-2')).toMatchObject(NOT_FOUND);
    expect(await get('/payments/find/order-1/cancelled')).toMatchObject(NOT_FOUND);
    expect(await get('/payments/find/order-1/refunded')).toMatchObject({ status: 400 });
  });

  it('a merchant_uid with a slash and Korean letters is found', async () => {
    const { get, paid } = await simulate();
    paid({ merchant_uid: '주문/1' });
    expect((await get(`/payments/find/${encodeURIComponent('주문/1')}`)).response.merchant_uid).toBe(
      '주문/1',
    );
  });
});

describe('the balance', () => {
  it('PAYCO has one', async () => {
    const { get, paid } = await simulate();
    paid({ pg_provider: 'payco', cancel_amount: 4000 });
    expect(await get('/payments/imp_1/balance')).toMatchObject({ status: 200, response: { amount: 6000 } });
  });

  it('others do not, unknown payments neither, and it can only be read', async () => {
    const { simulator, get, paid, token } = await simulate();
    paid();
    expect((await get('/payments/imp_1/balance')).status).toBe(404);
    expect((await get('/payments/imp_2/balance')).status).toBe(404);
    const headers = { authorization: await token() };
    const posted = await fetch(`${simulator.url}/payments/imp_1/balance`, { method: 'POST', headers });
    expect((await read(posted)).status).toBe(405);
  });
});
