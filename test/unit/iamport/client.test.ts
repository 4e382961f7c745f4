import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { iamportClient, type Send } from '../../../functions/iamport/client.ts';
import type { CredentialsSource } from '../../../functions/iamport/token.ts';
import type { CancelCall } from '../../../functions/protocol/ports.ts';
import type { Minor } from '../../../functions/refund/money.ts';

const CALL: CancelCall = {
  impUid: 'imp_1',
  currency: 'KRW',
  amount: 1_000 as Minor,
  checksum: 10_000 as Minor,
  refundId: 'rf_0123456789abcdefghjkmnpq',
  passedOn: {},
  requester: 'customer',
  timeoutMs: 5_000,
  sendBeforeMs: Number.MAX_SAFE_INTEGER,
};
const TOKEN = '/users/getToken';
/** A token for a minute. i'mport's clock is years wrong: only the difference counts. */
const grantedAs = (token: string) => ({
  code: 0,
  response: { access_token: token, now: 5_000, expired_at: 5_060 },
});
const granted = grantedAs('token');
const refused = { code: 1, message: '…' };

interface Options {
  readonly impSecret?: string;
  readonly tier?: string;
  /** HTTP statuses of the first answers on any path; 0 for an answer. */
  readonly first?: readonly number[];
  readonly credentials?: CredentialsSource;
}

/** A provider with an answer for each path; a path without one hangs until the request is aborted. */
function given(
  answers: Readonly<Record<string, object>>,
  { impSecret = 'SECRET-MARK', first = [], ...options }: Options = {},
) {
  const asked: string[] = [];
  const tiers: unknown[] = [];
  const tokens: unknown[] = [];
  const secrets: boolean[] = [];
  const fetch: Send = async (input) => {
    const request = new Request(input);
    const { pathname, search } = new URL(request.url);
    const status = first[asked.push(pathname + search) - 1];
    tiers.push(request.headers.get('tier'));
    if (pathname !== TOKEN) tokens.push(request.headers.get('authorization'));
    if (status !== undefined && status > 0) return new Response('', { status });
    const answer = answers[pathname];
    if (answer !== undefined) return Response.json(answer);
    return new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(new DOMException('…', 'AbortError')));
    });
  };
  let invocation = new AbortController();
  let nowMs = 0;
  const client = iamportClient({
    apiUrl: 'https://api.example',
    credentials: async ({ fresh }) => {
      secrets.push(fresh);
      return { impKey: 'key', impSecret };
    },
    now: () => nowMs,
    invocation: () => invocation.signal,
    fetch,
    ...options,
  });
  const endInvocation = () => {
    invocation.abort();
    invocation = new AbortController();
  };
  const wait = (ms: number) => (nowMs += ms);
  return { asked, tiers, tokens, secrets, client, endInvocation, wait };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The pauses between the tries pass at once. */
async function afterPauses<T>(result: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(1_000);
  return result;
}

it('a page is requested by the time of the last change, oldest first, so that new payments do not shift it', async () => {
  const list = { code: 0, response: { total: 0, next: 0, list: [] } };
  const { asked, client } = given({ [TOKEN]: granted, '/payments/status/cancelled': list });
  const query = { status: 'cancelled', fromSeconds: 100, toSeconds: 200, page: 3, limit: 50 } as const;
  const page = { kind: 'page', payments: [], unreadable: [], more: false };
  expect(await client.list(query, 5_000)).toEqual(page);
  expect(asked.at(-1)).toBe('/payments/status/cancelled?page=3&limit=50&from=100&to=200&sorting=updated');
});

describe('requesting a token', () => {
  const isDown = { kind: 'unavailable', cause: 'HTTP 502', secret: false };
  const isRefused = { kind: 'unavailable', cause: 'the provider refuses the secret', secret: true };
  it.each([
    ['the provider is unavailable for a moment', [502, 503], { kind: 'ready' }, 3, [false]],
    ['the provider is down', [502, 502, 502], isDown, 3, [false]],
    ['the secret was rotated, which is read again', [401], { kind: 'ready' }, 2, [false, true]],
    ['the secret is refused', [401, 401], isRefused, 2, [false, true]],
  ])('the token is requested again when %s', async (_when, first, readiness, tries, reads) => {
    const { asked, secrets, client } = given({ [TOKEN]: granted }, { first });
    expect(await afterPauses(client.prepare())).toEqual(readiness);
    expect(asked).toHaveLength(tries);
    expect(secrets).toEqual(reads);
  });

  it("the token is kept for the lifetime that i'mport gives, less half a minute, and requested once for many callers", async () => {
    const answers: Record<string, object> = { [TOKEN]: grantedAs('a'), '/payments/imp_1': refused };
    const { asked, tokens, client, wait } = given(answers);
    const look = async () => client.payment('imp_1', 5_000);
    await Promise.all([look(), look()]);
    answers[TOKEN] = grantedAs('b');
    wait(29_999);
    await look();
    wait(1);
    await look();
    expect(tokens).toEqual(['Bearer a', 'Bearer a', 'Bearer a', 'Bearer b']);
    expect(asked.filter((path) => path === TOKEN)).toHaveLength(2);
  });

  it('a cancel whose token is refused is not repeated, and the token is not used again', async () => {
    const answers: Record<string, object> = { [TOKEN]: grantedAs('a'), '/payments/cancel': refused };
    const { tokens, client } = given(answers, { first: [0, 401] });
    expect(await client.cancel(CALL)).toMatchObject({ kind: 'refused', by: 'http' });
    answers[TOKEN] = grantedAs('b');
    await client.cancel(CALL);
    expect(tokens).toEqual(['Bearer a', 'Bearer b']);
  });

  it('the token is unavailable without the secret, and the reason does not quote the secret', async () => {
    const { client } = given({}, { credentials: async () => Promise.reject(new RangeError('SECRET-MARK')) });
    const without = { cause: 'RangeError', secret: true };
    expect(await client.prepare()).toEqual({ kind: 'unavailable', ...without });
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'failed', ...without });
  });

  it('without a token a look-up fails and a cancel is not sent, with that reason', async () => {
    const { asked, client } = given({}, { first: [400, 400] });
    const cause = 'no token under HTTP 400';
    expect(await client.payment('imp_1', 5_000)).toEqual({ kind: 'failed', cause, secret: false });
    expect(await client.cancel(CALL)).toEqual({ kind: 'not_sent', cause });
    expect(asked).toEqual([TOKEN, TOKEN]);
  });

  it('the end of the invocation ends a hanging request, which the next invocation does not wait for', async () => {
    const answers: Record<string, object> = {};
    const { client, endInvocation } = given(answers);
    const left = client.prepare();
    await vi.advanceTimersByTimeAsync(0);
    endInvocation();
    expect(await left).toMatchObject({ kind: 'unavailable', secret: false });
    answers[TOKEN] = granted;
    expect(await client.prepare()).toEqual({ kind: 'ready' });
  });
});

it.each([
  [{ tier: 'ABC' }, 'ABC'],
  [{}, null],
])(
  'the code of a sub-merchant (%j) is sent with every request, also with that for a token',
  async (options, tier) => {
    const answers = { [TOKEN]: granted, '/payments/imp_1': refused, '/payments/cancel': refused };
    const { tiers, client } = given(answers, options);
    expect(await client.payment('imp_1', 5_000)).toMatchObject({ kind: 'failed' });
    await client.cancel(CALL);
    expect(tiers).toEqual([tier, tier, tier]);
  },
);

it('a payment whose imp_uid no path can carry, or is a word of i’mport’s own paths, is missing without a request', async () => {
  const { asked, client } = given({ [TOKEN]: granted });
  for (const impUid of ['..', '.', '', '\uD800', 'status', 'find', 'findAll', 'FINDALL', 'prepare', 'cancel'])
    expect(await client.payment(impUid, 5_000), impUid).toEqual({ kind: 'missing' });
  expect(await client.find('..', 5_000)).toEqual({ kind: 'missing' });
  expect(asked).toEqual([]);
});

it('the hash of an account ignores hyphens, depends on the secret and does not show the digits', async () => {
  const { client } = given({});
  const hash = await client.hashAccount('110-123-456789');
  expect(hash).toMatch(/^[\w-]{22}$/);
  expect(await client.hashAccount('110123456789')).toBe(hash);
  expect(await client.hashAccount('110123456780')).not.toBe(hash);
  expect(await given({}, { impSecret: 'another' }).client.hashAccount('110-123-456789')).not.toBe(hash);
});

it.each(['..%2f', '%2e%2e', '../users', 'a?b=c', 'a#b', '...', 'a.b', '\\..\\', '주문 1', ';..', '.%2e'])(
  'the order number %j is one segment of a path',
  async (merchantUid) => {
    const { asked, client } = given({ [TOKEN]: granted }, { first: [0, 404, 404] });
    await client.find(merchantUid, 5_000);
    const [, path = ''] = asked;
    expect(path.split('/').map(decodeURIComponent)).toEqual(['', 'payments', 'find', merchantUid, 'paid']);
    expect(path).not.toContain('?');
  },
);
