import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { iamportClient } from '../../../functions/iamport/client.ts';
import { currentInvocation, withInvocation } from '../../../functions/runtime/invocation.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const granted = { code: 0, response: { access_token: 'token', now: 0, expired_at: 1_800 } };

/** A provider that answers each path with what it is given; what it is not given, hangs. */
async function given(answers: Readonly<Record<string, object>>, impSecret = 'SECRET-MARK') {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const path = (request.url ?? '').split('?')[0] ?? '';
    const answer = answers[path];
    if (answer !== undefined) response.end(JSON.stringify(answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = iamportClient({
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: async () => ({ impKey: 'key', impSecret }),
    now: () => Date.now(),
    invocation: currentInvocation,
  });
  return { asked, client, answers };
}

describe('a page of payments', () => {
  it('is asked for by the time of the last change, the oldest first, so that new ones move no page', async () => {
    const list = { code: 0, response: { total: 0, next: 0, list: [] } };
    const { asked, client } = await given({ '/users/getToken': granted, '/payments/status/cancelled': list });
    const query = { status: 'cancelled', fromSeconds: 100, toSeconds: 200, page: 3, limit: 50 } as const;
    expect(await client.list(query, 5_000)).toEqual({
      kind: 'page',
      payments: [],
      unreadable: [],
      more: false,
    });
    expect(asked.at(-1)).toBe('/payments/status/cancelled?page=3&limit=50&from=100&to=200&sorting=updated');
  });
});

describe('a payment that can have no path', () => {
  it.each(['..', '.', ''])('is missing without a question: %j', async (impUid) => {
    const { asked, client } = await given({ '/users/getToken': granted });
    expect(await client.payment(impUid, 5_000)).toEqual({ kind: 'missing' });
    expect(await client.find(impUid, 5_000)).toEqual({ kind: 'missing' });
    expect(asked).toEqual([]);
  });
});

describe('a word of i’mport’s own paths', () => {
  it.each(['status', 'find', 'findAll', 'FINDALL', 'prepare', 'cancel'])(
    'is no payment, and is not asked for: any caller could make that look like an outage (%s)',
    async (impUid) => {
      const { asked, client } = await given({ '/users/getToken': granted });
      expect(await client.payment(impUid, 5_000)).toEqual({ kind: 'missing' });
      expect(asked).toEqual([]);
    },
  );
});

describe('a request that ends without awaiting what it has begun', () => {
  it('leaves no hung token request to the next one', async () => {
    const answers: Record<string, object> = {};
    const { asked, client } = await given(answers);
    await withInvocation(async () => {
      void client.prepare();
      await new Promise((resolve) => setImmediate(resolve));
    });
    answers['/users/getToken'] = granted;
    expect(await withInvocation(async () => client.prepare())).toEqual({ kind: 'ready' });
    expect(asked.filter((path) => path === '/users/getToken').length).toBeGreaterThanOrEqual(1);
  });

  it('ends what still hangs with its own end', async () => {
    const { client } = await given({});
    let left: Promise<unknown> = Promise.resolve();
    await withInvocation(async () => {
      left = client.prepare();
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(await left).toMatchObject({ kind: 'unavailable', secret: false });
  });
});

describe('the hash of an account', () => {
  it('is the same however it is hyphened, another with another secret, and does not show the digits', async () => {
    const { client } = await given({});
    const other = (await given({}, 'another')).client;
    const hash = await client.hashAccount('110-123-456789');
    expect(hash).toMatch(/^[\w-]{22}$/);
    expect(await client.hashAccount('110123456789')).toBe(hash);
    expect(await client.hashAccount('110123456780')).not.toBe(hash);
    expect(await other.hashAccount('110123456789')).not.toBe(hash);
  });
});
