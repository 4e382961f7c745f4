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
  /** HTTP statuses of the first answers on any path. */
  readonly first?: readonly number[];
}

/** A provider with a scripted answer for each path; a path without one hangs. */
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

describe('requesting a page of payments', () => {
  it('a page is requested by the time of the last change, oldest first, so that new payments do not shift it', async () => {
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

describe('requesting a token', () => {
  it('the token is requested again when the provider is unavailable for a moment', async () => {
    const { asked, client } = await given({ '/users/getToken': granted }, { first: [502, 503] });
    expect(await client.prepare()).toEqual({ kind: 'ready' });
    expect(asked).toHaveLength(3);
  });

  it('the token is unavailable, without an exception, when the provider is down or refuses the secret', async () => {
    const down = await given({}, { first: [502, 502, 502] });
    expect(await down.client.prepare()).toEqual({ kind: 'unavailable', cause: 'HTTP 502', secret: false });
    const refused = await given({}, { first: [401, 401] });
    expect(await refused.client.prepare()).toEqual({
      kind: 'unavailable',
      cause: 'the provider refuses the secret',
      secret: true,
    });
  });

  it('without a token a look-up fails and a cancel is not sent, with that reason', async () => {
    const { asked, client } = await given({}, { first: [400, 400] });
    const cause = 'no token under HTTP 400';
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'failed', cause });
    expect(await client.cancel(CALL)).toEqual({ kind: 'not_sent', cause });
    expect(asked).toEqual(['/users/getToken', '/users/getToken']);
  });
});

describe('the code of a sub-merchant', () => {
  const answers = { '/users/getToken': granted, '/payments/cancel': { code: 1, message: '…' } };

  it('the code is sent with every request, including the one for a token', async () => {
    const { tiers, client } = await given({ ...answers, '/payments/imp_1': { code: -1 } }, { tier: 'ABC' });
    await client.payment('imp_1', 5_000);
    await client.cancel(CALL);
    expect(tiers).toEqual(['ABC', 'ABC', 'ABC']);
  });

  it('no code is sent when none is set', async () => {
    const { tiers, client } = await given(answers);
    await client.cancel(CALL);
    expect(tiers).toEqual([undefined, undefined]);
  });
});

describe('an imp_uid that no path can carry', () => {
  it.each(['..', '.', ''])('the payment is missing, without a request: %j', async (impUid) => {
    const { asked, client } = await given({ '/users/getToken': granted });
    expect(await client.payment(impUid, 5_000)).toEqual({ kind: 'missing' });
    expect(await client.find(impUid, 5_000)).toEqual({ kind: 'missing' });
    expect(asked).toEqual([]);
  });
});

describe('an imp_uid equal to a word of i’mport’s own paths', () => {
  it.each(['status', 'find', 'findAll', 'FINDALL', 'prepare', 'cancel'])(
    'the payment is missing, without a request, because any caller could make that look like an outage (%s)',
    async (impUid) => {
      const { asked, client } = await given({ '/users/getToken': granted });
      expect(await client.payment(impUid, 5_000)).toEqual({ kind: 'missing' });
      expect(asked).toEqual([]);
    },
  );
});

describe('requests that are still running when the invocation ends', () => {
  it('a hanging token request is not left to the next invocation', async () => {
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

  it('the end of the invocation ends hanging requests', async () => {
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
  it('the hash ignores hyphens, depends on the secret and does not show the digits', async () => {
    const { client } = await given({});
    const other = (await given({}, { impSecret: 'another' })).client;
    const hash = await client.hashAccount('110-123-456789');
    expect(hash).toMatch(/^[\w-]{22}$/);
    expect(await client.hashAccount('110123456789')).toBe(hash);
    expect(await client.hashAccount('110123456780')).not.toBe(hash);
    expect(await other.hashAccount('110123456789')).not.toBe(hash);
  });
});

/** The path that the URL standard makes of it. */
function led(text: string): string | undefined {
  const path = pathOf`payments/${text}/paid`;
  return path === undefined ? undefined : new URL(path, 'https://api.example/').pathname;
}

describe('a path at the provider', () => {
  it.each(['.', '..', '', '\uD800'])('no path can be made of %j', (text) => {
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
  ])('a path with %j in it is not changed', (text) => {
    const [before, segment = '', after, ...rest] = led(text)?.slice(1).split('/') ?? [];
    expect([before, decodeURIComponent(segment), after, rest.length]).toEqual(['payments', text, 'paid', 0]);
  });
});
