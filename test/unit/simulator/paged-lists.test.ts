import { describe, expect, it } from 'vitest';
import { NOW_MS, simulate, type World } from './support.ts';

interface List {
  readonly total: number;
  readonly previous: number;
  readonly next: number;
  readonly list: readonly { readonly imp_uid: string }[];
}

const NOW = NOW_MS / 1000;
const DAY = 24 * 60 * 60;

/** Three paid payments, a day apart, the newest cancelled in part, and one that failed. */
async function fourPayments(): Promise<World> {
  const world = await simulate();
  const days = [3, 2, 1] as const;
  for (const day of days) {
    const at = NOW - day * DAY;
    world.paid({ imp_uid: `imp_${day}`, merchant_uid: `order-${day}`, started_at: at - 60, paid_at: at });
  }
  world.paid({ imp_uid: 'imp_f', merchant_uid: 'order-f', status: 'failed', started_at: NOW - 2.5 * DAY });
  await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
  return world;
}

async function listed(world: World, path: string): Promise<readonly string[]> {
  return (await world.get<List>(path)).response.list.map(({ imp_uid }) => imp_uid);
}

describe('the payments with a status', () => {
  it('are those with it, newest first; a partial cancel makes a payment cancelled', async () => {
    const world = await fourPayments();
    expect(await listed(world, '/payments/status/paid')).toEqual(['imp_2', 'imp_3']);
    expect(await listed(world, '/payments/status/cancelled')).toEqual(['imp_1']);
    expect(await listed(world, '/payments/status/failed')).toEqual(['imp_f']);
    expect(await listed(world, '/payments/status/ready')).toEqual([]);
    expect(await listed(world, '/payments/status/all')).toEqual(['imp_1', 'imp_2', 'imp_f', 'imp_3']);
  });

  it('are sorted as asked for, also when a plus is not escaped, and also after they have changed', async () => {
    const world = await fourPayments();
    const all = '/payments/status/all?sorting=';
    const oldestFirst = ['imp_3', 'imp_f', 'imp_2', 'imp_1'];
    expect(await listed(world, `${all}started`)).toEqual(oldestFirst);
    expect(await listed(world, `${all}%2Bupdated`)).toEqual(oldestFirst);
    expect(await listed(world, `${all}+paid`)).toEqual(['imp_f', 'imp_3', 'imp_2', 'imp_1']);
    await world.simulator.advance(1000);
    await world.simulator.consoleCancel({ imp_uid: 'imp_3', amount: 1000 });
    expect(await listed(world, `${all}-updated`)).toEqual(['imp_3', 'imp_1', 'imp_2', 'imp_f']);
    expect(await listed(world, '/payments/status/paid')).toEqual(['imp_2']);
    expect(await listed(world, '/payments/status/cancelled?sorting=updated')).toEqual(['imp_1', 'imp_3']);
  });

  it('come in pages, whose neighbours are named; 0 is none', async () => {
    const world = await fourPayments();
    const page = async (number: number): Promise<List> =>
      (await world.get<List>(`/payments/status/all?limit=2&page=${number}`)).response;
    expect(await page(1)).toMatchObject({ total: 4, previous: 0, next: 2, list: [{}, {}] });
    expect(await page(2)).toMatchObject({ total: 4, previous: 1, next: 0, list: [{}, {}] });
    expect((await world.get('/payments/status/all?limit=2&page=3')).status).toBe(400);
    expect(await world.get('/payments/status/ready')).toMatchObject({
      status: 200,
      response: { total: 0, previous: 0, next: 0, list: [] },
    });
  });

  it('are those whose status began between from and to, both included', async () => {
    const world = await fourPayments();
    const window = (from: number, to: number): string => `from=${NOW - from * DAY}&to=${NOW - to * DAY}`;
    expect(await listed(world, `/payments/status/all?${window(3, 2)}`)).toEqual(['imp_2', 'imp_f', 'imp_3']);
    // It was paid a day ago, but what it is now it is since now.
    expect(await listed(world, `/payments/status/all?${window(1, 1)}`)).toEqual([]);
    expect(await listed(world, `/payments/status/cancelled?from=${NOW}`)).toEqual(['imp_1']);
  });

  it('are by themselves those of the last 90 days', async () => {
    const world = await simulate();
    world.paid({ paid_at: NOW - 90 * DAY });
    world.paid({ imp_uid: 'imp_2', paid_at: NOW - 90 * DAY - 1 });
    expect(await listed(world, '/payments/status/paid')).toEqual(['imp_1']);
    expect(await listed(world, `/payments/status/paid?to=${NOW - 90 * DAY - 1}`)).toEqual(['imp_2']);
  });

  it.for([
    'refunded',
    'all?page=0',
    'all?page=x',
    'all?limit=0',
    'all?limit=1001',
    `all?from=${NOW}&to=${NOW - 1}`,
    `all?from=${NOW - 91 * DAY}`,
  ])('%s is refused with 400', async (path) => {
    const { get } = await fourPayments();
    expect(await get(`/payments/status/${path}`)).toMatchObject({ status: 400, code: -1, response: null });
  });
});

describe('all attempts of an order', () => {
  async function attempts(): Promise<World> {
    const world = await simulate();
    world.paid({ imp_uid: 'imp_old', started_at: 1000, paid_at: 1010 });
    world.paid({ imp_uid: 'imp_new', started_at: 2000, status: 'failed' });
    return world;
  }

  it('are listed, newest first, with a status if one is named, in pages', async () => {
    const world = await attempts();
    expect(await listed(world, '/payments/findAll/order-1')).toEqual(['imp_new', 'imp_old']);
    expect(await listed(world, '/payments/findAll/order-1?sorting=started')).toEqual(['imp_old', 'imp_new']);
    expect(await listed(world, '/payments/findAll/order-1/paid')).toEqual(['imp_old']);
    expect((await world.get('/payments/findAll/order-1?limit=1')).response).toMatchObject({
      total: 2,
      next: 2,
      list: [{ imp_uid: 'imp_new' }],
    });
  });

  it('are 404 when there are none, 400 with a status that does not exist', async () => {
    const { get } = await attempts();
    expect(await get('/payments/findAll/order-2')).toMatchObject({ status: 404, code: -1 });
    expect((await get('/payments/findAll/order-1/cancelled')).status).toBe(404);
    expect((await get('/payments/findAll/order-1/refunded')).status).toBe(400);
  });
});

describe('what a payment window was prepared for', () => {
  it('is never known: no window registers an amount here', async () => {
    const { get } = await simulate();
    expect(await get('/payments/prepare/order-1')).toMatchObject({
      status: 404,
      message: '사전등록된 결제정보가 존재하지 않습니다.',
    });
  });
});
