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

/** The order item of the shop. */
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

describe('the real stack in the local run', () => {
  it('a refund passes token, route, function, table, secret and provider', async () => {
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

  it("a webhook imports a payment that only i'mport knows", async () => {
    const { imp_uid, merchant_uid } = await pay({ ledger: false });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const read = (): Promise<{ status: number }> =>
      run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect((await read()).status).toBe(404);
    expect((await run.call('POST', `/_local/iamport/${imp_uid}/announce`)).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  it('the time line shows the history of a payment, and is 404 for an unknown one', async () => {
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

describe('POST /_local/payments', () => {
  it('a new payment is imported as by a webhook, and the shop gets its order item', async () => {
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

  it('a new payment does not change an existing order item', async () => {
    const order = { merchant_uid: 'order-said', customer_id: 'somebody', amount: 9_000 };
    await run.call('POST', '/_local/orders', { body: order });
    await pay({ merchant_uid: 'order-said' });
    expect(await orderItem('order-said')).toEqual({ ...order, currency: 'KRW' });
  });

  it('a new payment may have no order item, or not be imported until the service asks', async () => {
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
  it('an order item is stored exactly as given', async () => {
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

  it("a token for a person has the person's own sub and username", async () => {
    const body = { sub: 'kim', groups: ['refund-staff'] };
    const claims = claimsOf(await run.call('POST', '/_local/token', { body }));
    expect(claims).toMatchObject({ sub: 'kim', username: 'kim', token_use: 'access' });
  });

  it('a token for a machine may cancel, but cannot close, because it names no person', async () => {
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

describe('GET /_local and the page at /', () => {
  it('GET /_local returns the addresses of all services', async () => {
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

  it('the local run has a page at /', async () => {
    const { status, headers } = await run.call('GET', '/');
    expect({ status, type: headers.get('content-type') }).toMatchObject({
      status: 200,
      type: containing('text/html'),
    });
  });
});

describe('bad input of the controls', () => {
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
  ])('%s refuses %j with the field and its rule', async (path, body, message) => {
    const answer = await run.call('POST', path, { body });
    expect(answer).toMatchObject({ status: 400, body: { message: containing(message) } });
  });

  it('a second payment with the same imp_uid is a conflict, and the first one stays', async () => {
    await pay({ imp_uid: 'imp_twice' });
    const sameUid = { imp_uid: 'imp_twice', merchant_uid: 'order-other', amount: 1 };
    expect(await run.call('POST', '/_local/payments', { body: sameUid })).toMatchObject({ status: 409 });
  });

  it.each([
    ['GET', '/_local/nothing', 404],
    ['DELETE', '/_local/token', 405],
    ['GET', '/_local/iamport/imp_unknown', 404],
    ['POST', '/_local/iamport/imp_unknown/console-cancel', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect(await run.call(method, path)).toMatchObject({ status, body: { message: containing('') } });
  });
});

describe("i'mport's console", () => {
  it("a cancel made in i'mport's console reaches the table by the webhook", async () => {
    const { imp_uid, merchant_uid } = await pay();
    const body = { amount: 3000 };
    const cancelled = await run.call('POST', `/_local/iamport/${imp_uid}/console-cancel`, { body });
    expect(cancelled).toMatchObject({ status: 200, body: { cancel_amount: 3000 } });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const read = await run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect(read.body).toMatchObject({ cancel_amount: 3000 });
  });

  it("i'mport does not answer while it is down", async () => {
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

describe('the Host header of a request to the local run', () => {
  it.each(['rebound.example', 'localhost', '127.0.0.1:1', '127.0.0.1.rebound.example'])(
    'the foreign host %s is refused, and the answer lists the allowed hosts',
    async (host) => {
      expect(await statusByName(host, `${run.url}/_local/token`)).toBe(403);
      expect(await statusByName(host, `${run.url}/payments/cancel`)).toBe(403);
    },
  );

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])(
    'the host %s with the right port is accepted',
    async (name) => {
      const { port } = new URL(run.url);
      expect(await statusByName(`${name}:${port}`, `${run.url}/payments/cancel`)).toBe(401);
    },
  );
});

describe('a web page of another origin', () => {
  it('a page of another origin is refused with the setting that allows it, and one notice is printed', async () => {
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
    ['a request without a preflight', EVIL],
    ['a page without an origin', 'null'],
    ["another server's page on this machine", 'http://127.0.0.1:1'],
  ])('%s is refused', async (_, origin) => {
    const answer = await run.call('POST', '/webhooks/iamport', {
      body: { imp_uid: 'imp_1' },
      headers: { origin },
    });
    expect(answer.status).toBe(403);
  });

  it('a page whose origin is in ALLOWED_ORIGINS may call the API and read the exposed headers', async () => {
    const allowed = await preflight('/payments/cancel', SHOP);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const refused = await run.call('POST', '/payments/cancel', { body: {}, headers: { origin: SHOP } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(refused.headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('a page of another origin never reaches the controls, even if the API allows its origin', async () => {
    for (const origin of [SHOP, EVIL, 'null']) {
      expect((await preflight('/_local/token', origin)).status).toBe(403);
      const asked = await run.call('POST', '/_local/token', { body: { sub: 'x' }, headers: { origin } });
      expect(asked).toMatchObject({ status: 403, body: { message: containing(`not a page of ${origin}`) } });
    }
  });

  it('a page of the local run itself reaches the controls', async () => {
    const body = { sub: 'x' };
    for (const origin of [run.url, run.url.replace('127.0.0.1', 'localhost')]) {
      expect((await run.call('POST', '/_local/token', { body, headers: { origin } })).status).toBe(200);
    }
  });
});

describe('the services beside the API', () => {
  it.each(['dynamodb', 'secrets_manager', 'iamport'])(
    '%s refuses web pages and foreign hosts',
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

describe('the errors of the front door', () => {
  it('an unexpected error is a logged 500 in JSON, and requests during the start get 503 with Retry-After', async () => {
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
