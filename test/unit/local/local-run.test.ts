import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor } from '../../../lib/lab/local/front-door.ts';
import { documentsOf, startTestRun, type TestRun } from '../../support/local-run.ts';

const CUSTOMER = 'customer-1';
const SHOP = 'http://localhost:5173';
const EVIL = 'https://evil.example';
let run: TestRun;
const notices: string[] = [];

beforeAll(async () => {
  const log = (kind: string, line: string) => kind === 'notice' && notices.push(line);
  run = await startTestRun({ allowedOrigins: [SHOP], log });
});
afterAll(() => run.end());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  run.call('POST', path, { body, headers });

let count = 0;
async function pay(fields: object = {}): Promise<{ imp_uid: string; merchant_uid: string }> {
  count += 1;
  const names = { imp_uid: `imp_${count}`, merchant_uid: `order-${count}` };
  const payment = { ...names, amount: 10_000, customer_id: CUSTOMER, ...fields };
  expect(await post('/_local/payments', payment)).toMatchObject({ status: 201 });
  return names;
}

/** The order item of the shop. */
async function orderItem(merchantUid: string): Promise<Record<string, unknown> | undefined> {
  const get = new GetCommand({ TableName: run.tables.orders, Key: { merchant_uid: merchantUid } });
  return (await (await documentsOf(run)).send(get)).Item;
}

describe('the controls', () => {
  it('a new payment is imported, and the shop gets its order item, in which it changes nothing', async () => {
    const payment = { imp_uid: 'imp_whole', merchant_uid: 'order-whole', amount: 14.2, currency: 'USD' };
    const made = await post('/_local/payments', { ...payment, name: 'Socks', customer_id: CUSTOMER });
    expect(made).toMatchObject({ status: 201, body: { ...payment, status: 'paid', imported: true } });
    const { imp_uid, ...order } = payment;
    expect(await orderItem('order-whole')).toEqual({ ...order, name: 'Socks', customer_id: CUSTOMER });
    const { body: list } = await run.call('GET', '/_local/orders');
    expect(list['orders']).toContainEqual({
      merchant_uid: 'order-whole',
      customer_id: CUSTOMER,
      name: 'Socks',
      payments: [expect.objectContaining({ imp_uid, amount: 14.2, in_doubt: false })],
    });
    const said = {
      merchant_uid: 'order-said',
      customer_id: 77,
      amount: '9',
      imp_uid: ['imp_a', 7],
      note: null,
    };
    expect((await post('/_local/orders', said)).status).toBe(201);
    const { imp_uid: known } = await pay({ merchant_uid: 'order-said' });
    expect((await post('/_local/payments', { ...payment, imp_uid: known })).status).toBe(409);
    expect(await orderItem('order-said')).toEqual({ ...said, currency: 'KRW' });
    const { merchant_uid: notOrdered } = await pay({ order: false });
    expect(await orderItem(notOrdered)).toBeUndefined();
  });

  it('a payment that is not imported reaches the ledger by the webhook', async () => {
    const { imp_uid, merchant_uid } = await pay({ ledger: false });
    const headers = { authorization: await run.signIn({ sub: CUSTOMER }) };
    const read = async () => (await run.call('GET', `/payments/${merchant_uid}`, { headers })).status;
    expect(await read()).toBe(404);
    expect((await post(`/_local/iamport/${imp_uid}/announce`, {})).status).toBe(200);
    expect(await read()).toBe(200);
  });

  it('the time line shows the history of a payment', async () => {
    const { merchant_uid, imp_uid } = await pay();
    const headers = { authorization: await run.signIn({ sub: CUSTOMER }) };
    const answer = await post('/payments/cancel', { merchant_uid, cancel_request_amount: 1_000 }, headers);
    const { refund_id } = answer.body['refund'] as { refund_id: string };
    const { body } = await run.call('GET', `/_local/payments/${merchant_uid}/timeline`);
    const [ofPayment, ofRefund] = [
      { imp_uid, refund_id: null },
      { imp_uid, refund_id },
    ];
    const text = expect.stringContaining('CANCELLED') as unknown;
    expect(body['moments']).toMatchObject([ofPayment, ofRefund, ofRefund, { ...ofRefund, text }]);
  });

  it('a token of a person has a name, and a token of a machine has none', async () => {
    const claimsOf = async (body: object): Promise<unknown> => {
      const token = String((await post('/_local/token', body)).body['access_token']);
      return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    };
    const person = { sub: 'kim', username: 'kim', token_use: 'access', 'cognito:groups': ['refund-staff'] };
    expect(await claimsOf({ sub: 'kim', groups: ['refund-staff'] })).toMatchObject(person);
    const machine = await claimsOf({ client_id: 'back-office', scope: 'payments/cancel.any' });
    expect(machine).toMatchObject({ sub: 'back-office', client_id: 'back-office' });
    expect(machine).not.toHaveProperty('username');
  });

  const payment = { imp_uid: 'imp_bad', merchant_uid: 'order-bad', amount: 1000 };
  it.for<readonly [string, unknown, string]>([
    ['/_local/token', {}, 'body.sub is missing'],
    ['/_local/token', 'no json', 'body: must be JSON'],
    ['/_local/token', { client_id: 'a', sub: 'b' }, 'body.sub is not a field'],
    ['/_local/payments', { ...payment, mercant_uid: 'x' }, 'payment.mercant_uid: is not a field'],
    ['/_local/orders', { merchant_uid: '가'.repeat(683) }, '2048 bytes'],
    ['/_local/orders', { merchant_uid: 'x', note: '\ud800' }, 'body: '],
    ['/_local/reconcile', { from: 1 }, 'body.from is not a field'],
    ['/_local/reconcile', { fromSeconds: 20, toSeconds: 10 }, 'body.fromSeconds must be before toSeconds'],
    ['/_local/faults', { on: 'cancel', fault: 'nonsense' }, 'fault'],
    ['/_local/iamport/advance', { ms: -1 }, 'body.ms must be'],
    ['/_local/iamport/imp_1/undo-cancel', {}, 'imp_1'],
  ])('%s refuses %j with the field and its rule', async ([path, body, message]) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body['message']).toMatch(message);
  });

  it.for([
    ['GET', '/_local/nothing', 404],
    ['DELETE', '/_local/token', 405],
    ['POST', '/_local/iamport/imp_unknown/console-cancel', 404],
    ['GET', '/_local/payments/nothing/timeline', 404],
  ] as const)('%s %s is answered with %i', async ([method, path, status]) => {
    expect(await run.call(method, path)).toMatchObject({
      status,
      body: { message: expect.any(String) as unknown },
    });
  });
});

/** The status of a request with another `Host` header, which `fetch` does not allow to set. */
function statusByName(host: string, url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = httpRequest(url, { method: 'POST', headers: { host } }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 0);
  });
  sent.once('error', reject).end('{}');
  return promise;
}

describe('the ports of the local run', () => {
  const preflight = (target: string, origin: string): Promise<Response> =>
    fetch(`${run.url}${target}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  it('a foreign Host is refused, and every own name with the right port is accepted', async () => {
    const { port } = new URL(run.url);
    for (const host of ['rebound.example', 'localhost', '127.0.0.1:1', '127.0.0.1.rebound.example'])
      for (const path of ['/_local/token', '/payments/cancel'])
        expect(await statusByName(host, `${run.url}${path}`)).toBe(403);
    for (const host of ['127.0.0.1', 'LOCALHOST', '[::1]'])
      expect(await statusByName(`${host}:${port}`, `${run.url}/payments/cancel`)).toBe(401);
  });

  it('a page of another origin is refused, the answer names the setting that allows it, and one notice is printed', async () => {
    const refusal = `A page of ${EVIL} may not call this API: start the local run with ALLOWED_ORIGINS=${EVIL}`;
    for (let times = 0; times < 2; times += 1) {
      const answer = await preflight('/payments/cancel', EVIL);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      expect(await answer.text()).toContain(refusal);
    }
    expect(notices.filter((line) => line.startsWith(refusal))).toHaveLength(1);
    for (const origin of [EVIL, 'null', 'http://127.0.0.1:1'])
      expect((await post('/webhooks/iamport', { imp_uid: 'imp_1' }, { origin })).status).toBe(403);
  });

  it('a page whose origin is in ALLOWED_ORIGINS may call the API and read the exposed headers', async () => {
    const allowed = await preflight('/payments/cancel', SHOP);
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, SHOP]);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const { status, headers } = await post('/payments/cancel', {}, { origin: SHOP });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([401, SHOP]);
    expect(headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('only a page of the local run itself reaches the controls and the sign-in, whatever origins the API allows', async () => {
    for (const path of ['/_local/token', '/_local/oidc/authorize'])
      for (const origin of [SHOP, EVIL, 'null']) {
        expect((await preflight(path, origin)).status).toBe(403);
        const asked = await post(path, { sub: 'x' }, { origin });
        expect([asked.status, asked.body['message']]).toEqual([
          403,
          expect.stringContaining(`not a page of ${origin}`),
        ]);
      }
    for (const origin of [run.url, run.url.replace('127.0.0.1', 'localhost')])
      expect((await post('/_local/token', { sub: 'x' }, { origin })).status).toBe(200);
  });

  it('the sign-in redirects only to the desk of this run and to refunds sign-in, and only with PKCE', async () => {
    const { body } = await run.call('GET', '/_local');
    const request = { client_id: String(body['token_audience']), response_type: 'code', sub: 'kim' };
    const pkce = { code_challenge_method: 'S256', code_challenge: 'c'.repeat(43) };
    const locationFor = async (
      redirect_uri: string,
      changed: Record<string, string> = {},
    ): Promise<string> => {
      const parameters = new URLSearchParams({ ...request, ...pkce, redirect_uri, ...changed });
      const address = `${run.url}/_local/oidc/authorize`;
      const answer = await fetch(address, { method: 'POST', redirect: 'manual', body: parameters });
      return answer.headers.get('location') ?? '';
    };
    const desk = `${run.url}/desk/`;
    for (const allowed of [desk, 'http://localhost:18976/signed-in'])
      expect(await locationFor(allowed)).toMatch(`${allowed}?code=`);
    for (const foreign of ['https://evil.example/', 'http://localhost:18976/', 'http://127.0.0.1:1/desk/'])
      expect(await locationFor(foreign)).toBe('');
    expect(await locationFor(desk, { client_id: 'other' })).toBe('');
    expect(await locationFor(desk, { code_challenge: '' })).toMatch('?error=invalid_request');
  });

  it.for(['dynamodb', 'secrets_manager', 'iamport'])(
    '%s refuses web pages and foreign hosts',
    async (name) => {
      const url = String((await run.call('GET', '/_local')).body[name]);
      for (const method of ['OPTIONS', 'POST']) {
        const headers = { origin: run.url, 'access-control-request-method': 'POST' };
        const answer = await fetch(url, { method, headers });
        expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      }
      expect(await statusByName('rebound.example', url)).toBe(403);
    },
  );

  it('an unexpected error is a logged 500 in JSON, and requests during the start get 503 with Retry-After', async () => {
    const faults: unknown[] = [];
    const door = await openFrontDoor(0, (error) => faults.push(error));
    const early = await fetch(door.url);
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);
    const bug = new Error('Bug: on purpose');
    door.serve({
      gateway: { serves: () => true, handle: () => Promise.reject(bug) },
      controls: () => Promise.reject(bug),
      pages: () => Promise.resolve(undefined),
      allowedOrigins: [],
      log: () => undefined,
    });
    const failed = await fetch(door.url);
    expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(faults).toEqual([bug]);
    await door.end();
  });
});
