import { createServer, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../../../functions/http/problem.ts';
import { createRefundClient, MESSAGES } from '../../../lib/browser/refund-client.ts';

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

function aClient(storage = memory().storage) {
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
      { status: 503, retryAfter: '4' },
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
    expect(await aClient().cancel(request, (message) => progress.push(message))).toMatchObject({
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

describe('every code of the service', () => {
  it.each(PROBLEM_CODES)('%s has words in Korean and in English', (code) => {
    expect(MESSAGES[code]?.ko).toMatch(/\p{Script=Hangul}/u);
    expect(MESSAGES[code]?.en).toMatch(/^[A-Z]/);
  });
});
