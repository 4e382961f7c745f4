import { createServer, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../../functions/http/codes.ts';
import { refundIdForKey } from '../../../functions/refund/identity.ts';
import {
  createRefundClient,
  MESSAGES,
  type RefundClientOptions,
} from '../../../lib/browser/refund-client.ts';

interface Heard {
  readonly method: string;
  readonly key: string | undefined;
  readonly body: string;
}

type Scripted = { readonly status: number; readonly body?: object; readonly retryAfter?: string } | 'reset';

let script: Scripted[] = [];
let heard: Heard[] = [];
const waited: number[] = [];
let baseUrl = '';

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const server = createServer((request, response) => {
  void textOf(request).then((body) => {
    const key = request.headers['idempotency-key'];
    heard.push({ method: request.method ?? '', key: typeof key === 'string' ? key : undefined, body });
    const next = script.shift() ?? 'reset';
    if (next === 'reset') return response.destroy();
    response.writeHead(next.status, {
      'content-type': 'application/json',
      ...(next.retryAfter === undefined ? {} : { 'retry-after': next.retryAfter }),
    });
    return response.end(JSON.stringify(next.body ?? {}));
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterAll(() => server.close());
beforeEach(() => {
  script = [];
  heard = [];
  waited.length = 0;
});

function memory() {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  return { kept, storage };
}

function aClient(storage: NonNullable<RefundClientOptions['storage']> = memory().storage) {
  const wait = async (ms: number): Promise<void> => void waited.push(ms);
  return createRefundClient({ baseUrl, getToken: () => 'TOKEN-MARK', storage, wait, language: 'en' });
}

const refund = (status: string) => ({ refund_id: 'rf_1', status, amount: 100 });
const payment = (...refunds: object[]) => ({ merchant_uid: 'o', cancel_amount: 100, refunds });
const done: Scripted = { status: 200, body: { merchant_uid: 'o', refund: refund('cancelled') } };
const unknown: Scripted = {
  status: 202,
  body: { merchant_uid: 'o', refund: refund('unknown') },
  retryAfter: '7',
};
const request = { merchant_uid: 'o', cancel_request_amount: 100 };

describe('a press of the button', () => {
  it('is one refund with one key, however often the network fails in between', async () => {
    script = [
      'reset',
      { status: 503, body: { code: 'PROVIDER_UNAVAILABLE' }, retryAfter: '4' },
      { status: 409, body: { code: 'REFUND_IN_PROGRESS' } },
      done,
    ];
    expect(await aClient().cancel(request)).toMatchObject({ kind: 'cancelled', message: 'Refunded.' });
    expect(new Set(heard.map(({ key }) => key)).size).toBe(1);
    expect(waited).toEqual([2_000, 4_000, 2_000]);
  });

  it('twice at once is one press', async () => {
    script = [done];
    const client = aClient();
    const [first, second] = await Promise.all([client.cancel(request), client.cancel(request)]);
    expect(first).toEqual(second);
    expect(heard).toHaveLength(1);
  });

  it('that is refused says why, and the next one is a new intent', async () => {
    script = [{ status: 400, body: { code: 'AMOUNT_EXCEEDS_CANCELABLE' } }, done];
    const client = aClient();
    expect(await client.cancel(request)).toMatchObject({
      kind: 'refused',
      code: 'AMOUNT_EXCEEDS_CANCELABLE',
    });
    await client.cancel(request);
    expect(new Set(heard.map(({ key }) => key)).size).toBe(2);
  });
});

describe('an outcome that is not known', () => {
  it('is followed to its end by asking, at the pace of Retry-After, never by sending again', async () => {
    script = [
      unknown,
      { status: 200, body: payment(refund('unknown')), retryAfter: '3' },
      'reset',
      { status: 200, body: payment(refund('cancelled')) },
    ];
    const progress: string[] = [];
    expect(
      await aClient().cancel(request, { onProgress: (message) => progress.push(message) }),
    ).toMatchObject({
      kind: 'cancelled',
    });
    expect(heard.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET']);
    expect(waited).toEqual([7_000, 3_000, 2_000]);
    expect(progress).toContain('We are finding out the result. No need to press again.');
  });

  it('whose refund is gone was never carried out', async () => {
    script = [unknown, { status: 200, body: payment() }];
    expect(await aClient().cancel(request)).toMatchObject({ kind: 'not_executed' });
  });
});

describe('a reload', () => {
  it('in the middle goes on with the same intent', async () => {
    const { kept, storage } = memory();
    script = Array.from({ length: 8 }, () => 'reset');
    expect(await aClient(storage).cancel(request)).toMatchObject({ kind: 'pending' });
    expect(kept.size).toBe(1);
    script = [done];
    expect(await aClient(storage).resume('o')).toMatchObject({ kind: 'cancelled' });
    expect(new Set(heard.map(({ key }) => key)).size).toBe(1);
    expect(kept.size).toBe(0);
    expect(await aClient(storage).resume('o')).toEqual({ kind: 'none' });
  });

  it('finds neither account nor token in the storage', async () => {
    const { kept, storage } = memory();
    script = [
      unknown,
      ...Array.from({ length: 80 }, () => ({ status: 200, body: payment(refund('unknown')) })),
    ];
    const account = { refund_holder: 'HOLDER-MARK', refund_account: 'ACCOUNT-MARK', refund_bank: '88' };
    expect(await aClient(storage).cancel({ ...request, ...account })).toMatchObject({ kind: 'pending' });
    expect([...kept.values()].join()).toContain('rf_1');
    expect([...kept.values()].join()).not.toMatch(/MARK/);
  });
});

describe('an account that a reload has lost', () => {
  const withAccount = { ...request, refund_holder: 'HOLDER', refund_account: '110', refund_bank: '88' };
  const lost = Array.from({ length: 8 }, () => 'reset' as const);

  it('was sent: the refund is found by the id of its key, and followed', async () => {
    const { storage } = memory();
    script = [...lost];
    expect(await aClient(storage).cancel(withAccount)).toMatchObject({ kind: 'pending' });
    const refund_id = refundIdForKey('o', heard[0]?.key ?? '');
    const mine = (status: string) =>
      payment({ ...refund('cancelled'), refund_id: 'rf_other' }, { refund_id, status });
    const [open, ended] = [mine('unknown'), mine('cancelled')].map((body) => ({ status: 200, body }));
    script = ['reset', open!, open!, ended!];
    expect(await aClient(storage).resume('o')).toMatchObject({ kind: 'cancelled', refund: { refund_id } });
    expect(heard.slice(8).map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET']);
  });

  it('did not arrive: entered again it has the same key, so that it cannot be refunded twice', async () => {
    const { kept, storage } = memory();
    script = [...lost, ...Array.from({ length: 5 }, () => ({ status: 200, body: payment() })), done];
    await aClient(storage).cancel(withAccount);
    expect(await aClient(storage).resume('o')).toEqual({ kind: 'none' });
    expect(await aClient(storage).cancel(withAccount)).toMatchObject({ kind: 'cancelled' });
    expect(new Set(heard.filter(({ method }) => method === 'POST').map(({ key }) => key)).size).toBe(1);
    expect(kept.size).toBe(0);
  });

  it('arrived late, and another one was entered: what counts is the one that arrived', async () => {
    const { storage } = memory();
    script = [...lost];
    await aClient(storage).cancel(withAccount);
    const refund_id = refundIdForKey('o', heard[0]?.key ?? '');
    script = [
      { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } },
      { status: 200, body: payment({ refund_id, status: 'cancelled', amount: 100 }) },
    ];
    expect(await aClient(storage).cancel({ ...withAccount, refund_account: '111' })).toMatchObject({
      kind: 'cancelled',
      refund: { refund_id },
    });
  });
});

/** What the person who waits is told. */
function listening() {
  const said: string[] = [];
  return { said, following: { onProgress: (message: string) => said.push(message) } };
}

describe('a request whose fate nobody has told', () => {
  it.each([
    ['the gateway ended it', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['the function died', { status: 500, body: { message: 'Internal Server Error' } }],
  ])('is not taken for refused: %s', async (_, answer) => {
    const { kept, storage } = memory();
    script = Array.from({ length: 8 }, () => answer);
    const { said, following } = listening();
    expect(await aClient(storage).cancel(request, following)).toMatchObject({ kind: 'pending' });
    expect(kept.size).toBe(1);
    expect(said.join()).not.toContain('Nothing');
  });

  it.each([
    ['the token has expired', { status: 401, body: { message: 'Unauthorized' } }],
    ['somebody else has signed in', { status: 404, body: { code: 'PAYMENT_NOT_FOUND' } }],
    ['the provider is down', { status: 503, body: { code: 'PROVIDER_UNAVAILABLE' } }],
    ['another refund is in progress', { status: 409, body: { code: 'REFUND_IN_PROGRESS' } }],
  ])('stays open when meanwhile %s', async (_, answer) => {
    const { kept, storage } = memory();
    script = ['reset', ...Array.from({ length: 7 }, () => answer)];
    expect(await aClient(storage).cancel(request)).toMatchObject({ kind: 'pending' });
    // A reload does not make it less open.
    script = Array.from({ length: 8 }, () => answer);
    const { said, following } = listening();
    const outcome = await aClient(storage).resume('o', following);
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect([JSON.stringify(outcome), ...said].join()).not.toMatch(/Nothing|no such/);
    expect(kept.size).toBe(1);
    script = [done];
    expect(await aClient(storage).resume('o')).toMatchObject({ kind: 'cancelled' });
    expect(new Set(heard.map(({ key }) => key)).size).toBe(1);
  });

  it('is refused when the answer holds for the first request too', async () => {
    script = ['reset', { status: 400, body: { code: 'ALREADY_FULLY_REFUNDED' } }];
    expect(await aClient().cancel(request)).toMatchObject({ kind: 'refused' });
  });

  it('is refused when the door was shut from the start, or when the service says that nothing was sent', async () => {
    script = [{ status: 401, body: { message: 'Unauthorized' } }];
    expect(await aClient().cancel(request)).toMatchObject({ kind: 'refused', code: 'UNAUTHORIZED' });
    script = Array.from({ length: 8 }, () => ({ status: 503, body: { code: 'PROVIDER_UNAVAILABLE' } }));
    expect(await aClient().cancel(request)).toMatchObject({ kind: 'refused', code: 'PROVIDER_UNAVAILABLE' });
  });
});

describe('a page', () => {
  it('may stop following; the intent waits', async () => {
    const { kept, storage } = memory();
    const leaving = new AbortController();
    script = [unknown, { status: 200, body: payment(refund('unknown')) }];
    const onProgress = (): void => {
      if (heard.length === 2) leaving.abort();
    };
    const outcome = await aClient(storage).cancel(request, { onProgress, signal: leaving.signal });
    expect(outcome).toMatchObject({ kind: 'pending' });
    expect(heard).toHaveLength(2);
    expect(waited.length).toBeLessThan(3);
    expect([...kept.values()].join()).toContain('rf_1');
  });

  it.each([
    [
      'may store nothing',
      () => {
        throw new Error('SecurityError');
      },
    ],
    ['finds rubbish in the storage', () => '{"key":7'],
  ])('that %s refunds all the same', async (_, getItem) => {
    const setItem = (): void => {
      throw new Error('QuotaExceededError');
    };
    script = ['reset', done];
    const storage = { getItem, setItem, removeItem: setItem };
    expect(await aClient(storage).cancel(request)).toMatchObject({ kind: 'cancelled' });
    expect(new Set(heard.map(({ key }) => key)).size).toBe(1);
  });
});

describe('every code of the service', () => {
  it.each(PROBLEM_CODES)('%s has words in Korean and in English', (code) => {
    expect(MESSAGES[code]?.ko).toMatch(/\p{Script=Hangul}/u);
    expect(MESSAGES[code]?.en).toMatch(/^[A-Z]/);
  });
});
