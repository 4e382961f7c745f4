import { describe, expect, it } from 'vitest';
import { UNREADABLE_KINDS } from '../../../lib/lab/simulator/faults.ts';
import type { Fault } from '../../../lib/lab/simulator/simulator.ts';
import { MINUTE_MS, simulate, type World } from './support.ts';

interface List {
  readonly total: number;
  readonly next: number;
  readonly list: readonly { readonly cancel_amount: number }[];
}

/** 1,000 won were cancelled two minutes ago, 2,000 more a minute ago. */
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

async function listed({ get }: World): Promise<number | undefined> {
  return (await get<List>('/payments/status/all')).response.list[0]?.cancel_amount;
}

describe('stale_look: a look shows an older state', () => {
  it('from before the newest cancel, for as many looks as it says', async () => {
    const world = await worldWith({ fault: 'stale_look', times: 2 });
    expect([await single(world), await single(world), await single(world)]).toEqual([1000, 1000, 3000]);
  });

  it.for([
    [MINUTE_MS - 1, 3000],
    [MINUTE_MS + 1, 1000],
    [2 * MINUTE_MS + 1, 0],
    [60 * MINUTE_MS, 0],
  ] as const)('from %i ms ago: %i won', async ([ago_ms, cancelled]) => {
    expect(await single(await worldWith({ fault: 'stale_look', ago_ms }))).toBe(cancelled);
  });

  it('never for longer than it lasts', async () => {
    const world = await worldWith({ fault: 'stale_look', until_cleared: true, lasts_ms: 5_000 });
    expect(await single(world)).toBe(1000);
    await world.simulator.advance(5_000);
    expect(await single(world)).toBe(3000);
  });

  it('in every field, by order number too, and nowhere but in looks', async () => {
    const world = await worldWith({ fault: 'stale_look', times: 2 });
    const { response } = await world.get('/payments/find/order-1');
    expect(response).toMatchObject({ cancel_amount: 1000, cancel_history: [{ amount: 1000 }] });
    expect((await world.cancel({ imp_uid: 'imp_1', amount: 1, checksum: 7000 })).response.cancel_amount).toBe(
      3001,
    );
    expect(world.simulator.payment('imp_1')?.cancel_amount).toBe(3001);
    expect(world.simulator.faults()).toHaveLength(1);
  });

  it('of a payment that was never cancelled there is no older one', async () => {
    const world = await simulate();
    world.paid();
    world.simulator.script({ fault: 'stale_look' });
    expect(await single(world)).toBe(0);
  });

  it('lists may be older than a look at one payment', async () => {
    const world = await worldWith({ on: 'list', fault: 'stale_look', ago_ms: 90_000, until_cleared: true });
    expect([await listed(world), await single(world)]).toEqual([1000, 3000]);
    const { response } = await world.get<List['list']>('/payments?imp_uid[]=imp_1');
    expect(response[0]?.cancel_amount).toBe(1000);
  });
});

describe('look-ups that fail', () => {
  const FAILING: readonly (readonly [Fault, number])[] = [
    [{ on: 'payment', fault: 'http_429', retry_after: 5 }, 429],
    [{ on: 'payment', fault: 'unauthorized' }, 401],
    [{ on: 'payment', fault: 'http_500' }, 500],
  ];

  it.for(FAILING)('%j: one look, and the next is good again', async ([fault, status]) => {
    const world = await worldWith(fault);
    expect((await world.get('/payments/imp_1')).status).toBe(status);
    expect((await world.get('/payments/imp_1')).status).toBe(200);
  });

  it.for(FAILING)('%j: every look at one payment, until it is cleared', async ([fault, status]) => {
    const world = await worldWith({ ...fault, imp_uid: 'imp_1', until_cleared: true });
    world.paid({ imp_uid: 'imp_2' });
    for (let count = 0; count < 3; count += 1) {
      expect((await world.get('/payments/imp_1')).status).toBe(status);
      expect((await world.get('/payments/imp_2')).status).toBe(200);
    }
    world.simulator.clearFaults({ imp_uid: 'imp_1' });
    expect((await world.get('/payments/imp_1')).status).toBe(200);
  });

  it.for(UNREADABLE_KINDS)(
    'a payment is unreadable for good, of the kind %s; another is not',
    async (kind) => {
      const world = await worldWith();
      world.paid({ imp_uid: 'imp_2' });
      const authorization = await world.token();
      const look = async (impUid: string): Promise<string> =>
        (await fetch(`${world.simulator.url}/payments/${impUid}`, { headers: { authorization } })).text();
      const [readable, another] = [await look('imp_1'), await look('imp_2')];
      world.simulator.script({ on: 'any', fault: 'unreadable', kind, imp_uid: 'imp_1', until_cleared: true });
      const unreadable = [await look('imp_1'), await look('imp_1'), await look('imp_1')];
      expect(new Set(unreadable).size).toBe(1);
      expect(unreadable).not.toContain(readable);
      expect(await look('imp_2')).toBe(another);
    },
  );

  it('only those of a PG, also by order number', async () => {
    const world = await worldWith({
      on: 'payment',
      fault: 'http_500',
      pg_provider: 'kcp',
      until_cleared: true,
    });
    world.paid({ imp_uid: 'imp_2', merchant_uid: 'order-2', pg_provider: 'kcp' });
    const paths = ['/payments/imp_1', '/payments/find/order-1', '/payments/imp_2', '/payments/find/order-2'];
    const statuses = await Promise.all(paths.map(async (path) => (await world.get(path)).status));
    expect(statuses).toEqual([200, 200, 500, 500]);
  });

  it('only lists, or lists as look-ups are', async () => {
    const world = await worldWith({ on: 'list', fault: 'http_500' });
    expect((await world.get('/payments/imp_1')).status).toBe(200);
    expect((await world.get('/payments/status/all')).status).toBe(500);
    world.simulator.script({ on: 'payment', fault: 'http_500' });
    expect((await world.get('/payments/findAll/order-1')).status).toBe(500);
  });

  it('list_empty: a page comes without its payments, its total unchanged', async () => {
    const world = await worldWith({ fault: 'list_empty' });
    world.paid({ imp_uid: 'imp_2' });
    const page = async (): Promise<List> => (await world.get<List>('/payments/status/all?limit=1')).response;
    expect(await page()).toMatchObject({ total: 2, next: 2, list: [] });
    expect(await page()).toMatchObject({ total: 2, next: 2, list: [{}] });
  });
});
