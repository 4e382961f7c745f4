import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createRefundClient, type RefundClientOptions } from '../../../lib/client/refund-client.ts';
import { anew, api, at, DONE, leftAtOnce, looked, OPEN, page, REQUEST } from './page.ts';

beforeEach(anew);

const throws = (): never => {
  throw new Error('SecurityError');
};
const NAME = 'iamport-refunds:o';
const KEPT = { key: 'k', merchant_uid: 'o', imp_uid: null, amount: 100, time: 1, subject: null };

describe('the storage of the browser', () => {
  it.each<[string, NonNullable<RefundClientOptions['storage']>]>([
    ['a forbidden storage', { getItem: throws, setItem: throws, removeItem: throws }],
    [
      'a storage that keeps nothing',
      { getItem: () => null, setItem: () => undefined, removeItem: () => undefined },
    ],
  ])('%s does not break a refund, and the same page still knows the request', async (_, storage) => {
    const client = page({ storage });
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'pending' });
    api.otherwise = () => looked();
    expect(await client.resume('o')).toMatchObject({ kind: 'needs_confirmation', kept: { amount: 100 } });
    api.script = [DONE];
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(api.keys.size).toBe(1);
    expect(await client.resume('o')).toEqual({ kind: 'none', message: '' });
  });

  it('a refund works without any storage', async () => {
    api.script = [DONE];
    const { now, wait } = at.clock;
    const client = createRefundClient({ fetch: api.fetch, getToken: () => 'opaque', now, wait });
    expect(await client.cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
  });

  it.each([
    '{"key":7',
    '7',
    'null',
    '{"key":"k"}',
    JSON.stringify({ ...KEPT, merchant_uid: 'another' }),
    JSON.stringify({ ...KEPT, key: 'k\n' }),
    JSON.stringify({ ...KEPT, amount: '100' }),
    JSON.stringify({ ...KEPT, location: '@evil.example/payments/o/refunds/rf_1' }),
  ])('an unreadable kept request makes the client ask for confirmation: %s', async (rubbish) => {
    at.kept.set(NAME, rubbish);
    api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked());
    const client = page();
    const asked = { kind: 'needs_confirmation', why: 'unreadable', kept: undefined };
    expect(await client.resume('o')).toMatchObject(asked);
    expect(await client.cancel(REQUEST)).toMatchObject(asked);
    expect(api.keys.size).toBe(0);
    expect(await client.confirm(REQUEST)).toMatchObject({ kind: 'cancelled' });
    expect(at.kept.size).toBe(0);
  });
});

/** Storages of several tabs: each tab sees the writes of the others only after a delay. */
function tabStorages(count: number, lateMs: number) {
  const views = Array.from({ length: count }, () => new Map<string, string>());
  const write = (own: Map<string, string>, change: (view: Map<string, string>) => void): void => {
    change(own);
    setTimeout(() => views.forEach((view) => change(view)), lateMs);
  };
  return views.map((own) => ({
    getItem: (name: string) => own.get(name) ?? null,
    setItem: (name: string, value: string) => write(own, (view) => view.set(name, value)),
    removeItem: (name: string) => write(own, (view) => view.delete(name)),
  }));
}

/** The lock manager of all tabs of one origin. */
function lockManager(): NonNullable<RefundClientOptions['locks']> {
  let last: Promise<unknown> = Promise.resolve();
  const request = async (_name: string, _options: unknown, work: () => unknown): Promise<unknown> => {
    const turn = last.then(work);
    last = turn;
    return turn;
  };
  return { request } as unknown as NonNullable<RefundClientOptions['locks']>;
}

const NO_LOCKS = { request: throws } as unknown as NonNullable<RefundClientOptions['locks']>;

describe('two tabs that press at once', () => {
  it('a request that another tab has removed is gone, although the storage was full for a while', async () => {
    let isFull = true;
    const setItem = (name: string, text: string): void => {
      if (isFull) throws();
      at.storage.setItem(name, text);
    };
    const client = page({ storage: { ...at.storage, setItem } });
    await client.cancel(REQUEST);
    isFull = false;
    api.script = [OPEN];
    await client.cancel(REQUEST, leftAtOnce());
    at.kept.clear();
    expect(await client.resume('o')).toMatchObject({ kind: 'none' });
  });

  const slow = async (ms: number): Promise<void> => {
    await at.clock.wait(ms);
    await delay(20);
  };

  it('two tabs that press at once use one key when the browser has locks', async () => {
    const locks = lockManager();
    api.script = ['reset', 'reset', DONE, DONE];
    const tabs = [1, 2].map(() => page({ locks, wait: slow }));
    const outcomes = await Promise.all(tabs.map(async (tab) => tab.cancel(REQUEST)));
    expect(outcomes).toMatchObject([{ kind: 'cancelled' }, { kind: 'cancelled' }]);
    expect(api.keys.size).toBe(1);
  });

  it('two tabs that press at once use one key when the browser has no locks', async () => {
    const storages = tabStorages(2, 30);
    api.otherwise = ({ method }) => (method === 'POST' ? DONE : looked());
    const tabs = storages.map((storage) => page({ storage, locks: NO_LOCKS }));
    await Promise.all(tabs.map(async (tab) => tab.cancel(REQUEST)));
    expect(api.keys.size).toBe(1);
  });

  it('a tab does not wait for ever for a frozen tab that holds the lock', async () => {
    const { promise: never } = Promise.withResolvers<never>();
    const request = async (_: string, { signal }: { signal: AbortSignal }): Promise<never> =>
      Promise.race([
        never,
        new Promise<never>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
      ]);
    api.script = [DONE];
    const locks = { request } as unknown as NonNullable<RefundClientOptions['locks']>;
    expect(await page({ locks }).cancel(REQUEST)).toMatchObject({ kind: 'cancelled' });
  });

  it('a tab removes only its own kept request, not a newer one of another tab', async () => {
    const next = JSON.stringify({ ...KEPT, key: 'next' });
    api.otherwise = () => {
      at.kept.set(NAME, next);
      return DONE;
    };
    await page().cancel(REQUEST);
    expect(at.kept.get(NAME)).toBe(next);
  });
});
