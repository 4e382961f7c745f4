import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containing } from './containing.ts';
import { startTestRun, type TestRun } from '../../support/local-run.ts';

const CUSTOMER = 'customer-1';
let run: TestRun;

beforeAll(async () => {
  run = await startTestRun();
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

async function itemsOf(merchantUid: string): Promise<readonly Record<string, unknown>[]> {
  const { body } = await run.call('GET', '/_local');
  const client = new DynamoDBClient({
    endpoint: String(body['dynamodb_url']),
    region: String(body['region']),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { Items = [] } = await DynamoDBDocumentClient.from(client).send(
    new QueryCommand({
      TableName: run.tableName,
      KeyConditionExpression: 'merchant_uid = :order',
      ExpressionAttributeValues: { ':order': merchantUid },
    }),
  );
  client.destroy();
  return Items;
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

  it.each([
    ['a number', { customer_id: 77 }, '77'],
    ['a number in text', '{"customer_id":77}', '77'],
    ['text in text', JSON.stringify('{"customer_id":"77"}'), '77'],
    ['nobody', { customer_id: null }, undefined],
  ])('custom_data may name the owner as the service reads it: %s', async (_how, custom_data, owner) => {
    const { imp_uid, merchant_uid } = await pay({ customer_id: undefined, custom_data });
    const items = await itemsOf(merchant_uid);
    expect(items.map((item) => item['customer_id'])).toEqual(items.map(() => owner));
    const authorization = await run.signIn({ sub: '77' });
    const answer = await run.call('POST', '/payments/cancel', {
      body: { imp_uid },
      headers: { authorization },
    });
    expect(answer.status).toBe(owner === undefined ? 404 : 200);
  });

  it('a group makes staff of somebody, who may refund what is not theirs', async () => {
    const { merchant_uid } = await pay();
    const stranger = await run.signIn({ sub: 'somebody' });
    const staff = await run.signIn({ sub: 'somebody', groups: ['other', 'refund-staff'] });
    const ask = (authorization: string): Promise<{ status: number }> =>
      run.call('POST', '/payments/cancel', { body: { merchant_uid }, headers: { authorization } });
    expect((await ask(stranger)).status).toBe(404);
    expect((await ask(staff)).status).toBe(200);
  });

  it("a payment that only i'mport knows comes in by the webhook, with its customer", async () => {
    const { imp_uid, merchant_uid } = await pay({ table: false });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const read = (): Promise<{ status: number }> =>
      run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect((await read()).status).toBe(404);
    expect((await run.call('POST', `/_local/iamport/${imp_uid}/announce`)).status).toBe(200);
    expect((await read()).status).toBe(200);
  });

  it('a refund whose answer was lost is settled by the resolver, run by hand', async () => {
    const { imp_uid, merchant_uid } = await pay();
    const body = { on: 'cancel', fault: 'answer_lost', imp_uid };
    expect(await run.call('POST', '/_local/faults', { body })).toMatchObject({ status: 200 });
    const authorization = await run.signIn({ sub: CUSTOMER });
    const request = { body: { merchant_uid }, headers: { authorization } };
    await run.call('POST', '/payments/cancel', request);
    expect(await run.call('POST', '/_local/resolve')).toMatchObject({ status: 200, body: { drained: true } });
    const read = await run.call('GET', `/payments/${merchant_uid}`, { headers: { authorization } });
    expect(read.body).toMatchObject({ cancel_amount: 10_000, refunds: [{ status: 'cancelled' }] });
  });

  it('the time line tells what happened to a payment, and 404 where there is none', async () => {
    const { merchant_uid } = await pay();
    const authorization = await run.signIn({ sub: CUSTOMER });
    const body = { merchant_uid, cancel_request_amount: 1_000, reason: 'size' };
    await run.call('POST', '/payments/cancel', { body, headers: { authorization } });
    expect(await run.call('GET', `/_local/payments/${merchant_uid}/timeline`)).toMatchObject({
      status: 200,
      body: {
        merchant_uid,
        moments: [
          { what: 'paid', amount: 10_000 },
          { what: 'asked', by: 'customer', sub: CUSTOMER, amount: 1_000, left: 10_000, reason: 'size' },
          { what: 'sent', attempt: 1 },
          { what: 'answered', answer: 'code 0' },
          { what: 'cancelled', evidence: 'answer', recognisedBy: 'tag' },
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

describe('what a shop writes', () => {
  it('a payment is an item under its order, and the order item says whose it is', async () => {
    const { merchant_uid, imp_uid } = await pay();
    expect(await itemsOf(merchant_uid)).toMatchObject([
      { imp_uid, amount: 10_000, cancel_amount: 0, status: 'paid', currency: 'KRW', customer_id: CUSTOMER },
      { imp_uid: 'order', customer_id: CUSTOMER },
    ]);
  });

  it('a second payment of an order stands beside the first, and changes nothing of the order', async () => {
    const { merchant_uid, imp_uid } = await pay();
    const second = await pay({ merchant_uid, customer_id: 'somebody' });
    const items = await itemsOf(merchant_uid);
    expect(items.map((item) => item['imp_uid'])).toEqual([imp_uid, second.imp_uid, 'order']);
    expect(items.at(-1)).toMatchObject({ customer_id: CUSTOMER });
  });

  it('an order item is made, and corrected field by field', async () => {
    const merchant_uid = 'order-of-the-shop';
    const put = (body: object): Promise<{ status: number; body: object }> =>
      run.call('POST', '/_local/orders', { body: { merchant_uid, ...body } });
    expect(await put({ customer_id: 'a', amount: 14.2, currency: 'USD' })).toMatchObject({ status: 201 });
    expect((await put({ customer_id: 'b' })).body).toEqual({
      merchant_uid,
      imp_uid: 'order',
      customer_id: 'b',
      amount: 14.2,
      currency: 'USD',
    });
  });
});

describe('the door', () => {
  it('says where everything is', async () => {
    const { body } = await run.call('GET', '/_local');
    expect(body).toMatchObject({
      api_url: run.url,
      table_name: run.tableName,
      iamport_url: run.simulator?.url,
      quiet_period_seconds: 180,
    });
    for (const value of Object.values(body)) expect(['string', 'boolean', 'number']).toContain(typeof value);
  });

  it('has a page at /', async () => {
    const { status, headers } = await run.call('GET', '/');
    expect({ status, type: headers.get('content-type') }).toMatchObject({
      status: 200,
      type: containing('text/html'),
    });
  });

  it('no token: the gateway says 401 in its own words', async () => {
    const { status, body } = await run.call('POST', '/payments/cancel', { body: {} });
    expect({ status, body }).toEqual({ status: 401, body: { message: 'Unauthorized' } });
  });

  it("an unknown path is the gateway's 404", async () => {
    const { status, body } = await run.call('GET', '/nothing/here');
    expect({ status, body }).toEqual({ status: 404, body: { message: 'Not Found' } });
  });

  it.each(['https://shop.example', 'null'])(
    'the controls refuse a page from elsewhere (%s)',
    async (origin) => {
      const { status } = await run.call('POST', '/_local/token', { body: { sub: 'x' }, headers: { origin } });
      expect(status).toBe(403);
    },
  );
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
    ['/_local/payments', { ...payment, table: 'no' }, 'body.table must be true or false'],
    ['/_local/orders', { customer_id: 'c' }, 'body.merchant_uid must be a text'],
    ['/_local/orders', { merchant_uid: 'x'.repeat(41) }, 'body.merchant_uid must be at most 40 characters'],
    ['/_local/orders', { merchant_uid: 'x', amount: -1 }, 'body.amount must be 0 or more'],
    ['/_local/orders', { merchant_uid: 'x', customerId: 'c' }, 'body.customerId is not a field'],
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
