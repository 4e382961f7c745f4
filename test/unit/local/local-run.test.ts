import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor } from '../../../lib/lab/local/front-door.ts';
import { statusByName } from './by-name.ts';
import { containing } from './containing.ts';
import { startTestRun, type TestRun } from '../../support/local-run.ts';

const CUSTOMER = 'customer-1';
const SHOP = 'http://localhost:5173';
const EVIL = 'https://evil.example';
let run: TestRun;
const notices: string[] = [];

beforeAll(async () => {
  run = await startTestRun({
    allowedOrigins: [SHOP],
    log: (kind, line) => kind === 'notice' && notices.push(line),
  });
});
afterAll(() => run.end());

let count = 0;
async function pay(fields: object = {}): Promise<{ imp_uid: string; merchant_uid: string }> {
  count += 1;
  const names = { imp_uid: `imp_${count}`, merchant_uid: `order-${count}` };
  const body = { ...names, amount: 10_000, customer_id: CUSTOMER, ...fields };
  expect(await run.call('POST', '/_local/payments', { body })).toMatchObject({ status: 201 });
  return names;
}

/** The shop's item of an order. */
async function orderItem(merchantUid: string): Promise<Record<string, unknown> | undefined> {
  const { body } = await run.call('GET', '/_local');
  const client = new DynamoDBClient({
    endpoint: String(body['dynamodb']),
    region: String(body['region']),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { Item } = await DynamoDBDocumentClient.from(client).send(
    new GetCommand({ TableName: run.tables.orders, Key: { merchant_uid: merchantUid } }),
  );
  client.destroy();
  return Item;
}

describe('the real stack, played', () => {
  it('a refund goes the whole way: token, route, function, table, secret, provider', async () => {
    const { imp_uid, merchant_uid } = await pay();
    const authorization = await run.signIn({ sub: CUSTOMER });
    const body = { merchant_uid, cancel_request_amount: 4000 };
    const answer = await run.call('POST', '/payments/cancel', { body, headers: { authorization } });
    expect(answer).toMatchObject({ status: 200, body: { cancel_amount: 4000, cancelable_amount: 6000 } });
    expect(answer.headers.get('apigw-requestid')).toMatch(/^\S{16}$/);
    expect(run.simulator?.payment(imp_uid)).toMatchObject({ cancel_amount: 4000 });
    expect(await run.call('GET', `/_local/iamport/${imp_uid}`)).toMatchObject({
      body: { cancel_amount: 4000 },
    });
    const read = await run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect(read.body).toMatchObject({ cancel_amount: 4000, refunds: [{ status: 'cancelled' }] });
  });

  it("a payment that only i'mport knows comes in by the webhook", async () => {
    const { imp_uid, merchant_uid } = await pay({ ledger: false });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const read = (): Promise<{ status: number }> =>
      run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect((await read()).status).toBe(404);
    expect((await run.call('POST', `/_local/iamport/${imp_uid}/announce`)).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  it('the time line tells what happened to a payment, and 404 where there is none', async () => {
    const { merchant_uid, imp_uid } = await pay();
    const authorization = await run.signIn({ sub: CUSTOMER });
    const body = { merchant_uid, cancel_request_amount: 1_000, reason: 'size' };
    const answer = await run.call('POST', '/payments/cancel', { body, headers: { authorization } });
    const { refund_id } = answer.body['refund'] as { refund_id: string };
    expect(await run.call('GET', `/_local/payments/${merchant_uid}/timeline`)).toMatchObject({
      status: 200,
      body: {
        merchant_uid,
        moments: [
          { imp_uid, refund_id: null, text: 'paid' },
          { imp_uid, refund_id, text: containing('a customer asks for 1,000 KRW of 10,000 KRW left') },
          { imp_uid, refund_id, text: containing('sent once') },
          { imp_uid, refund_id, text: containing('CANCELLED') },
        ],
      },
    });
    const missing = await run.call('GET', '/_local/payments/nothing/timeline');
    expect(missing).toMatchObject({ status: 404, body: { message: containing('knows no nothing') } });
  });

  it('functions can be invoked by a part of their name', async () => {
    await expect(run.invoke('ResolveRefunds', {})).resolves.toMatchObject({ drained: true });
    await expect(run.invoke('Nobody', {})).rejects.toThrow('must name exactly one function');
  });
});

describe('a payment', () => {
  it('is imported as by a webhook, and the shop writes down its order', async () => {
    const names = { imp_uid: 'imp_whole', merchant_uid: 'order-whole' };
    const body = { ...names, amount: 14.2, currency: 'USD', customer_id: CUSTOMER, name: 'Socks' };
    const { status, body: made } = await run.call('POST', '/_local/payments', { body });
    expect(status).toBe(201);
    expect(made).toMatchObject({ ...names, amount: 14.2, cancel_amount: 0, status: 'paid', imported: true });
    expect(await orderItem('order-whole')).toEqual({
      merchant_uid: 'order-whole',
      customer_id: CUSTOMER,
      amount: 14.2,
      currency: 'USD',
      name: 'Socks',
    });
    const { body: list } = await run.call('GET', '/_local/orders');
    expect(list['orders']).toContainEqual({
      merchant_uid: 'order-whole',
      customer_id: CUSTOMER,
      name: 'Socks',
      payments: [expect.objectContaining({ imp_uid: 'imp_whole', amount: 14.2, in_doubt: false })],
    });
  });

  it('does not change what the shop has said of its order already', async () => {
    const order = { merchant_uid: 'order-said', customer_id: 'somebody', amount: 9_000 };
    await run.call('POST', '/_local/orders', { body: order });
    await pay({ merchant_uid: 'order-said' });
    expect(await orderItem('order-said')).toEqual({ ...order, currency: 'KRW' });
  });

  it('may stay unknown to the shop, or to the service until it asks', async () => {
    const { merchant_uid: ordered } = await pay({ order: false });
    expect(await orderItem(ordered)).toBeUndefined();
    const { merchant_uid } = await pay({ ledger: false });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const answer = await run.call('POST', '/payments/cancel', {
      body: { merchant_uid },
      headers: { authorization },
    });
    expect(answer.status).toBe(200);
  });
});

describe('an order item', () => {
  it('is put as it is given, whole', async () => {
    const merchant_uid = 'order-of-the-shop';
    const put = async (body: object): Promise<number> =>
      (await run.call('POST', '/_local/orders', { body: { merchant_uid, ...body } })).status;
    expect(await put({ customer_id: 77, amount: '14.20', imp_uid: ['imp_a', 7], note: null })).toBe(201);
    const whole = { merchant_uid, customer_id: 77, amount: '14.20', imp_uid: ['imp_a', 7], note: null };
    expect(await orderItem(merchant_uid)).toEqual(whole);
    expect(await put({ customer_id: 'b' })).toBe(201);
    expect(await orderItem(merchant_uid)).toEqual({ merchant_uid, customer_id: 'b' });
  });
});

describe('a token', () => {
  function claimsOf({ body }: { readonly body: Record<string, unknown> }): unknown {
    const [, claims = ''] = String(body['access_token']).split('.');
    return JSON.parse(Buffer.from(claims, 'base64url').toString());
  }

  it("is a person's, by whose name two people are told apart", async () => {
    const body = { sub: 'kim', groups: ['refund-staff'] };
    const claims = claimsOf(await run.call('POST', '/_local/token', { body }));
    expect(claims).toMatchObject({ sub: 'kim', username: 'kim', token_use: 'access' });
  });

  it("is a machine's, which may cancel and is nobody who could close", async () => {
    const body = { client_id: 'back-office', scope: 'payments/cancel.any' };
    const answer = await run.call('POST', '/_local/token', { body });
    const claims = claimsOf(answer);
    expect(claims).toMatchObject({ sub: 'back-office', client_id: 'back-office', token_use: 'access' });
    expect(claims).not.toHaveProperty('username');
    const { merchant_uid } = await pay();
    const headers = { authorization: `Bearer ${String(answer.body['access_token'])}` };
    const cancelled = await run.call('POST', '/payments/cancel', { body: { merchant_uid }, headers });
    expect(cancelled.status).toBe(200);
    const { refund_id } = cancelled.body['refund'] as { refund_id: string };
    const closing = await run.call('POST', `/payments/${merchant_uid}/refunds/${refund_id}/close`, {
      body: { verdict: 'undone', evidence: 'seen' },
      headers,
    });
    expect(closing).toMatchObject({ status: 403, body: { code: 'PERSON_CLAIM_MISSING' } });
  });
});

describe('the door', () => {
  it('says where everything is', async () => {
    const { body } = await run.call('GET', '/_local');
    expect(body).toMatchObject({
      api: run.url,
      storefront: `${run.url}/`,
      tables: run.tables,
      iamport: run.simulator?.url,
      quiet_period_seconds: 180,
    });
    for (const name of ['dynamodb', 'secret']) expect(body[name]).toEqual(expect.any(String));
  });

  it('has a page at /', async () => {
    const { status, headers } = await run.call('GET', '/');
    expect({ status, type: headers.get('content-type') }).toMatchObject({
      status: 200,
      type: containing('text/html'),
    });
  });
});

describe('controls refuse bad input with the field and its rule', () => {
  const payment = { imp_uid: 'imp_bad', merchant_uid: 'order-bad', amount: 1000 };
  it.each([
    ['/_local/token', {}, 'body.sub must be a text'],
    ['/_local/token', { sub: '' }, 'body.sub must not be empty'],
    ['/_local/token', { sub: 'a', groups: 'x' }, 'body.groups must be a list'],
    ['/_local/token', { sub: 'a', scopes: 'x' }, 'body.scopes is not a field'],
    ['/_local/token', 'no json', 'body: must be JSON'],
    [
      '/_local/payments',
      { ...payment, amount: 10.5 },
      'payment.amount: must be a number with at most 0 decimals',
    ],
    ['/_local/payments', { ...payment, mercant_uid: 'x' }, 'payment.mercant_uid: is not a field'],
    ['/_local/payments', { ...payment, customer_id: 7 }, 'body.customer_id must be a text'],
    ['/_local/payments', { ...payment, ledger: 'no' }, 'body.ledger must be true or false'],
    ['/_local/payments', { ...payment, order: 1 }, 'body.order must be true or false'],
    ['/_local/token', { client_id: 'a', sub: 'b' }, 'body.sub is not a field'],
    ['/_local/orders', { customer_id: 'c' }, 'body.merchant_uid must be a text'],
    ['/_local/orders', { merchant_uid: '가'.repeat(683) }, 'body.merchant_uid must have 1 to 2048 bytes'],
    ['/_local/orders', { merchant_uid: 'x', note: '\ud800' }, 'body: '],
    ['/_local/reconcile', { from: 1 }, 'body.from is not a field'],
    ['/_local/reconcile', { fromSeconds: 'soon' }, 'body.fromSeconds must be a whole number'],
    ['/_local/reconcile', { fromSeconds: 20, toSeconds: 10 }, 'body.fromSeconds must be before toSeconds'],
    ['/_local/faults', { on: 'cancel', fault: 'nonsense' }, 'fault'],
    ['/_local/iamport/advance', { ms: -1 }, 'body.ms must be'],
    ['/_local/iamport/down', { down: 'yes' }, 'body.down must be true or false'],
  ])('%s %j', async (path, body, message) => {
    const answer = await run.call('POST', path, { body });
    expect(answer).toMatchObject({ status: 400, body: { message: containing(message) } });
  });

  it('the same payment twice is a conflict, and the first stays', async () => {
    await pay({ imp_uid: 'imp_twice' });
    const sameUid = { imp_uid: 'imp_twice', merchant_uid: 'order-other', amount: 1 };
    expect(await run.call('POST', '/_local/payments', { body: sameUid })).toMatchObject({ status: 409 });
  });

  it.each([
    ['GET', '/_local/nothing', 404],
    ['DELETE', '/_local/token', 405],
    ['GET', '/_local/iamport/imp_unknown', 404],
    ['POST', '/_local/iamport/imp_unknown/console-cancel', 404],
  ])('%s %s: %i', async (method, path, status) => {
    expect(await run.call(method, path)).toMatchObject({ status, body: { message: containing('') } });
  });
});

describe("i'mport's console", () => {
  it('a cancel made there reaches the table by the webhook', async () => {
    const { imp_uid, merchant_uid } = await pay();
    const body = { amount: 3000 };
    const cancelled = await run.call('POST', `/_local/iamport/${imp_uid}/console-cancel`, { body });
    expect(cancelled).toMatchObject({ status: 200, body: { cancel_amount: 3000 } });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const read = await run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect(read.body).toMatchObject({ cancel_amount: 3000 });
  });

  it('nothing answers while it is down', async () => {
    await run.call('POST', '/_local/iamport/down', { body: { down: true } });
    await expect(fetch(String(run.simulator?.url))).rejects.toThrow('fetch failed');
    await run.call('POST', '/_local/iamport/down', { body: { down: false } });
    expect((await fetch(`${run.simulator?.url}/payments/x`)).status).toBe(401);
  });
});

function preflight(target: string, origin: string): Promise<Response> {
  return fetch(`${run.url}${target}`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
}

describe('the name by which the local run is called', () => {
  it.each(['rebound.example', 'localhost', '127.0.0.1:1', '127.0.0.1.rebound.example'])(
    '%s is not one of its own and is refused, with those that are',
    async (host) => {
      expect(await statusByName(host, `${run.url}/_local/token`)).toBe(403);
      expect(await statusByName(host, `${run.url}/payments/cancel`)).toBe(403);
    },
  );

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('%s with its port is its own', async (name) => {
    const { port } = new URL(run.url);
    expect(await statusByName(`${name}:${port}`, `${run.url}/payments/cancel`)).toBe(401);
  });
});

describe('a page of another origin at the API', () => {
  it('is refused with how to be let in, and the person at the terminal is told once', async () => {
    const answers = [await preflight('/payments/cancel', EVIL), await preflight('/payments/cancel', EVIL)];
    const refusal = `A page of ${EVIL} may not call this API: start the local run with ALLOWED_ORIGINS=${EVIL}`;
    for (const answer of answers) {
      expect(answer.status).toBe(403);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(await answer.json()).toEqual({ message: containing(refusal) });
    }
    expect(notices.filter((line) => line.startsWith(refusal))).toHaveLength(1);
  });

  it.each([
    ['a request that asks for no permission first', EVIL],
    ['a page without an origin', 'null'],
    ["another server's page on this machine", 'http://127.0.0.1:1'],
  ])('is refused for %s', async (_, origin) => {
    const answer = await run.call('POST', '/webhooks/iamport', {
      body: { imp_uid: 'imp_1' },
      headers: { origin },
    });
    expect(answer.status).toBe(403);
  });

  it('is let in when ALLOWED_ORIGINS names it, and may read what the API exposes', async () => {
    const allowed = await preflight('/payments/cancel', SHOP);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const refused = await run.call('POST', '/payments/cancel', { body: {}, headers: { origin: SHOP } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(refused.headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('never reaches the controls, not even when the API lets it in', async () => {
    for (const origin of [SHOP, EVIL, 'null']) {
      expect((await preflight('/_local/token', origin)).status).toBe(403);
      const asked = await run.call('POST', '/_local/token', { body: { sub: 'x' }, headers: { origin } });
      expect(asked).toMatchObject({ status: 403, body: { message: containing(`not a page of ${origin}`) } });
    }
  });

  it('is not kept out when it is a page of the local run itself', async () => {
    const body = { sub: 'x' };
    for (const origin of [run.url, run.url.replace('127.0.0.1', 'localhost')]) {
      expect((await run.call('POST', '/_local/token', { body, headers: { origin } })).status).toBe(200);
    }
  });
});

describe('the services beside the API', () => {
  it.each(['dynamodb', 'secrets_manager', 'iamport'])(
    '%s answers no page and no foreign name',
    async (name) => {
      const { body } = await run.call('GET', '/_local');
      const url = String(body[name]);
      for (const method of ['OPTIONS', 'POST']) {
        const answer = await fetch(url, {
          method,
          headers: { origin: run.url, 'access-control-request-method': 'POST' },
        });
        expect(answer.status).toBe(403);
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      }
      expect(await statusByName('rebound.example', url)).toBe(403);
    },
  );
});

describe("the door's own faults", () => {
  it('are a 500 in JSON and are told, and before the rooms are open it asks to try again', async () => {
    const faults: unknown[] = [];
    const door = await openFrontDoor(0, (error) => faults.push(error));
    const early = await fetch(door.url);
    expect({ status: early.status, retryAfter: early.headers.get('retry-after') }).toEqual({
      status: 503,
      retryAfter: '1',
    });
    const bug = new Error('Bug: on purpose');
    door.letIn({
      gateway: { serves: () => true, handle: () => Promise.reject(bug) },
      controls: () => Promise.reject(bug),
      pages: () => Promise.resolve(undefined),
      allowsOrigin: () => false,
      log: () => undefined,
    });
    const failed = await fetch(door.url);
    expect(failed.status).toBe(500);
    expect(await failed.json()).toEqual({ message: 'Internal Server Error' });
    expect(faults).toEqual([bug]);
    await door.end();
  });
});
