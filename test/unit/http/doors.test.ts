import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { handleAcknowledge } from '../../../functions/acknowledge-finding.ts';
import { handleCancel } from '../../../functions/cancel-payment.ts';
import { handleClose } from '../../../functions/close-refund.ts';
import { handleGet } from '../../../functions/get-payment.ts';
import { handleGetRefund } from '../../../functions/get-refund.ts';
import { handleReports } from '../../../functions/get-reconciliation.ts';
import { httpHandler, type HttpEvent } from '../../../functions/http/http-handler.ts';
import { handleList } from '../../../functions/list-refunds.ts';
import { StoreError } from '../../../functions/protocol/write.ts';
import { handleWebhook } from '../../../functions/receive-webhook.ts';
import {
  cancelled,
  elsewhere,
  EMPTY,
  eventOf,
  holding,
  NOW_MS,
  notSent,
  STAFF_CLAIMS,
  told,
  world,
} from './samples.ts';

const SOON_MS = NOW_MS + 28_000;
const KOREAN = { 'Accept-Language': 'ko-KR,ko;q=0.9,en;q=0.5' };

/** Uses no ledger and no provider: every access would throw. */
const untouched = world({});

describe('a caller without the right', () => {
  const asked = {
    path: { merchant_uid: 'ORD-1', refund_id: 'rf_cancelled' },
    body: '{"merchant_uid":"ORD-1"}',
  };
  const DOORS = [handleCancel, handleGet, handleGetRefund, handleClose];
  const OF_STAFF = [
    handleClose,
    async (event: HttpEvent) => handleList(event, untouched),
    async (event: HttpEvent) => handleReports(event, untouched),
    async (event: HttpEvent) => handleAcknowledge(event, untouched),
  ];

  it.each([
    ['with an ID token', { ...STAFF_CLAIMS, token_use: 'id' }, [...DOORS, ...OF_STAFF]],
    ['without a subject', {}, [...DOORS, ...OF_STAFF]],
    ['who is a customer, at the doors of staff', { sub: 'customer-1' }, OF_STAFF],
  ])('a caller %s is refused before anything is looked up', async (_who, claims, doors) => {
    for (const door of doors)
      expect(told(await door(eventOf({ ...asked, claims }), SOON_MS, untouched))).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
  });
});

describe('the cancel door', () => {
  const body = '{"merchant_uid":"ORD-1"}';

  it('cancelling is for staff only when the shop says so', async () => {
    const closedDoor = world({}, false);
    const answer = told(await handleCancel(eventOf({ body, headers: KOREAN }), SOON_MS, closedDoor));
    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(answer.body['message']).toMatch(/권한이 없는/);
    const asStaff = eventOf({ body: '{}', claims: STAFF_CLAIMS });
    expect(told(await handleCancel(asStaff, SOON_MS, closedDoor)).status).toBe(400);
  });

  it('all faults of header and body are told at once, in the caller’s language', async () => {
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

  it('a key in two headers is refused', async () => {
    const event = eventOf({ body, headers: { 'idempotency-key': 'a', 'Idempotency-Key': 'b' } });
    expect(told(await handleCancel(event, SOON_MS, untouched)).status).toBe(400);
  });
});

describe('the door that reads a payment', () => {
  const known = world(holding([elsewhere, cancelled]));
  const at = { path: { merchant_uid: 'ORD-1' } };

  it('a read returns the payment, its refunds, what can be refunded and the payments of its order', async () => {
    const answer = told(await handleGet(eventOf(at), SOON_MS, known));
    expect(answer).toMatchObject({
      status: 200,
      body: {
        imp_uid: 'imp_1',
        refunds: [{ refund_id: 'el_console', made_by: 'provider' }, { refund_id: 'rf_cancelled' }],
        refunds_before: null,
        refundable: { full: true, partial: true, warnings: ['vat_unnamed'] },
        payments: [{ imp_uid: 'imp_1', cancelable_amount: 85.8 }],
      },
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it.each([{ query: { imp_uid: 'imp_1' } }, { query: { imp_uid: 'imp_1' }, path: { merchant_uid: '-' } }])(
    'a read by imp_uid alone finds orders that a path cannot carry: %j',
    async (asked) => {
      const answer = told(await handleGet(eventOf(asked), SOON_MS, known));
      expect(answer).toMatchObject({ status: 200, body: { merchant_uid: 'ORD-1' } });
    },
  );

  it('a read without order and imp_uid is a fault of the request', async () => {
    const answer = told(await handleGet(eventOf({}), SOON_MS, untouched));
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:imp_uid' }] } });
  });

  it.each([
    [{ merchant_uid: '' }, undefined],
    [{ merchant_uid: 'x'.repeat(256) }, undefined],
    [{ merchant_uid: 'o' }, { imp_uid: '..' }],
    [{ merchant_uid: 'o' }, { imp_uid: 'x'.repeat(33) }],
    [undefined, { imp_uid: '' }],
  ])('a read of an impossible id (%j, %j) is 404 without a look-up', async (path, query) => {
    const event = eventOf({ ...(path && { path }), ...(query && { query }) });
    expect(told(await handleGet(event, SOON_MS, untouched)).status).toBe(404);
  });

  it.each(['rf_nobody', '', 'r'.repeat(3_000), '\ud800'])(
    'a read before an unknown or impossible refund is a fault of the request: %j',
    async (before) => {
      const event = eventOf({ ...at, query: { before } });
      const answer = told(await handleGet(event, SOON_MS, known));
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:before' }] } });
    },
  );
});

describe('the door that reads one refund', () => {
  const known = world(holding([elsewhere, cancelled, notSent]));
  const at = (refund_id: string, query?: Record<string, string>) =>
    eventOf({ path: { merchant_uid: 'ORD-1', refund_id }, ...(query && { query }) });

  it.each(['rf_cancelled', 'el_console'])(
    'a read returns the refund with its payment: %s',
    async (refundId) => {
      const answer = told(await handleGetRefund(at(refundId), SOON_MS, known));
      expect(answer).toMatchObject({
        status: 200,
        body: { imp_uid: 'imp_1', refund: { refund_id: refundId, status: 'cancelled' } },
      });
    },
  );

  it('a read by imp_uid finds refunds of orders that a path cannot carry', async () => {
    const event = eventOf({
      path: { merchant_uid: '-', refund_id: 'rf_cancelled' },
      query: { imp_uid: 'imp_1' },
    });
    expect(told(await handleGetRefund(event, SOON_MS, known)).status).toBe(200);
  });

  it('a refund that was never reserved is unknown while its request may still arrive, and then 404', async () => {
    const second = Math.floor(NOW_MS / 1000);
    const young = told(await handleGetRefund(at('rf_new', { asked_at: String(second) }), SOON_MS, known));
    expect(young).toMatchObject({
      status: 200,
      headers: { 'retry-after': '3' },
      body: { refund: { refund_id: 'rf_new', status: 'unknown' } },
    });
    for (const query of [undefined, { asked_at: String(second - 600) }])
      expect(told(await handleGetRefund(at('rf_new', query), SOON_MS, known))).toMatchObject({
        status: 404,
        body: { code: 'REFUND_NOT_FOUND' },
      });
  });

  it('a refund that was never sent is 404', async () => {
    const answer = told(await handleGetRefund(at('rf_not_sent'), SOON_MS, known));
    expect(answer.body['code']).toBe('REFUND_NOT_FOUND');
  });

  it.each(['', ' ', '-1', '1.5', '1782900000000', 'yesterday'])(
    'asked_at %j is a fault of the request',
    async (asked_at) => {
      const answer = told(await handleGetRefund(at('rf_new', { asked_at }), SOON_MS, untouched));
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: 'query:asked_at' }] } });
    },
  );

  it.each(['', 'x'.repeat(65), 'rf 1', 'rf_\u0000'])(
    'an impossible refund id (%j) is 404 without a look-up',
    async (id) => {
      const answer = told(await handleGetRefund(at(id), SOON_MS, untouched));
      expect(answer).toMatchObject({ status: 404, body: { code: 'REFUND_NOT_FOUND' } });
    },
  );

  it('an unknown order and somebody else’s order get the same answer for any refund id', async () => {
    const stranger = { sub: 'stranger' };
    const unknown = await handleGetRefund({ ...at('rf_cancelled') }, SOON_MS, world(EMPTY));
    for (const id of ['rf_cancelled', 'rf_new']) {
      const asked = eventOf({ claims: stranger, path: { merchant_uid: 'ORD-1', refund_id: id } });
      expect(await handleGetRefund(asked, SOON_MS, known)).toEqual(unknown);
    }
  });
});

describe('the closing door', () => {
  const path = { merchant_uid: 'ORD-1', refund_id: 'rf_cancelled' };
  const body = '{"verdict":"not_executed","evidence":"asked the PG"}';

  it('closing an unknown payment or refund is 404', async () => {
    const event = eventOf({ path, body, claims: STAFF_CLAIMS });
    const unknown = told(await handleClose(event, SOON_MS, world(EMPTY)));
    expect(unknown.body['code']).toBe('PAYMENT_NOT_FOUND');
    const other = told(await handleClose(event, SOON_MS, world(holding())));
    expect(other.body['code']).toBe('REFUND_NOT_FOUND');
  });

  it('a closing with an invalid body is refused before anything is looked up', async () => {
    const event = eventOf({ path, body: '{"verdict":"executed"}', claims: STAFF_CLAIMS });
    expect(told(await handleClose(event, SOON_MS, untouched)).status).toBe(400);
  });

  it('a closing needs a person, by Cognito’s name or by the claim that the deployer set', async () => {
    const known = world(holding([cancelled]));
    const staff = { sub: 'staff-9', scope: 'payments/cancel.any', name: 'hana' };
    const asked = { path, body: '{"verdict":"executed","cancellation_id":"c-1","evidence":"x"}' };
    const machine = told(await handleClose(eventOf({ ...asked, claims: staff }), SOON_MS, known));
    expect(machine).toMatchObject({ status: 403, body: { code: 'PERSON_CLAIM_MISSING' } });
    const options = { personClaim: 'name' };
    const named = told(await handleClose(eventOf({ ...asked, claims: staff }), SOON_MS, known, options));
    expect(named).toMatchObject({ status: 200, body: { refund: { refund_id: 'rf_cancelled' } } });
    const cognito = told(await handleClose(eventOf({ ...asked, claims: STAFF_CLAIMS }), SOON_MS, known));
    expect(cognito.status).toBe(200);
  });
});

describe('the webhook door', () => {
  const sourceAddresses = new Set(['52.78.100.19']);
  const body = '{"imp_uid":"imp_1"}';

  it('a webhook from another address is refused before its body is read or anything is asked', async () => {
    for (const sourceIp of ['1.2.3.4', '', '52.78.100.190', '::ffff:52.78.100.19']) {
      const events: unknown[] = [];
      // A header about addresses can be forged: behind CloudFront, too, the connecting address counts.
      const headers = { 'x-forwarded-for': '52.78.100.19', forwarded: 'for=52.78.100.19' };
      const answer = await handleWebhook(eventOf({ body: '{', headers, sourceIp }), SOON_MS, {
        sourceAddresses,
        world: { ...untouched, report: (event) => events.push(event) },
      });
      expect(told(answer)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
      expect(told(answer).body['message']).toMatch(/webhookSourceAddresses/);
      // This also refuses i'mport itself at an address that is not in the setting.
      expect(events).toMatchObject([{ event: 'webhook_refused', from: sourceIp }]);
    }
  });

  it('a webhook whose payment cannot be read answers so that it is sent again', async () => {
    const down = world({
      ...EMPTY,
      gateway: {
        ...EMPTY.gateway,
        payment: async () => Promise.resolve({ kind: 'failed', cause: 'HTTP 503' }),
      },
    });
    const event = eventOf({ body, sourceIp: '52.78.100.19' });
    const answer = told(await handleWebhook(event, SOON_MS, { sourceAddresses, world: down }));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
  });
});

describe('an unreachable table', () => {
  const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 28_000 } as unknown as Context;
  const lines: string[] = [];
  afterEach(() => vi.restoreAllMocks());

  it('an unreachable table is 503 with Retry-After in the caller’s language, counted as a store failure and not as a defect', async () => {
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    const handler = httpHandler('getPayment', async () =>
      Promise.reject(new StoreError('throttled', { isKnownNotApplied: true })),
    );
    const answer = told(await handler(eventOf({ headers: KOREAN }), context));
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10', 'content-language': 'ko' },
      body: { code: 'STORE_UNAVAILABLE' },
    });
    expect(lines.join('')).toMatch(/"StoreFailures":1/);
    expect(lines.join('')).not.toMatch(/UnexpectedErrors/);
  });
});
