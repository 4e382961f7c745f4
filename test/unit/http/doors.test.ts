import { describe, expect, it } from 'vitest';
import { handleCancel } from '../../../functions/cancel-payment.ts';
import { handleClose } from '../../../functions/close-refund.ts';
import { handleGet } from '../../../functions/get-payment.ts';
import { handleWebhook } from '../../../functions/receive-webhook.ts';
import { eventOf, order, STAFF_CLAIMS, told, world } from './samples.ts';

const SOON_MS = 1_782_900_028_000;
const KOREAN = { 'Accept-Language': 'ko-KR,ko;q=0.9,en;q=0.5' };
const path = { merchant_uid: 'ORD-1', refund_id: 'rf_pending' };
const empty = async () => Promise.resolve({ merchantUid: 'x', payments: [], unreadable: [] });

/** Nothing of the world is asked: every look would throw. */
const untouched = world({});

describe('the cancel', () => {
  const body = '{"merchant_uid":"ORD-1"}';

  it('is not for a token without a subject', async () => {
    expect(told(await handleCancel(eventOf({ claims: {}, body }), SOON_MS, untouched)).status).toBe(403);
  });

  it('is for staff alone where the shop decides by itself', async () => {
    const closedDoor = world({}, false);
    const answer = told(await handleCancel(eventOf({ body, headers: KOREAN }), SOON_MS, closedDoor));
    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN', message: '이 작업을 할 권한이 없습니다.' },
    });
    const asStaff = eventOf({ body: '{}', claims: STAFF_CLAIMS });
    expect(told(await handleCancel(asStaff, SOON_MS, closedDoor)).status).toBe(400);
  });

  it('is told every fault of header and body at once, in the language of the caller', async () => {
    const event = eventOf({ body: '{"amount":1}', headers: { ...KOREAN, 'Idempotency-Key': 'a,b' } });
    const { status, headers, body: answer } = told(await handleCancel(event, SOON_MS, untouched));
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-language': 'ko', vary: 'Accept-Language' });
    const errors = answer['errors'] as { pointer: string; message: string }[];
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      'header:Idempotency-Key',
      '/merchant_uid',
      '/amount',
    ]);
    for (const { message } of errors) expect(message).toMatch(/[가-힣]/);
  });

  it('refuses a key that is sent in two headers', async () => {
    const event = eventOf({ body, headers: { 'idempotency-key': 'a', 'Idempotency-Key': 'b' } });
    expect(told(await handleCancel(event, SOON_MS, untouched)).status).toBe(400);
  });
});

describe('the read', () => {
  const known = world({ order: async () => Promise.resolve(order) });

  it('answers the payment, its refunds and its order’s payments', async () => {
    const answer = told(await handleGet(eventOf({ path: { merchant_uid: 'ORD-1' } }), SOON_MS, known));
    expect(answer).toMatchObject({
      status: 200,
      body: {
        imp_uid: 'imp_1',
        refunds_before: null,
        payments: [{ imp_uid: 'imp_1', cancelable_amount: 85.8 }],
      },
    });
  });

  it('by imp_uid alone finds orders that a path cannot carry', async () => {
    const byIndex = world({
      order: async () => Promise.resolve(order),
      ordersOf: async () => Promise.resolve(['ORD-1']),
    });
    const answer = told(await handleGet(eventOf({ query: { imp_uid: 'imp_1' } }), SOON_MS, byIndex));
    expect(answer).toMatchObject({ status: 200, body: { merchant_uid: 'ORD-1' } });
  });

  it('without order and imp_uid is a fault of the request', async () => {
    const answer = told(await handleGet(eventOf({}), SOON_MS, untouched));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:imp_uid' }] } });
  });

  it.each([
    [{ merchant_uid: '' }, undefined],
    [{ merchant_uid: 'x'.repeat(256) }, undefined],
    [{ merchant_uid: 'o' }, { imp_uid: '..' }],
    [{ merchant_uid: 'o' }, { imp_uid: 'x'.repeat(33) }],
    [undefined, { imp_uid: '' }],
  ])('of what cannot exist (%j, %j) is 404 without a look', async (at, query) => {
    const event = eventOf({ ...(at && { path: at }), ...(query && { query }) });
    expect(told(await handleGet(event, SOON_MS, untouched)).status).toBe(404);
  });

  it('says the same of an unknown order and of somebody else’s', async () => {
    const at = { path: { merchant_uid: 'ORD-1' } };
    const unknown = await handleGet(eventOf(at), SOON_MS, world({ order: empty }));
    const strangers = await handleGet(eventOf({ ...at, claims: { sub: 'stranger' } }), SOON_MS, known);
    expect(strangers).toEqual(unknown);
  });

  it('before a refund that is not there is a fault of the request', async () => {
    const event = eventOf({ path: { merchant_uid: 'ORD-1' }, query: { before: 'rf_nobody' } });
    const answer = told(await handleGet(event, SOON_MS, known));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:before' }] } });
  });
});

describe('the closing', () => {
  const body = '{"verdict":"not_executed","evidence":"asked the PG"}';

  it('is refused to a customer before anything is looked up, so that nobody learns that an order exists', async () => {
    for (const asked of [body, '{}', 'x']) {
      const answer = told(await handleClose(eventOf({ path, body: asked }), SOON_MS, untouched));
      expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    }
  });

  it('of a refund that nobody knows is 404', async () => {
    const event = eventOf({ path, body, claims: STAFF_CLAIMS });
    const answer = told(await handleClose(event, SOON_MS, world({ order: empty })));
    expect(answer.body['code']).toBe('PAYMENT_NOT_FOUND');
  });

  it('with a body that breaks a rule is told so before anything is looked up', async () => {
    const event = eventOf({ path, body: '{"verdict":"executed"}', claims: STAFF_CLAIMS });
    expect(told(await handleClose(event, SOON_MS, untouched)).status).toBe(400);
  });
});

describe('the webhook', () => {
  const sourceAddresses = new Set(['52.78.100.19']);
  const body = '{"imp_uid":"imp_1"}';

  it('from another address is refused before its body is read or anybody is asked', async () => {
    for (const sourceIp of ['1.2.3.4', '', '52.78.100.190', '::ffff:52.78.100.19']) {
      const events: unknown[] = [];
      const answer = await handleWebhook(eventOf({ body: '{', sourceIp }), SOON_MS, {
        sourceAddresses,
        world: { ...untouched, report: (event) => events.push(event) },
      });
      expect(told(answer).status).toBe(403);
      // i'mport itself would be kept out so, from an address that nobody has entered.
      expect(events).toMatchObject([{ event: 'webhook_refused', from: sourceIp }]);
    }
  });

  it('whose payment cannot be fetched is asked for again', async () => {
    const down = world({
      ordersOf: async () => Promise.resolve([]),
      payment: async () => Promise.resolve({ kind: 'failed', cause: 'HTTP 503' }),
    });
    const event = eventOf({ body, sourceIp: '52.78.100.19' });
    const answer = told(await handleWebhook(event, SOON_MS, { sourceAddresses, world: down }));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
  });
});
