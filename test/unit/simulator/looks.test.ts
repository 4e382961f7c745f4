import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, NOW_MS, read, simulate, type World } from './support.ts';

interface List {
  readonly total: number;
  readonly previous: number;
  readonly next: number;
  readonly list: readonly { readonly imp_uid: string; readonly cancel_amount: number }[];
}

const NOT_FOUND = { status: 404, code: -1, message: '존재하지 않는 결제정보입니다.', response: null };
const NOW = NOW_MS / 1000;
const DAY = 24 * 60 * 60;

/** Three paid payments a day apart (the newest partly cancelled), a failed payment, and a failed second attempt of the oldest order. */
async function payments(): Promise<World> {
  const world = await simulate();
  for (const day of [3, 2, 1]) {
    const at = NOW - day * DAY;
    world.paid({ imp_uid: `imp_${day}`, merchant_uid: `order-${day}`, started_at: at - 60, paid_at: at });
  }
  world.paid({ imp_uid: 'imp_f', merchant_uid: '주문/f', status: 'failed', started_at: NOW - 2.5 * DAY });
  await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount: 1000 });
  return world;
}

async function attempts(): Promise<World> {
  const world = await simulate();
  world.paid({ imp_uid: 'imp_old', started_at: NOW - 200, paid_at: NOW - 100 });
  world.paid({ imp_uid: 'imp_new', started_at: NOW - 50, status: 'failed' });
  return world;
}

async function listed(world: World, path: string): Promise<readonly string[]> {
  return (await world.get<List>(path)).response.list.map(({ imp_uid }) => imp_uid);
}

describe('one payment', () => {
  it.for([
    ['/payments/imp_1', 'imp_1'],
    ['/payments/imp_1/', 'imp_1'],
    ['/payments/imp_x', undefined],
    // A payment of a test channel is found only with include_sandbox.
    ['/payments/imp_test', undefined],
    ['/payments/imp_test?include_sandbox=true', 'imp_test'],
    [`/payments/find/${encodeURIComponent('주문/f')}`, 'imp_f'],
    ['/payments/find/order-x', undefined],
    ['/payments/find/order-3/cancelled', undefined],
  ] as const)('at %s: %s', async ([path, impUid]) => {
    const { get, paid } = await payments();
    paid({ imp_uid: 'imp_test', sandbox: true });
    expect(await get(path)).toMatchObject(
      impUid === undefined ? NOT_FOUND : { status: 200, response: { imp_uid: impUid } },
    );
  });

  it.for([
    ['', 'imp_new'],
    ['/paid', 'imp_old'],
    ['?sorting=started', 'imp_old'],
    ['?sorting=-paid', 'imp_old'],
  ])('of several attempts at an order, a read with "%s" returns %s', async ([asked, impUid]) => {
    const { get } = await attempts();
    expect((await get(`/payments/find/order-1${asked}`)).response.imp_uid).toBe(impUid);
  });

  it('only a PAYCO payment has a balance, which can only be read', async () => {
    const { simulator, get, paid, token } = await simulate();
    paid({ pg_provider: 'payco', cancel_amount: 4000 });
    paid({ imp_uid: 'imp_2' });
    expect(await get('/payments/imp_1/balance')).toMatchObject({ status: 200, response: { amount: 6000 } });
    expect((await get('/payments/imp_2/balance')).status).toBe(404);
    expect((await get('/payments/imp_3/balance')).status).toBe(404);
    const headers = { authorization: await token() };
    const posted = await fetch(`${simulator.url}/payments/imp_1/balance`, { method: 'POST', headers });
    expect((await read(posted)).status).toBe(405);
  });

  it('reading a prepared amount answers 404, because the simulator has no payment window', async () => {
    const { get } = await simulate();
    const message = '사전등록된 결제정보가 존재하지 않습니다.';
    expect(await get('/payments/prepare/order-1')).toMatchObject({ status: 404, message });
  });
});

describe('several payments', () => {
  it('a read by several imp_uids answers 200 if all are found, 207 if some are, and 404 if none is', async () => {
    const { get } = await payments();
    const query = (...uids: readonly string[]) =>
      `/payments?${uids.map((uid) => `imp_uid[]=${uid}`).join('&')}`;
    const both = await get<{ imp_uid: string }[]>(query('imp_1', 'imp_2'));
    expect([both.status, both.response.map(({ imp_uid }) => imp_uid)]).toEqual([200, ['imp_1', 'imp_2']]);
    expect((await get(query('imp_1', 'imp_x'))).status).toBe(207);
    expect(await get(query('imp_x'))).toMatchObject(NOT_FOUND);
  });

  const span = (from: number, to: number): string => `from=${NOW - from * DAY}&to=${NOW - to * DAY}`;
  it.for([
    // Newest first; a partly cancelled payment has the status cancelled.
    ['status/paid', ['imp_2', 'imp_3']],
    ['status/cancelled', ['imp_1']],
    ['status/failed', ['imp_f']],
    ['status/ready', []],
    ['status/all', ['imp_1', 'imp_2', 'imp_f', 'imp_3']],
    ['status/all?sorting=started', ['imp_3', 'imp_f', 'imp_2', 'imp_1']],
    ['status/all?sorting=%2Bupdated', ['imp_3', 'imp_f', 'imp_2', 'imp_1']],
    // A plus sign that is not escaped arrives as a space.
    ['status/all?sorting=+paid', ['imp_f', 'imp_3', 'imp_2', 'imp_1']],
    // Both ends are included; imp_1 was paid a day ago, but its status changed only now.
    [`status/all?${span(3, 2)}`, ['imp_2', 'imp_f', 'imp_3']],
    [`status/all?${span(1, 1)}`, []],
    [`status/cancelled?from=${NOW}`, ['imp_1']],
  ] as const)('/payments/%s: %j', async ([path, impUids]) => {
    expect(await listed(await payments(), `/payments/${path}`)).toEqual(impUids);
  });

  it('lists stay sorted when payments change, also when a cancel is undone', async () => {
    const world = await payments();
    expect(await listed(world, '/payments/status/all?sorting=-updated')).toEqual([
      'imp_1',
      'imp_2',
      'imp_f',
      'imp_3',
    ]);
    await world.simulator.advance(1000);
    await world.simulator.consoleCancel({ imp_uid: 'imp_3', amount: 1000 });
    expect(await listed(world, '/payments/status/all?sorting=-updated')).toEqual([
      'imp_3',
      'imp_1',
      'imp_2',
      'imp_f',
    ]);
    expect(await listed(world, '/payments/status/paid')).toEqual(['imp_2']);
    await world.simulator.advance(1000);
    world.simulator.undoCancel({ imp_uid: 'imp_1' });
    expect(await listed(world, '/payments/status/paid?sorting=updated')).toEqual(['imp_2', 'imp_1']);
  });

  it('a page of a list names the previous and the next page, 0 meaning none', async () => {
    const { get } = await payments();
    const page = async (number: number) =>
      (await get<List>(`/payments/status/all?limit=2&page=${number}`)).response;
    expect(await page(1)).toMatchObject({ total: 4, previous: 0, next: 2, list: [{}, {}] });
    expect(await page(2)).toMatchObject({ total: 4, previous: 1, next: 0, list: [{}, {}] });
    const none = { total: 0, previous: 0, next: 0, list: [] };
    expect(await get('/payments/status/ready')).toMatchObject({ status: 200, response: none });
  });

  it('a list covers the last 90 days by default', async () => {
    const world = await simulate();
    world.paid({ paid_at: NOW - 90 * DAY });
    world.paid({ imp_uid: 'imp_2', paid_at: NOW - 90 * DAY - 1 });
    expect(await listed(world, '/payments/status/paid')).toEqual(['imp_1']);
    expect(await listed(world, `/payments/status/paid?to=${NOW - 90 * DAY - 1}`)).toEqual(['imp_2']);
  });

  it.for([
    'status/refunded',
    'status/all?page=0',
    'status/all?page=x',
    'status/all?page=2',
    'status/all?limit=0',
    'status/all?limit=1001',
    `status/all?from=${NOW}&to=${NOW - 1}`,
    `status/all?from=${NOW - 91 * DAY}`,
    'find/order-1/refunded',
    'findAll/order-1/refunded',
  ])('the list %s is refused with 400', async (path) => {
    const { get } = await payments();
    expect(await get(`/payments/${path}`)).toMatchObject({ status: 400, code: -1, response: null });
  });

  it('the payments of one order are listed newest first, by status and in pages, and none is 404', async () => {
    const world = await attempts();
    expect(await listed(world, '/payments/findAll/order-1')).toEqual(['imp_new', 'imp_old']);
    expect(await listed(world, '/payments/findAll/order-1?sorting=started')).toEqual(['imp_old', 'imp_new']);
    expect(await listed(world, '/payments/findAll/order-1/paid')).toEqual(['imp_old']);
    const { response } = await world.get('/payments/findAll/order-1?limit=1');
    expect(response).toMatchObject({ total: 2, next: 2, list: [{ imp_uid: 'imp_new' }] });
    for (const path of ['order-2', 'order-1/cancelled'])
      expect(await world.get(`/payments/findAll/${path}`)).toMatchObject({ status: 404, code: -1 });
  });
});

/** 1,000 won were cancelled two minutes ago, and 2,000 more a minute ago. */
async function worldWith(...faults: readonly Fault[]): Promise<World> {
  const world = await simulate();
  world.paid();
  for (const amount of [1000, 2000]) {
    await world.simulator.consoleCancel({ imp_uid: 'imp_1', amount });
    await world.simulator.advance(MINUTE_MS);
  }
  world.simulator.script(faults);
  return world;
}

async function single({ get }: World): Promise<number> {
  return (await get('/payments/imp_1')).response.cancel_amount;
}

describe('stale_look: a look shows an older state', () => {
  it('stale_look shows the state before the newest cancel in its number of reads, and only in reads', async () => {
    const world = await worldWith({ fault: 'stale_look', times: 2 });
    const { response } = await world.get('/payments/find/order-1');
    expect(response).toMatchObject({ cancel_amount: 1000, cancel_history: [{ amount: 1000 }] });
    const cancelled = await world.cancel({ imp_uid: 'imp_1', amount: 1, checksum: 7000 });
    expect(cancelled.response.cancel_amount).toBe(3001);
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(3001);
    expect([await single(world), await single(world)]).toEqual([3000, 3001]);
  });

  it.for([
    [MINUTE_MS - 1, 3000],
    [MINUTE_MS + 1, 1000],
    [2 * MINUTE_MS + 1, 0],
    [60 * MINUTE_MS, 0],
  ] as const)('stale_look with ago_ms %i shows %i won as cancelled', async ([ago_ms, cancelled]) => {
    expect(await single(await worldWith({ fault: 'stale_look', ago_ms }))).toBe(cancelled);
  });

  it('stale_look ends after lasts_ms', async () => {
    const world = await worldWith({ fault: 'stale_look', until_cleared: true, lasts_ms: 5_000 });
    expect(await single(world)).toBe(1000);
    await world.simulator.advance(5_000);
    expect(await single(world)).toBe(3000);
  });

  it('stale_look on "list" affects only lists', async () => {
    const world = await worldWith({ on: 'list', fault: 'stale_look', ago_ms: 90_000, until_cleared: true });
    const { response } = await world.get<List>('/payments/status/all');
    expect([response.list[0]?.cancel_amount, await single(world)]).toEqual([1000, 3000]);
    const named = await world.get<List['list']>('/payments?imp_uid[]=imp_1');
    expect(named.response[0]?.cancel_amount).toBe(1000);
  });
});

describe('list_empty', () => {
  it('list_empty returns a page without payments and with the right total', async () => {
    const { get, paid } = await worldWith({ fault: 'list_empty' });
    paid({ imp_uid: 'imp_2' });
    const page = async (): Promise<List> => (await get<List>('/payments/status/all?limit=1')).response;
    expect(await page()).toMatchObject({ total: 2, next: 2, list: [] });
    expect(await page()).toMatchObject({ total: 2, next: 2, list: [{}] });
  });
});
