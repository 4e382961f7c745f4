import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { iamportClient, pathOf } from '../../../functions/iamport/client.ts';
import { currentInvocation, withInvocation } from '../../../functions/runtime/invocation.ts';
import { transport } from '../../../functions/runtime/transport.ts';
import { CALL } from '../../support/sending/provider.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const granted = { code: 0, response: { access_token: 'token', now: 0, expired_at: 1_800 } };

interface Given {
  readonly impSecret?: string;
  readonly tier?: string;
  /** Statuses of the first answers, whatever is asked. */
  readonly first?: readonly number[];
}

/** A provider that answers each path with what it is given; what it is not given, hangs. */
async function given(
  answers: Readonly<Record<string, object>>,
  { impSecret = 'SECRET-MARK', first = [], ...options }: Given = {},
) {
  const asked: string[] = [];
  const tiers: unknown[] = [];
  const server = createServer((request, response) => {
    const status = first[asked.push(request.url ?? '') - 1];
    tiers.push(request.headers['tier']);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const answer = answers[path];
    if (status !== undefined) response.writeHead(status).end();
    else if (answer !== undefined) response.end(JSON.stringify(answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = iamportClient({
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: async () => ({ impKey: 'key', impSecret }),
    now: () => Date.now(),
    invocation: currentInvocation,
    fetch: transport(),
    ...options,
  });
  return { asked, tiers, client };
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

describe('a token', () => {
  it('is asked for again when the provider is not there for a moment', async () => {
    const { asked, client } = await given({ '/users/getToken': granted }, { first: [502, 503] });
    expect(await client.prepare()).toEqual({ kind: 'ready' });
    expect(asked).toHaveLength(3);
  });

  it('is unavailable, and nothing throws, when the provider is down, or refuses the secret', async () => {
    const down = await given({}, { first: [502, 502, 502] });
    expect(await down.client.prepare()).toEqual({ kind: 'unavailable', cause: 'HTTP 502', secret: false });
    const refused = await given({}, { first: [401, 401] });
    expect(await refused.client.prepare()).toEqual({
      kind: 'unavailable',
      cause: 'the provider refuses the secret',
      secret: true,
    });
  });

  it('that cannot be had is why a look-up fails and why a cancel is not sent', async () => {
    const { asked, client } = await given({}, { first: [400, 400] });
    const cause = 'no token under HTTP 400';
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'failed', cause });
    expect(await client.cancel(CALL)).toEqual({ kind: 'not_sent', cause });
    expect(asked).toEqual(['/users/getToken', '/users/getToken']);
  });
});

describe('the code of a sub-merchant', () => {
  const answers = { '/users/getToken': granted, '/payments/cancel': { code: 1, message: '…' } };

  it('is sent with every request, also with that for a token', async () => {
    const { tiers, client } = await given({ ...answers, '/payments/imp_1': { code: -1 } }, { tier: 'ABC' });
    await client.payment('imp_1', 5_000);
    await client.cancel(CALL);
    expect(tiers).toEqual(['ABC', 'ABC', 'ABC']);
  });

  it('is not sent where there is none', async () => {
    const { tiers, client } = await given(answers);
    await client.cancel(CALL);
    expect(tiers).toEqual([undefined, undefined]);
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
    const other = (await given({}, { impSecret: 'another' })).client;
    const hash = await client.hashAccount('110-123-456789');
    expect(hash).toMatch(/^[\w-]{22}$/);
    expect(await client.hashAccount('110123456789')).toBe(hash);
    expect(await client.hashAccount('110123456780')).not.toBe(hash);
    expect(await other.hashAccount('110123456789')).not.toBe(hash);
  });
});

/** Where a path really leads, once the URL standard has had its way with it. */
function led(text: string): string | undefined {
  const path = pathOf`payments/${text}/paid`;
  return path === undefined ? undefined : new URL(path, 'https://api.example/').pathname;
}

describe('a path at the provider', () => {
  it.each(['.', '..', '', '\uD800'])('cannot be made out of %j', (text) => {
    expect(led(text)).toBeUndefined();
  });

  it.each([
    '..%2f',
    '%2e%2e',
    '../users',
    'a/b',
    'a?b=c',
    'a#b',
    '...',
    'a.b',
    '\\..\\',
    '주문 1',
    ';..',
    '.%2e',
  ])('stays what it is with %j in it', (text) => {
    const [before, segment = '', after, ...rest] = led(text)?.slice(1).split('/') ?? [];
    expect([before, decodeURIComponent(segment), after, rest.length]).toEqual(['payments', text, 'paid', 0]);
  });
});
